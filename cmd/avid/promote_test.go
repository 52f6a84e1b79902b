package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"avid/models/bundle"
	"avid/models/compare"
)

// TestPromote: a bundle takes a place only where it was compared with the one that has
// it, and was not found worse; going back undoes it.
func TestPromote(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	made := func(name string) string {
		t.Helper()
		b, err := bundle.Open(demoBundle)
		if err != nil {
			t.Fatal(err)
		}
		b.Manifest.Name = name
		if err := b.WriteFile(at(name + ".avid")); err != nil {
			t.Fatal(err)
		}
		return b.Hash()
	}
	present, next := made("yard"), made("yard.next")
	compared := func(old, new string, alarms int) {
		t.Helper()
		c := compare.New("yard", compare.Side{Hash: old}, compare.Side{Hash: new}, time.Now())
		c.Seconds = 3600
		for range alarms {
			c.Alarms = append(c.Alarms, compare.Alarm{Who: compare.OnlyNew})
		}
		text, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at("yard.next.compare.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hash := func(name, want string) {
		t.Helper()
		b, err := bundle.Open(at(name))
		if err != nil || b.Hash() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := func(words string, args ...string) {
		t.Helper()
		status, _, errOut := avid(t, append([]string{"promote"}, args...)...)
		if status != 1 || !strings.Contains(errOut, words) {
			t.Errorf("%v: status %d, %q, want %q", args, status, errOut, words)
		}
		hash("yard.avid", present)
	}
	if err := os.WriteFile(at("yard.avid.state"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("has not been compared", at("yard.next.avid"))
	refused("does not end in .next.avid", at("yard.avid"))
	compared(present, present, 0)
	refused("is of other bundles", at("yard.next.avid"))
	compared(present, next, 7)
	refused("alarms more often", at("yard.next.avid"))
	refused("nothing to go back to", "--back", at("yard.avid"))
	compared(present, next, 1)
	if status, out, errOut := avid(t, "promote", at("yard.next.avid")); status != 0 || !strings.Contains(out, "is kept as") {
		t.Fatalf("status %d, %s%s", status, out, errOut)
	}
	hash("yard.avid", next)
	hash("yard.previous.avid", present)
	if _, err := os.Stat(at("yard.avid.state")); err == nil {
		t.Error("the state of another training is beside the new bundle")
	}
	if status, _, errOut := avid(t, "promote", "--back", at("yard.avid")); status != 0 {
		t.Fatal(errOut)
	}
	hash("yard.avid", present)
	hash("yard.next.avid", next)
	if text, err := os.ReadFile(at("yard.avid.state")); err != nil || string(text) != "old" {
		t.Errorf("state %q, %v", text, err)
	}
	compared(present, next, 9)
	if status, _, errOut := avid(t, "promote", at("yard.next.avid"), "--force"); status != 0 || !strings.Contains(errOut, "warning: ") {
		t.Errorf("status %d, %s", status, errOut)
	}
	hash("yard.avid", next)
	if left, err := filepath.Glob(at(".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind %v, %v", left, err)
	}
}

//go:build !nogst

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"avid/runtime/event"
	"avid/runtime/publish/address"
)

func TestPublishAddresses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "urls")
	if err := os.WriteFile(path, []byte("# brokers\n\n  mqtt://u:hunter2@h/a#b\r\nfile:///x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	c := &cobra.Command{}
	c.SetErr(&said)
	f := publishFlags{urls: []string{"nats://h"}, file: path}
	got, err := f.addresses(c)
	if want := []string{"nats://h", "mqtt://u:hunter2@h/a#b", "file:///x"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if !strings.Contains(said.String(), "chmod 600") {
		t.Errorf("of a file that all can read it says %q", said.String())
	}
	f.file = path + ".none"
	if _, err := f.addresses(c); !errors.Is(err, errPublish) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	f = publishFlags{urls: []string{"amqp://h"}, dir: t.TempDir()}
	if _, err := f.open(c, func(string) {}); !errors.Is(err, errPublish) || !errors.Is(err, address.ErrScheme) {
		t.Errorf("an unknown scheme: %v", err)
	}
}

func TestPublishFolder(t *testing.T) {
	t.Setenv("HOME", "/home/x")
	for _, c := range []struct{ dir, state, want string }{
		{"d", "/s", "d"}, {"", "/s", "/s/avid/publish"}, {"", "", "/home/x/.local/state/avid/publish"}, {"", "relative", "/home/x/.local/state/avid/publish"},
	} {
		t.Setenv("XDG_STATE_HOME", c.state)
		f := publishFlags{dir: c.dir}
		if got, err := f.folder(); got != c.want || err != nil {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
}

// TestEventLog: a record is in the file when record returns, and what an earlier run has
// left stays beside it, also where this run has no event at all.
func TestEventLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := &eventLog{path: path}
	if err := first.record(event.Record{Type: "begin", ID: "first"}); err != nil {
		t.Fatal(err)
	}
	if text := read(path); !strings.Contains(text, `"id":"first"`) || !strings.HasSuffix(text, "\n") {
		t.Errorf("the file has %q", text)
	}
	second := &eventLog{path: path}
	if err := errors.Join(first.close(), second.open(), second.close(), second.close()); err != nil {
		t.Fatal(err)
	}
	if old := read(path + ".1"); read(path) != "" || !strings.Contains(old, "first") {
		t.Errorf("after a run without events there are %q and %q", read(path), old)
	}
}

// TestRunPublishes: avid run sends what it writes, also to somebody else, and each record
// says which camera and which bundle.
func TestRunPublishes(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	status, _, errOut := avid(t, "run", "../../demo/walkway.mp4", "-m", demoBundle, "-o", dir+"/out", "--publish", "file://"+dir+"/all.jsonl", "--publish-dir", dir+"/queues")
	if status != 0 {
		t.Fatal(errOut)
	}
	own, err := os.ReadFile(dir + "/out/events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := os.ReadFile(dir + "/all.jsonl")
	if err != nil || string(sent) != string(own) {
		t.Errorf("sent is\n%s\nand written\n%s, %v", sent, own, err)
	}
	r, err := event.ParseRecord([]byte(strings.SplitN(string(own), "\n", 2)[0]))
	if err != nil || r.Camera != "walkway" || r.Bundle.Name == "" || len(r.Bundle.SHA256) != 64 || r.Time < 1e9 || r.Type != "begin" {
		t.Errorf("%+v, %v", r, err)
	}
}

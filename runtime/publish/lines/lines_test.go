package lines_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"avid/runtime/event"
	"avid/runtime/publish/lines"
)

func send(t *testing.T, f *lines.File, ids ...string) {
	t.Helper()
	var all []event.Record
	for _, id := range ids {
		all = append(all, event.Record{Type: "begin", ID: id})
	}
	if n, err := f.Send(t.Context(), all); n != len(ids) || err != nil {
		t.Fatalf("sent %d of %d, %v", n, len(ids), err)
	}
}

func open(t *testing.T, c lines.Config) *lines.File {
	t.Helper()
	f, err := lines.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// read returns the ids of a file's records.
func read(t *testing.T, path string) (ids []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		r, err := event.ParseRecord([]byte(line))
		if err != nil || !strings.HasSuffix(line, "\n") {
			t.Fatalf("line %q: %v", line, err)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

func TestLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f := open(t, lines.Config{Path: path})
	send(t, f, "1", "2")
	if got := read(t, path); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("before the end the file has %v", got)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, open(t, lines.Config{Path: path}), "3")
	if got := read(t, path); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("after a restart the file has %v", got)
	}
}

// TestHalfALine: what a power cut leaves of a line is cut off, and no whole line is.
func TestHalfALine(t *testing.T) {
	whole := `{"type":"begin","id":"1"}` + "\n"
	for _, c := range []struct{ before, after string }{
		{"", ""}, {"{", ""}, {whole, whole}, {whole + `{"type":"be`, whole}, {whole + whole, whole + whole},
		{whole + strings.Repeat("x", 10_000), whole}, {strings.Repeat("y", 4096), ""}, {whole + strings.Repeat("z", 4096-len(whole)), whole},
	} {
		path := filepath.Join(t.TempDir(), "events.jsonl")
		if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
			t.Fatal(err)
		}
		open(t, lines.Config{Path: path})
		if got, err := os.ReadFile(path); string(got) != c.after || err != nil {
			t.Errorf("of %.40q there is %.40q, want %.40q, %v", c.before, got, c.after, err)
		}
	}
}

func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f := open(t, lines.Config{Path: path, MaxSize: 1500, Keep: 2})
	var all []string
	for n := range 60 {
		all = append(all, fmt.Sprint(100+n))
		send(t, f, all[n])
	}
	var got []string
	for _, end := range []string{".2", ".1", ""} {
		ids := read(t, path+end)
		if info, err := os.Stat(path + end); err != nil || info.Size() > 1500 || len(ids) == 0 {
			t.Errorf("%s has %d lines in %d bytes, %v", end, len(ids), info.Size(), err)
		}
		got = append(got, ids...)
	}
	if !slices.Equal(got, all[len(all)-len(got):]) {
		t.Errorf("the files have %v", got)
	}
	if _, err := os.Stat(path + ".3"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a third file stays: %v", err)
	}
}

// TestRenamed: another program renames, removes or empties the file.
func TestRenamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f := open(t, lines.Config{Path: path})
	send(t, f, "1")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	send(t, f, "2")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	send(t, f, "3")
	if old, now := read(t, path+".old"), read(t, path); !slices.Equal(old, []string{"1"}) || !slices.Equal(now, []string{"3"}) {
		t.Errorf("old %v, new %v", old, now)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	send(t, f, "4")
	if now := read(t, path); !slices.Equal(now, []string{"4"}) {
		t.Errorf("emptied: %v", now)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []lines.Config{{}, {Path: "x", MaxSize: -1}, {Path: "x", Keep: -1}, {Path: "x", Keep: 1001}} {
		if _, err := lines.New(c); !errors.Is(err, lines.ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := lines.New(lines.Config{Path: t.TempDir()}); err == nil {
		t.Error("a folder is taken for a file")
	}
	// A full disk: no line is told to be there.
	f := open(t, lines.Config{Path: "/dev/full"})
	if n, err := f.Send(t.Context(), []event.Record{{Type: "begin", ID: "1"}}); n != 0 || err == nil {
		t.Errorf("a full disk took %d, %v", n, err)
	}
}

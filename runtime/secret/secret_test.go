package secret_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/runtime/secret"
)

func TestLine(t *testing.T) {
	dir := t.TempDir()
	for i, c := range []struct {
		text, want string
		err        error
	}{
		{"hunter2\n", "hunter2", nil},
		{"hunter2", "hunter2", nil},
		{"hunter2\r\n\n", "hunter2", nil},
		{" hunter2 \n", " hunter2 ", nil}, // who uses it says what is allowed
		{"", "", secret.ErrEmpty},
		{"\n", "", secret.ErrEmpty},
		{"hunter2\nhunter3\n", "", secret.ErrLines},
		{strings.Repeat("hunter2", 10000), "", secret.ErrLarge},
	} {
		path := filepath.Join(dir, "secret")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := secret.Line(path)
		if f.Text != c.want || !errors.Is(err, c.err) || f.Open || f.Warning() != "" {
			t.Errorf("%d: %+v, %v", i, f, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), path)) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := secret.Line(dir); err == nil {
		t.Error("a folder is a secret")
	}
	if _, err := secret.Line(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestOpen: a file that others may read is told of, whatever the umask.
func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, open := range map[fs.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o604: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		f, err := secret.Read(path)
		if err != nil || f.Open != open || open != strings.Contains(f.Warning(), "chmod 600 "+path) {
			t.Errorf("%o: %+v, %v", mode, f, err)
		}
	}
}

// TestPipe: what a shell makes of <(command) is no file that others can open.
func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("hunter2\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if f, err := secret.Line(path); err != nil || f.Text != "hunter2" || f.Open {
		t.Errorf("%+v, %v", f, err)
	}
}

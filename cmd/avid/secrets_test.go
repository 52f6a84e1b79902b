package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"avid/cmd/avid/internal/video"
	"avid/models/redact"
)

// nastyAddresses have the password hunter2, each in another way, and lead to a
// port of this machine where nobody listens.
var nastyAddresses = []string{
	"rtsp://admin:hunter2@127.0.0.1:1/user=admin_password=hunter2_channel=1?pw=hunter2",
	"rtsp://admin:x@hunter2@127.0.0.1:1/1",
	"rtsp://admin:1/hunter2@127.0.0.1:1/1",
	"rtsp://admin:%zzhunter2@127.0.0.1:1/1",
	"rtsp://admin:hunter2 hunter2@127.0.0.1:1/1",
	"rtsp://:hunter2@[::1]:1/1",
	"rtsp://hunter2@127.0.0.1:1/",
	"rtsp://admin:hunter2",
	"http://127.0.0.1:1/live/hunter2/index.m3u8?usr=a;pwd=hunter2#token=hunter2",
	"HTTPS://127.0.0.1:1/?Access_Token=hunter2",
	"rtsp://127.0.0.1:1/user=admin&password=hunter2",
	"nosuchscheme://admin:hunter2@127.0.0.1:1/hunter2",
}

// clean fails where a text has the password.
func clean(t *testing.T, what string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s shows the password: %s", what, text)
		}
	}
}

// TestNoPasswordIsPrinted: each command that reads footage, of an address that
// cannot be reached, says so without what is secret in it, whether it stands on the
// command line or in a file.
func TestNoPasswordIsPrinted(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	for i, address := range nastyAddresses {
		file := filepath.Join(dir, fmt.Sprintf("%d.txt", i))
		if err := os.WriteFile(file, []byte("# a camera\n\n"+address+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		commands := [][]string{
			{"train", "--normal", address, "-o", dir + "/new.avid"},
			{"train", "--inputs", file, "-o", dir + "/new.avid"},
			{"calibrate", "-m", demoBundle, "--normal", address, "-o", dir + "/new.avid"},
			{"calibrate", "-m", demoBundle, "--inputs", file, "-o", dir + "/new.avid"},
			{"eval", "-m", demoBundle, "--root", address},
			{"inspect", address},
		}
		if withGStreamer {
			commands = append(commands,
				[]string{"run", address, "-m", demoBundle, "-o", dir + "/out.mkv"},
				[]string{"run", address, "-m", demoBundle, "-o", dir + "/out.mkv", "--frames", "0:5"},
				[]string{"run", "--inputs", file, "-m", demoBundle, "-o", dir + "/out/"},
				[]string{"run", "film.mp4", "-m", address, "-o", dir + "/out/"},
				[]string{"preview", "film.mp4", "-m", demoBundle, "--title", address, "--path", address})
		}
		for _, args := range commands {
			status, out, errOut := avid(t, args...)
			what := fmt.Sprintf("avid %s of %s", args[0], address)
			clean(t, what, out, errOut)
			if status != 1 || !strings.HasPrefix(errOut, "avid: ") || strings.Count(errOut, "\n") != 1 {
				t.Errorf("%s: status %d, %q", what, status, errOut)
			}
		}
	}
}

// TestCompletionShowsNoPassword: nor does what shells ask for.
func TestCompletionShowsNoPassword(t *testing.T) {
	for _, address := range nastyAddresses {
		line := append([]string{"__complete"}, "preview", address, "")
		if got := completable(line); len(got) != 4 || got[1] != "preview" {
			t.Errorf("%q", got)
		} else {
			clean(t, "completion", got...)
		}
		if got := completable(line[1:]); got[1] != address {
			t.Errorf("%q", got)
		}
		for _, args := range [][]string{{"__complete", "preview", address, ""}, {"__complete", "run", address}, {"__complete", address, ""}, {"help", address}, {address}, {"train", "--steps", address}, {"train", "--steps=" + address}} {
			_, out, errOut := avid(t, args...)
			clean(t, strings.Join(args, " "), out, errOut)
		}
	}
}

// TestPlainOutputStays: what has no secrets is printed as it is: completion
// scripts, help with its examples, and JSON.
func TestPlainOutputStays(t *testing.T) {
	lines := [][]string{{"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}, {"completion", "powershell"}, {"--help"},
		{"calibrate", "--help"}, {"help", "train"}, {"inspect", demoBundle}, {"inspect", "--json", demoBundle}}
	if withGStreamer {
		lines = append(lines, []string{"preview", "--help"})
	}
	for _, args := range lines {
		var out, plain bytes.Buffer
		if status := run(t.Context(), args, &out, io.Discard); status != 0 {
			t.Errorf("%v: status %d", args, status)
		}
		root := newRoot()
		root.SetArgs(args)
		root.SetOut(&plain)
		if err := root.Execute(); err != nil {
			t.Error(err)
		}
		if out.String() != plain.String() || out.Len() == 0 {
			t.Errorf("%v: %d bytes are printed and %d were written", args, out.Len(), plain.Len())
		}
	}
}

// TestMeterShowsNoPassword: neither its lines nor its bar's words.
func TestMeterShowsNoPassword(t *testing.T) {
	var out bytes.Buffer
	w := redact.NewWriter(&out)
	m := newMeter(w, "reading")
	for _, address := range nastyAddresses[:3] {
		m.set(0.5, "reading "+address)
		clean(t, "the bar", m.words)
		m.line("warning: %s", address)
	}
	m.done()
	clean(t, "a line", out.String())
	if strings.Count(out.String(), "\n") != 3 {
		t.Errorf("%q", out.String())
	}
}

// TestVideoErrors: errors of what reads video have no password before the tool
// prints them either.
func TestVideoErrors(t *testing.T) {
	for _, address := range nastyAddresses {
		r, err := video.Open(address)
		if err == nil {
			_, err = r.Next()
			r.Close()
		}
		if err == nil {
			t.Errorf("%s can be read", address)
			continue
		}
		clean(t, "an error", err.Error())
	}
}

// TestInputsFile: a file with passwords that everybody may read is told of, one
// without is not.
func TestInputsFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chmod(path, 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, words := range map[string]string{
		write("open.txt", "rtsp://u:hunter2@127.0.0.1:1/1"):      "avid: warning: every user of this machine can read the secrets in " + dir + "/open.txt; chmod 600",
		write("plain.txt", "none.mp4"):                           "",
		write("empty.txt", "\n"):                                 "empty.txt: the file is empty",
		write("bad.txt", "a.mp4\nhunter2=\n"):                    "bad.txt: line 2",
		dir + "/none.txt":                                        "none.txt: no such file",
		write("large.txt", strings.Repeat("hunter2.mp4\n", 1e5)): "too large",
	} {
		status, out, errOut := avid(t, "calibrate", "-m", demoBundle, "--inputs", path, "-o", dir+"/x.avid", "--device", "nosuch")
		clean(t, path, out, errOut)
		if status != 1 || !strings.Contains(errOut, words) || words == "" && strings.Contains(errOut, "warning") {
			t.Errorf("%s: %s", path, errOut)
		}
	}
}

// TestJSONOfDoctor: the findings are JSON all the same.
func TestJSONOfDoctor(t *testing.T) {
	needLibrary(t)
	t.Setenv("AVID_ONNXRUNTIME", "/none/pw=hunter2&x=1/lib.so")
	_, out, errOut := avid(t, "doctor", "--json")
	clean(t, "doctor", out, errOut)
	var all []finding
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) == 0 {
		t.Errorf("%v: %s", err, out)
	}
}

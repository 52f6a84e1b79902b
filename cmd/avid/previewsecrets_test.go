//go:build !nogst

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPreviewShowsNoPassword: with cameras that cannot be reached, neither the
// terminal nor any answer of the server has a part of their secrets, and streams are
// called camera1, camera2 and so on, or as the file says.
func TestPreviewShowsNoPassword(t *testing.T) {
	var inputs []string
	for _, address := range nastyAddresses {
		if !strings.HasPrefix(address, "nosuch") { // which ends it
			inputs = append(inputs, address)
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "cameras.txt")
	if err := os.WriteFile(file, []byte("# two more\nBack yard="+inputs[0]+"\n"+inputs[1]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(turnEnv, "turn:user:hunter2@127.0.0.1:1")
	args := append(slices.Clone(inputs), "--inputs", file, "-m", demoBundle, "--token-file", token, "--max-viewers", "3")
	out, errOut, stop := watch(t, args...)
	address := out.find(t, `inputs at (http://\S+),`)
	errOut.find(t, `(trying again in 2s)`)
	if status, _ := get(t, address+"api/streams", ""); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", status)
	}
	for _, page := range []string{"", "api/streams", "metrics", "healthz", "camera1", "back-yard", "nosuch"} {
		_, body := get(t, address+page, "hunter2")
		clean(t, "/"+page, body)
		if page == "api/streams" {
			want := []string{"back-yard", "camera1", "camera10", "camera11", "camera13", "camera2", "camera3", "camera4", "camera5", "camera6", "camera7", "camera8", "camera9"}
			if got := streams(body); !slices.Equal(got, want) || !strings.Contains(body, `"title":"Back yard"`) || strings.Contains(body, "127.0.0.1") {
				t.Errorf("streams %q: %s", got, body)
			}
		}
	}
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
	clean(t, "the terminal", out.String(), errOut.String())
	if !strings.Contains(errOut.String(), "camera1 (rtsp://127.0.0.1:1): ") || !strings.Contains(errOut.String(), "Back yard (rtsp://127.0.0.1:1): ") {
		t.Errorf("it does not say which camera: %s", errOut.String())
	}
}

// TestWhereSecretsAre: a flag is worth more than a file's, and that than the
// environment.
func TestWhereSecretsAre(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token, turn := file("token", "of-the-file\n"), file("turn", "turn:a:b@h:1, turn:a:b@h:2\n")
	for _, c := range []struct {
		args        []string
		env         string
		token, turn string
		servers     int
		err         string
	}{
		{nil, "", "", "", 0, ""},
		{nil, "of-the-environment", "of-the-environment", "of-the-environment", 1, ""},
		{[]string{"--token-file", token, "--turn-servers-file", turn}, "of-the-environment", "of-the-file", "turn:a:b@h:1, turn:a:b@h:2", 2, ""},
		{[]string{"--token", "of-the-flag", "--turn-servers", "turn:x:y@h:3"}, "of-the-environment", "of-the-flag", "turn:x:y@h:3", 1, ""},
		{[]string{"--token", ""}, "of-the-environment", "", "of-the-environment", 1, ""},
		{[]string{"--token-file", file("empty", "\n")}, "x", "", "", 0, "--token-file: " + dir + "/empty: the file is empty"},
		{[]string{"--token-file", dir + "/none"}, "x", "", "", 0, "none"},
		{[]string{"--token-file", ""}, "x", "", "", 0, "--token-file"},
		{[]string{"--turn-servers-file", file("two", "a\nb\n")}, "", "", "", 0, "more than one line"},
	} {
		t.Setenv(tokenEnv, c.env)
		t.Setenv(turnEnv, c.env)
		f := previewFlags{}
		command := newPreviewOf(&f)
		if err := command.ParseFlags(c.args); err != nil {
			t.Fatal(err)
		}
		err := f.readSecrets(command, &f.server)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %v", c.args, err)
		}
		if err == nil && (f.server.Token != c.token || f.turn != c.turn || len(f.server.TURNServers) != c.servers) {
			t.Errorf("%q: %q %q %q", c.args, f.server.Token, f.turn, f.server.TURNServers)
		}
	}
	if kept := withoutSecrets([]string{"A=1", tokenEnv + "=x", turnEnv + "=y", "B=2"}); !slices.Equal(kept, []string{"A=1", "B=2"}) {
		t.Errorf("%q", kept)
	}
}

// TestSecretFlags: two ways at once are refused, a file that all may read is told
// of, and what is wrong with a secret is said without it.
func TestSecretFlags(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, []byte("hunter2 hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, words []string
	}{
		{[]string{"--token", "hunter2", "--token-file", open}, []string{"[token token-file]", "none of the others"}},
		{[]string{"--turn-servers", "turn:a:hunter2@h", "--turn-servers-file", open}, []string{"none of the others"}},
		{[]string{"--token-file", open}, []string{"warning: every user of this machine can read the secrets in " + open, "visible ASCII"}},
		{[]string{"--turn-servers", "turn:hunter2"}, []string{"turn-servers[0], allowed is turn:, then user"}},
		{[]string{"--stun-server", "stun:a:hunter2@h:x"}, []string{"stun-server"}},
		{[]string{"--listen", "rtsp://u:hunter2@h"}, []string{"listen"}},
		{[]string{"--max-viewers", "turn:u:hunter2@h"}, []string{"max-viewers"}},
	} {
		status, out, errOut := avid(t, append([]string{"preview", "a.mp4", "-m", demoBundle}, c.args...)...)
		clean(t, strings.Join(c.args, " "), out, errOut)
		for _, words := range c.words {
			if status != 1 || !strings.Contains(errOut, words) {
				t.Errorf("%q: status %d, %s", c.args, status, errOut)
			}
		}
	}
	status, _, errOut := avid(t, "run", "a.mp4", "--inputs", open, "-m", demoBundle, "-o", dir+"/out")
	if status != 1 || !strings.Contains(errOut, "here are 2, and avid run takes one") {
		t.Errorf("status %d, %s", status, errOut)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSignAndTrust(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	says := func(status int, want string, args ...string) {
		t.Helper()
		got, out, errOut := avid(t, args...)
		if got != status || !strings.Contains(out+errOut, want) {
			t.Errorf("avid %v: status %d, %q, %q, want %q", args, got, out, errOut, want)
		}
	}
	for _, name := range []string{"ours", "theirs"} {
		says(0, "keep secret", "sign", "--make-key", at(name+".pem"))
	}
	if info, err := os.Stat(at("ours.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key has mode %v, %v", info.Mode(), err)
	}
	says(1, "file exists", "sign", "--make-key", at("ours.pem"))
	says(1, "leave the bundle out", "sign", walkway, "--make-key", at("x.pem"))
	says(1, "name the bundle", "sign", "--key", at("ours.pem"))
	says(1, "PUBLIC KEY", "sign", walkway, "--key", at("ours.pub.pem"), "-o", at("cam.avid"))
	says(0, "SHA256:", "sign", walkway, "--key", at("ours.pem"), "-o", at("cam.avid"))

	says(0, "signed       by SHA256:", "inspect", at("cam.avid"))
	says(0, "signed       by SHA256:", "inspect", at("cam.avid"), "--trusted-keys", at("ours.pub.pem"))
	says(0, "signed       no", "inspect", walkway)
	says(1, "no signature", "inspect", walkway, "--trusted-keys", at("ours.pub.pem"))
	says(1, "it is signed by SHA256:", "inspect", at("cam.avid"), "--trusted-keys", at("theirs.pub.pem"))
	says(1, "--trusted-keys", "inspect", at("cam.avid"), "--trusted-keys", at("none.pem"))

	// What is changed is signed no more; the environment is as good as the flag.
	says(0, "wrote", "calibrate", "-m", at("cam.avid"), "--false-alarms-per-day", "3", "-o", at("changed.avid"))
	t.Setenv(trustVariable, at("ours.pub.pem"))
	says(1, "no signature", "report", at("changed.avid"), "-o", at("r.html"))
	says(0, "r.html", "report", at("cam.avid"), "-o", at("r.html"))
	says(0, "signed", "sign", at("changed.avid"), "--key", at("ours.pem"))
	says(0, "3 false alarms a day", "inspect", at("changed.avid"))
}

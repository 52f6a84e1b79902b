package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCUDAPins: what make setup-cuda fetches is pinned by hash, line for line,
// and of the version of ONNX Runtime that make setup fetches.
func TestCUDAPins(t *testing.T) {
	scripts := filepath.Join(rootDir(t), "scripts")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(scripts, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := regexp.MustCompile(`(?m)^ORT_VERSION=(\S+)$`).FindStringSubmatch(read("versions.sh"))
	if want == nil {
		t.Fatal("scripts/versions.sh has no ORT_VERSION")
	}
	pin := regexp.MustCompile(`^([a-z0-9-]+)==(\S+) --hash=sha256:[0-9a-f]{64}$`)
	versions := map[string]string{}
	for line := range strings.Lines(read("cuda-requirements.txt")) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		m := pin.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("%q is not pinned by one hash", line)
			continue
		}
		versions[m[1]] = m[2]
	}
	if got := versions["onnxruntime-gpu"]; got != want[1] {
		t.Errorf("onnxruntime-gpu is %s, and ONNX Runtime for all machines %s", got, want[1])
	}
	if len(versions) < 6 {
		t.Errorf("only %v", versions)
	}
}

// TestCUDASetupRefuses: where the libraries cannot be had, one line says why, and
// nothing is left behind.
func TestCUDASetupRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		command [2]string // stands in for this one: a name and a shell script
		from    string    // AVID_CUDA_FROM
		says    string
	}{
		{"another machine", [2]string{"uname", `[ "$1" = -m ] && echo riscv64 || echo Linux`}, "", "this is Linux on riscv64"},
		{"no pip", [2]string{"python3", "exit 1"}, "", "pip is needed"},
		{"little disk", [2]string{"df", `echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "/dev/x 2 1 1024 50% /"`}, "", "too little disk"},
		{"no such folder", [2]string{"true", ""}, "/nonexistent", "AVID_CUDA_FROM is no folder"},
		{"a folder without wheels", [2]string{"true", ""}, "EMPTY", "pip could not get the wheels from"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.command[0] != "python3" && exec.CommandContext(t.Context(), "python3", "-m", "pip", "--version").Run() != nil {
				t.Skip("there is no pip here")
			}
			bin, wheels, empty := t.TempDir(), filepath.Join(t.TempDir(), "wheels"), t.TempDir()
			if err := os.WriteFile(filepath.Join(bin, c.command[0]), []byte("#!/bin/sh\n"+c.command[1]+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), filepath.Join(rootDir(t), "scripts", "cuda.sh"), "--wheels", wheels)
			cmd.Env = append(without("AVID_CUDA_FROM", "PIP_FIND_LINKS"), "PATH="+bin+":"+os.Getenv("PATH"),
				"AVID_CUDA_FROM="+strings.Replace(c.from, "EMPTY", empty, 1))
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), c.says) {
				t.Errorf("err is %v, and it says\n%s", err, out)
			}
			if found, _ := filepath.Glob(filepath.Join(wheels, "*.whl")); len(found) > 0 {
				t.Errorf("%v are left", found)
			}
		})
	}
}

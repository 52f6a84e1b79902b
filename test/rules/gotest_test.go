package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoTestScript: scripts/go-test.sh, which make test and so CI rest on,
// fails when a test fails, when nothing compiles, and when no test ran.
func TestGoTestScript(t *testing.T) {
	const head = "package a\nimport \"testing\"\n"
	for _, c := range []struct {
		name, file, text string
		passes           bool
		says             string
	}{
		{"passes", "a_test.go", head + "func TestA(t *testing.T) {}\n", true, "rule: 1 passed, 0 failed"},
		{"fails", "a_test.go", head + "func TestA(t *testing.T) { t.Error() }\n", false, "rule: 0 passed, 1 failed"},
		{"does not compile", "a_test.go", head + "func TestA(t *testing.T) { x }\n", false, "rule: 0 passed, 1 failed"},
		{"no test in the package", "a.go", "package a\n", false, "no test ran"},
		{"no test in the test file", "a_test.go", "package a\n", false, "no test ran"},
		{"no package", "a.txt", "", false, "no test ran"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"go.mod": "module a\n", c.file: c.text} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), filepath.Join(rootDir(t), "scripts", "go-test.sh"), "rule", "./...")
			cmd.Dir = dir
			cmd.Env = without("GOROOT") // of the tests' own Go; GO may be an older one
			out, err := cmd.CombinedOutput()
			if (err == nil) != c.passes || !strings.Contains(string(out), c.says) {
				t.Errorf("err is %v, and it says\n%s", err, out)
			}
		})
	}
}

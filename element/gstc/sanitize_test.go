//go:build sanitize

package gstc_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"avid/element/gstc/harness"
)

// TestSanitizerSees: a fault on purpose, in a child of this process, is found;
// so the other tests would find one too.
func TestSanitizerSees(t *testing.T) {
	const key = "AVID_TEST_OVERRUN"
	if os.Getenv(key) != "" {
		harness.Overrun()
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestSanitizerSees$")
	cmd.Env = append(os.Environ(), key+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "heap-buffer-overflow") {
		t.Errorf("a read behind the memory passes: %v\n%s", err, out)
	}
}

package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTrixieSource: on Debian 12 the second package source is taken from the
// machine's own, in either form that apt knows.
func TestTrixieSource(t *testing.T) {
	const key = "/usr/share/keyrings/debian-archive-keyring.gpg"
	for _, c := range []struct {
		name, file, text string
		want             string // "" when the mirror cannot be told
	}{
		{
			name: "deb822 with security", file: "sources.list.d/debian.sources",
			text: "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: " + key +
				"\n\nTypes: deb\nURIs: http://mirror/security\nSuites: bookworm-security\nComponents: main\nSigned-By: " + key + "\n",
			want: "Types: deb\nURIs: http://mirror/debian\nSuites: trixie\nComponents: main\nSigned-By: " + key +
				"\n\nTypes: deb\nURIs: http://mirror/security\nSuites: trixie-security\nComponents: main\nSigned-By: " + key + "\n",
		},
		{
			name: "one line", file: "sources.list",
			text: "# deb http://old/debian bookworm main\ndeb-src http://src/debian bookworm main\ndeb http://mirror/debian bookworm main contrib # here\n",
			want: "Types: deb\nURIs: http://mirror/debian\nSuites: trixie\nComponents: main\n",
		},
		{
			name: "one line with options", file: "sources.list.d/x.list",
			text: "deb [ arch=amd64 signed-by=" + key + " ] http://mirror/debian bookworm main\n",
			want: "Types: deb\nURIs: http://mirror/debian\nSuites: trixie\nComponents: main\nSigned-By: " + key + "\n",
		},
		{
			name: "disabled first, folded fields, key in the file", file: "sources.list.d/x.sources",
			text: "Types: deb\nEnabled: no\nURIs: http://off/debian\nSuites: bookworm\nComponents: main\n\n" +
				"Types: deb deb-src\nURIs: http://mirror/debian\n http://second/debian\nSuites: other bookworm\nComponents: contrib main\n" +
				"Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n",
			want: "Types: deb\nURIs: http://mirror/debian\nSuites: trixie\nComponents: main\n" +
				"Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n",
		},
		{
			name: "another component", file: "sources.list",
			text: "deb http://mirror/debian bookworm contrib\n",
		},
		{
			name: "another suite", file: "sources.list",
			text: "deb http://mirror/debian bookworm-updates main\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			etc := t.TempDir()
			path := filepath.Join(etc, c.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			run := func() (string, error) {
				cmd := exec.CommandContext(t.Context(), filepath.Join(rootDir(t), "scripts", "apt.sh"), "--trixie-source-only")
				cmd.Env = append(os.Environ(), "AVID_APT_ETC="+etc)
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			out, err := run()
			got, _ := os.ReadFile(filepath.Join(etc, "sources.list.d", "avid-trixie.sources"))
			if string(got) != c.want {
				t.Errorf("source is\n%s\nand should be\n%s\n%s", got, c.want, out)
			}
			if (err == nil) != (c.want != "") {
				t.Errorf("err is %v: %s", err, out)
			}
			if c.want == "" {
				if _, err := os.Stat(filepath.Join(etc, "preferences.d", "avid-trixie")); err == nil {
					t.Error("a pin is left without a source")
				}
				return
			}
			pin, err := os.ReadFile(filepath.Join(etc, "preferences.d", "avid-trixie"))
			if err != nil || !strings.Contains(string(pin), "Pin: release n=trixie\nPin-Priority: 100\n") {
				t.Errorf("pin is %q (%v)", pin, err)
			}
			if again, err := run(); err != nil || again != "" {
				t.Errorf("a second time it says %q (%v)", again, err)
			}
		})
	}
}

package receivers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"avid/runtime/fanout"
)

// browser is one that can show a page without a screen.
type browser struct {
	name      string
	programs  []string
	arguments func(profile string) ([]string, error)
	plays     []fanout.Codec // surely; others it may refuse
	optional  bool           // tests may do without it
}

// quiet are preferences that keep Firefox off the network and from showing
// pages of its own; the last two let it use loopback addresses, which it keeps
// to itself otherwise.
const quiet = `
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("captivedetect.canonicalURL", "");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
user_pref("media.autoplay.default", 0);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
`

var browsers = []browser{
	{
		name: "chromium", programs: []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"},
		arguments: func(profile string) ([]string, error) {
			list := []string{
				"--headless=new", "--user-data-dir=" + profile, "--disable-gpu", "--no-first-run", "--no-default-browser-check",
				"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
			}
			if os.Geteuid() == 0 {
				list = append(list, "--no-sandbox")
			}
			return list, nil
		},
		plays: []fanout.Codec{fanout.VP8, fanout.VP9, fanout.AV1, fanout.H264},
	},
	{
		name: "firefox", programs: []string{"firefox-esr", "firefox"},
		arguments: func(profile string) ([]string, error) {
			err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(quiet), 0o600)
			return []string{"--headless", "--no-remote", "--profile", profile}, err
		},
		// H.264 comes as a plugin that it downloads.
		plays:    []fanout.Codec{fanout.VP8, fanout.VP9, fanout.AV1},
		optional: true,
	},
}

// find gives the browser's program.
func (b browser) find(t testing.TB) string {
	t.Helper()
	for _, name := range b.programs {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if b.optional && os.Getenv("CI") == "" {
		t.Skipf("%s is not installed", b.name)
	}
	t.Fatalf("none of %v is installed (scripts/setup.sh --tests)", b.programs)
	return ""
}

// open shows a page until the test ends.
func (b browser) open(t testing.TB, address string) {
	t.Helper()
	program := b.find(t)
	profile, err := os.MkdirTemp("", "avid-"+b.name)
	if err != nil {
		t.Fatal(err)
	}
	// Its last processes write for a moment longer, for which t.TempDir has no
	// patience.
	t.Cleanup(func() { eventually(t, "the profile is removed", func() bool { return os.RemoveAll(profile) == nil }) })
	arguments, err := b.arguments(profile)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, append(arguments, address)...)
	cmd.Env = append(os.Environ(), "HOME="+profile)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has many processes
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
	})
}

// Package browser_test opens the preview's page in a headless Chromium and
// looks at what it does with a real connection and really encoded video. Set
// AVID_SHOTS to a folder to get screenshots of what was seen.
package browser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the one browser of these tests, started by the first that needs it.
var chromium struct {
	sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	os.Exit(code)
}

// findBrowser looks for what chromedp can drive.
func findBrowser() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

var errNoBrowser = errors.New("no Chromium here: make test installs it on Debian (package chromium); " +
	"elsewhere, install chromium or google-chrome so that it is on the PATH")

// mayLack says that this is where make test cannot install a browser, Ubuntu,
// whose package needs snaps, and nobody's CI.
func mayLack() bool {
	system, err := os.ReadFile("/etc/os-release")
	return err == nil && strings.Contains(string(system), "\nID=ubuntu\n") && os.Getenv("CI") == ""
}

// browser gives the context of the running browser.
func browser(t testing.TB) context.Context {
	t.Helper()
	chromium.Do(func() {
		path, err := findBrowser()
		if err != nil {
			chromium.err = err
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
			chromedp.Flag("headless", "new"),
			chromedp.Flag("disable-gpu", true),
			chromedp.Flag("autoplay-policy", "user-gesture-required"), // muted video must play all the same
		)
		if os.Geteuid() == 0 {
			options = append(options, chromedp.NoSandbox)
		}
		allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocator)
		chromium.ctx, chromium.stop = ctx, func() { cancel(); stop() }
		if err := chromedp.Do(ctx); err != nil {
			chromium.err = fmt.Errorf("%s does not start: %w", path, err)
		}
	})
	if errors.Is(chromium.err, errNoBrowser) && mayLack() {
		t.Skip(chromium.err)
	}
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	return chromium.ctx
}

package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// soon bounds every wait: a slow machine with a cold cache is within it.
const soon = 60 * time.Second

// tab is one page of the browser, without the cookies of others.
type tab struct {
	testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string // addresses asked for
	problems []string // errors and exceptions on the console
	expected []string // parts of problems that are meant to be
}

// newTab opens an empty tab of a size in CSS pixels. When the test ends, it
// fails for what the console complained of.
func newTab(t testing.TB, w, h int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext())
	p := &tab{TB: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			p.shot("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, problem := range p.problems {
			if !containsAny(problem, p.expected) {
				t.Errorf("console: %s", problem)
			}
		}
	})
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "en-GB"})
		return err
	}))
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	p.size(w, h)
	return p
}

func containsAny(s string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

func (p *tab) listen(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, ev.Request.URL)
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, exceptionText(ev.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			p.problems = append(p.problems, fmt.Sprintf("%s %s", ev.Type, ev.Args[0].Value))
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError || ev.Entry.Level == log.EntryLevelWarning {
			p.problems = append(p.problems, fmt.Sprintf("%s %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL))
		}
	}
}

// expect names what the console may complain of in this test.
func (p *tab) expect(parts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, parts...)
}

// do runs steps, each within soon.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	for _, s := range steps {
		ctx := p.ctx
		if chromedp.FromContext(ctx).Target != nil { // the first step makes the tab and must have no deadline
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, soon)
			defer cancel()
		}
		if err := chromedp.Do(ctx, s); err != nil {
			p.Fatal(err)
		}
	}
}

func (p *tab) size(w, h int64, options ...chromedp.EmulateViewportOption) {
	p.Helper()
	p.do(chromedp.EmulateViewport(w, h, options...))
}

// media sets media features, as "prefers-color-scheme", "dark".
func (p *tab) media(pairs ...string) {
	p.Helper()
	var features []*emulation.MediaFeature
	for i := 0; i < len(pairs); i += 2 {
		features = append(features, &emulation.MediaFeature{Name: pairs[i], Value: pairs[i+1]})
	}
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
}

func (p *tab) open(address string) {
	p.Helper()
	p.do(chromedp.Navigate(address))
}

func (p *tab) key(keys string) {
	p.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// eval gives the value of an expression, which may be a promise.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, soon)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%v in %.300s", err, expression)
	}
	return v
}

// wait waits until an expression is true, and says what it was otherwise.
func (p *tab) wait(expression string) {
	p.Helper()
	deadline := time.Now().Add(soon)
	for time.Now().Before(deadline) {
		if eval[bool](p, "(async () => Boolean(await ("+expression+")))()") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	state := eval[string](p, `document.body.innerText.slice(0, 600)`)
	p.Fatalf("never true: %s\nthe page says:\n%s", expression, state)
}

// text is what an element shows; "" when it is not there.
func (p *tab) text(selector string) string {
	p.Helper()
	s, _ := json.Marshal(selector) // a string has JSON
	return eval[string](p, fmt.Sprintf(`document.querySelector(%s)?.innerText ?? ""`, s))
}

// foreign lists what was asked of others than the server at an address.
func (p *tab) foreign(address string) []string {
	own, err := url.Parse(address)
	if err != nil {
		p.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, r := range p.requests {
		u, err := url.Parse(r)
		if err != nil || u.Host != own.Host && u.Scheme != "blob" && u.Scheme != "data" && u.Scheme != "about" {
			list = append(list, r)
		}
	}
	return list
}

// shot takes a screenshot and keeps it where AVID_SHOTS says. It gives the
// number of different colours in it, of which a blank page has one.
func (p *tab) shot(name string) int {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, soon)
	defer cancel()
	data, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Errorf("screenshot: %v", err)
		return 0
	}
	if dir := os.Getenv("AVID_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
			p.Error(err)
		}
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		p.Errorf("screenshot: %v", err)
		return 0
	}
	colors := map[[3]uint32]bool{}
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			r, g, bl, _ := picture.At(x, y).RGBA()
			colors[[3]uint32{r, g, bl}] = true
		}
	}
	return len(colors)
}

func exceptionText(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

package browser_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"avid/models/zones"
	"avid/runtime/access"
	"avid/runtime/api"
	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// noSite is a site without a camera, for those of tests, which have some of its methods.
type noSite struct{}

func (noSite) Cameras() []api.Camera                           { return nil }
func (noSite) Change(string, api.Change) error                 { return api.ErrUnknown }
func (noSite) Picture(string) ([]byte, time.Time, error)       { return nil, time.Time{}, api.ErrUnknown }
func (noSite) Zones(string) (api.Zones, error)                 { return api.Zones{}, api.ErrUnknown }
func (noSite) SetZones(string, *zones.List) error              { return api.ErrUnknown }
func (noSite) Thresholds(string, []float64) ([]float64, error) { return nil, api.ErrUnknown }

// zoneSite is a site of one camera that keeps the zones that are set.
type zoneSite struct {
	noSite

	mu     sync.Mutex
	zones  zones.List
	bundle zones.List
	set    bool

	expected *preview.Expected // whose picture it has; nil: it has none
}

func (s *zoneSite) Picture(string) ([]byte, time.Time, error) {
	if s.expected == nil {
		return nil, time.Time{}, api.ErrUnknown
	}
	jpeg, at := s.expected.LastPicture()
	return jpeg, at, nil
}

func (s *zoneSite) Zones(string) (api.Zones, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return api.Zones{Zones: s.zones, Bundle: s.bundle, Set: s.set}, nil
}

func (s *zoneSite) SetZones(_ string, l *zones.List) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.zones, s.set = nil, l != nil; l != nil {
		s.zones = *l
	}
	return nil
}

// text is the zones that are set, as "name kind x,y x,y …" in hundredths of the picture.
func (s *zoneSite) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, z := range s.zones {
		one := z.Name + " " + string(z.Kind)
		for _, p := range z.Points {
			one += fmt.Sprintf(" %.0f,%.0f", 100*p.X, 100*p.Y)
		}
		if z.LeastSize > 0 || z.LeastTime > 0 {
			one += fmt.Sprintf(" least %g %g", z.LeastSize, z.LeastTime)
		}
		all = append(all, one)
	}
	return strings.Join(all, "; ")
}

// zoneTab opens a camera large, with its zones to draw.
func zoneTab(t *testing.T, w, h int64) (*zoneSite, *tab) {
	t.Helper()
	site, s := zoneServer(t)
	p := newTab(t, w, h)
	p.open(s.URL() + "gate")
	p.wait(playing(1))
	p.do(chromedp.Click(chromedp.CSS(".draw")))
	p.wait(zonesOpen)
	return site, p
}

// zonesOpen is JavaScript: the zones can be drawn.
const zonesOpen = `document.querySelector(".zone-panel") && document.querySelector("svg.zones .fixed.ignore")`

// zoneServer shows a gate whose zones can be drawn.
func zoneServer(t *testing.T) (*zoneSite, *preview.Server) {
	t.Helper()
	bundle, err := zones.Parse([]byte(`[{"name":"clock","kind":"ignore","points":[[0,0],[0.3,0],[0.3,0.08],[0,0.08]]}]`))
	if err != nil {
		t.Fatal(err)
	}
	site, s := &zoneSite{bundle: bundle}, serve(t, nil)
	s.Handle(api.New(site, nil))
	if _, err := s.Expect("gate", "Gate"); err != nil {
		t.Fatal(err)
	}
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", sceneVerdicts())
	return site, s
}

// placeOf is JavaScript: where a place of the picture, in hundredths, is on the page.
func placeOf(x, y float64) string {
	return fmt.Sprintf(`(() => {
		const v = document.querySelector("svg.zones"), w = v.viewBox.baseVal;
		const q = new DOMPoint(w.width * %g, w.height * %g).matrixTransform(v.getScreenCTM());
		return [q.x, q.y];
	})()`, x/100, y/100)
}

// at is where a place of the picture, in hundredths, is on the page.
func (p *tab) at(x, y float64) (float64, float64) {
	p.Helper()
	xy := eval[[]float64](p, placeOf(x, y))
	return xy[0], xy[1]
}

// mouse presses, moves and releases the mouse at places of the picture.
func (p *tab) mouse(from [2]float64, to ...[2]float64) {
	p.Helper()
	send := func(kind input.DispatchMouseEventType, at [2]float64) {
		x, y := p.at(at[0], at[1])
		p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: 1})
			return err
		}))
	}
	send(input.DispatchMouseEventTypeMousePressed, from)
	for _, at := range to {
		send(input.DispatchMouseEventTypeMouseMoved, at)
		from = at
	}
	send(input.DispatchMouseEventTypeMouseReleased, from)
}

// finger taps a place of the picture, or drags from it to others.
func (p *tab) finger(from [2]float64, to ...[2]float64) {
	p.Helper()
	send := func(kind input.DispatchTouchEventType, at ...[2]float64) {
		points := []*input.TouchPoint{}
		for _, a := range at {
			x, y := p.at(a[0], a[1])
			points = append(points, &input.TouchPoint{X: x, Y: y})
		}
		p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
			return err
		}))
	}
	send(input.DispatchTouchEventTypeTouchStart, from)
	for _, at := range to {
		send(input.DispatchTouchEventTypeTouchMove, at)
	}
	send(input.DispatchTouchEventTypeTouchEnd)
}

// press clicks the button of the panel that has a text.
func (p *tab) press(text string) {
	p.Helper()
	p.wait(fmt.Sprintf(`(() => { const b = [...document.querySelectorAll(".zone-panel button")].find((b) => b.innerText === %q); return b && !b.disabled && (b.click(), true); })()`, text))
}

// saved presses Save and says what the site then has.
func (p *tab) saved(site *zoneSite) string {
	p.Helper()
	p.press("Save")
	p.wait(`!document.querySelector(".zone-panel") && document.activeElement.innerText === "Zones"`)
	return site.text()
}

// TestZonesByMouse: a zone is drawn with the mouse, its corners moved, added, taken away and
// brought back; what the server refuses is said.
func TestZonesByMouse(t *testing.T) {
	site, p := zoneTab(t, 1440, 900)
	p.expect("400 (Bad Request)")
	p.press("New zone")
	for _, at := range [][2]float64{{20, 20}, {60, 20}, {60, 70}, {20, 70}, {20, 20}} { // the last closes
		p.mouse(at)
	}
	p.wait(`document.querySelectorAll("svg.zones polygon.chosen").length === 1 && document.querySelectorAll("svg.zones .corner").length === 4`)
	p.mouse([2]float64{60, 70}, [2]float64{65, 75}, [2]float64{70, 80}) // a corner
	p.mouse([2]float64{40, 20}, [2]float64{40, 10})                     // the place between two makes one
	p.wait(`document.querySelectorAll("svg.zones .corner").length === 5`)
	p.press("Delete corner")
	p.wait(`document.querySelectorAll("svg.zones .corner").length === 4`)
	p.press("Undo")
	p.wait(`document.querySelectorAll("svg.zones .corner").length === 5`)
	p.shot("zones")
	set := func(field, value string) {
		eval[chromedp.Void](p, fmt.Sprintf(`void (() => { const i = document.querySelector(".zone-form .%s :is(input, select)"); i.value = %q; i.dispatchEvent(new Event("change")); })()`, field, value))
	}
	set("name", "the gate")
	set("least_size", "0.5")
	set("least_time", "2")
	p.press("Save")
	p.wait(`document.querySelector(".wrong").innerText.includes('zone 1 has the name "the gate"; want 1 to 64 of A-Z a-z 0-9 . _ -')`)
	p.shot("zones-wrong")
	set("name", "gate")
	if got, want := p.saved(site), "gate judge 20,20 40,10 60,20 70,80 20,70 least 0.005 2"; got != want {
		t.Errorf("saved %q, want %q", got, want)
	}
	// It is there again, and goes with what the file has.
	p.do(chromedp.Click(chromedp.CSS(".draw")))
	p.wait(`document.querySelector("svg.zones text")?.textContent === "gate"`)
	p.press("As in the file")
	p.wait(`!document.querySelector(".zone-panel")`)
	if got := site.text(); got != "" {
		t.Errorf("after it was dropped: %q", got)
	}
}

// TestZonesByKeyboard: all of it goes without a pointer, and the page's own keys are not
// meant meanwhile.
func TestZonesByKeyboard(t *testing.T) {
	site, p := zoneTab(t, 1280, 800)
	p.wait(`document.activeElement.innerText === "New zone"`)
	p.key(kb.Enter)
	p.wait(`document.activeElement.matches("svg.zones")`)
	label := func(part string) {
		t.Helper()
		p.wait(fmt.Sprintf(`document.activeElement.getAttribute("aria-label").includes(%q)`, part))
	}
	p.key(" ")
	label("Corner 1 of 1 of zone-1: 50.0 % from the left, 50.0 % from the top")
	p.key(kb.ArrowRight)
	label("50.5 % from the left")
	p.key(kb.ArrowLeft)
	p.key(" ")
	label("Corner 2 of 2 of zone-1: 60.0 %")
	p.key(" ")
	label("Corner 3 of 3 of zone-1: 70.0 %")
	for range 20 {
		p.key(kb.ArrowDown)
	}
	label("60.0 % from the top")
	p.key(kb.Enter)
	p.wait(`document.querySelector("svg.zones polygon.chosen")`)
	p.key("+") // between the last and the first
	label("Corner 4 of 4")
	p.key(kb.Delete)
	label("Corner 3 of 3")
	p.key("o") // no key of the page's here
	p.wait(`document.getElementById("outlines").getAttribute("aria-pressed") === "true" && location.pathname === "/gate"`)
	eval[chromedp.Void](p, `void document.querySelector(".zone-form .name input").select()`)
	p.key("doo") // nor while text is written
	p.key("r" + kb.Tab)
	p.wait(`document.querySelector("svg.zones text").textContent === "door" && document.querySelector("#range input:checked").value === "5" && document.getElementById("outlines").getAttribute("aria-pressed") === "true"`)
	p.key("Hide") // the kind, by its first letters
	p.wait(`document.querySelector(".zone-form .kind select").value === "private" && document.getElementById("zone-hint").innerText.includes("is black")`)
	p.shot("zones-private")
	if got, want := p.saved(site), "door private 50,50 60,50 70,60"; got != want {
		t.Errorf("saved %q, want %q", got, want)
	}
}

// TestZonesByFinger: corners are set and moved on a phone, and the page does not scroll for
// it or grow wider.
func TestZonesByFinger(t *testing.T) {
	site, p := zoneTab(t, 390, 844)
	p.size(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
	p.press("New zone")
	eval[chromedp.Void](p, `void document.querySelector("svg.zones").scrollIntoView()`)
	for _, at := range [][2]float64{{30, 30}, {80, 30}, {80, 80}} {
		p.finger(at)
	}
	p.press("Close outline")
	p.finger([2]float64{80, 30}, [2]float64{85, 20}, [2]float64{90, 10})
	p.wait(`document.documentElement.scrollWidth <= 390`)
	p.shot("zones-phone")
	if got, want := p.saved(site), "zone-1 judge 30,30 90,10 80,80"; got != want {
		t.Errorf("saved %q, want %q", got, want)
	}
}

// TestZonesOfOthers: who may only see is not asked to draw, and a page that is left with
// unsaved zones forgets them.
func TestZonesOfOthers(t *testing.T) {
	s := serve(t, func(c *preview.Config) { c.Token = "0123456789abcdef" })
	s.Handle(api.New(new(zoneSite), nil))
	if err := s.Admit([]access.User{{Name: "guard", Token: "guard-0123456789"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Expect("gate", "Gate"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gate", "yard"} {
		scene(t, fanout.VP8).show(t, s, name, name, nil)
	}
	guard, owner := newTab(t, 1280, 800), newTab(t, 1280, 800)
	guard.open(s.URL() + "gate?token=guard-0123456789")
	guard.wait(playing(1))
	owner.open(s.URL() + "gate?token=0123456789abcdef")
	owner.wait(playing(1))
	owner.wait(`document.querySelector(".draw").checkVisibility()`)
	if eval[bool](guard, `document.querySelector(".draw").checkVisibility()`) {
		t.Error("who may only see has the button")
	}
	owner.do(chromedp.Click(chromedp.CSS(".draw")))
	owner.press("New zone")
	owner.do(chromedp.Click(chromedp.CSS(".back")))
	owner.wait(`location.pathname === "/" && !document.querySelector(".zone-panel, svg.zones")`)
}

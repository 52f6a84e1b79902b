package browser_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// tooWide is JavaScript: what reaches beyond the window.
const tooWide = `[...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length && !e.closest(".unseen") && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.tagName + "." + e.className)`

// threeStreams opens the grid of three.
func threeStreams(t *testing.T) (*preview.Server, *tab) {
	t.Helper()
	s := serve(t, nil)
	c := scene(t, fanout.VP8)
	for _, name := range []string{"Gate", "Yard", "Loading dock"} {
		c.show(t, s, slug(name), name, sceneVerdicts())
	}
	p := newTab(t, 1440, 900)
	p.open(s.URL())
	p.wait(playing(3))
	return s, p
}

// TestGrid: three streams fit a screen, nothing is wider than the window from
// phone to wall, and what is touched is large enough.
func TestGrid(t *testing.T) {
	_, p := threeStreams(t)
	p.wait(`document.getElementById("summary").innerText.startsWith("3 streams")`)
	p.wait(`Math.max(...[...document.querySelectorAll(".tile")].map((e) => e.getBoundingClientRect().bottom)) <= innerHeight`)
	p.wait(`document.querySelector("#events li")`)
	for _, w := range []int64{320, 390, 768, 1024, 1440, 2560} {
		p.size(w, 800)
		for _, one := range []bool{false, true} {
			if one {
				eval[chromedp.Void](p, `void document.querySelector("h2 a").click()`)
			}
			p.wait(`document.body.classList.contains("one") === ` + fmt.Sprint(one))
			wide := eval[[]string](p, `[...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length && !e.closest(".unseen, dialog, .events") && e.getBoundingClientRect().right > innerWidth + 0.5)
				.map((e) => e.tagName + "." + e.className)`)
			if scroll := eval[int](p, `document.documentElement.scrollWidth`); scroll > int(w) || len(wide) > 0 {
				t.Errorf("at %d pixels, one stream %v: the page is %d wide; too far right: %v", w, one, scroll, wide)
			}
			first := eval[bool](p, `document.querySelector(".side").getBoundingClientRect().top < document.querySelector(".streams").getBoundingClientRect().top`)
			if first != (w < 1000) { // a strip above the pictures, or a list beside them
				t.Errorf("at %d pixels, one stream %v: events come first: %v", w, one, first)
			}
			small := eval[[]string](p, `[...document.querySelectorAll("button, .range label, .bar a")].filter((e) => e.checkVisibility()).filter((e) => {
				const r = e.getBoundingClientRect();
				return r.height < 43.9 || r.width < 32;
			}).map((e) => e.outerHTML.slice(0, 80))`)
			if len(small) > 0 {
				t.Errorf("at %d pixels: too small to touch: %v", w, small)
			}
		}
		eval[chromedp.Void](p, `void document.querySelector(".back").click()`)
	}
}

// TestContrast: text has WCAG 2.2's level AA on each ground it is on, in light
// and dark.
func TestContrast(t *testing.T) {
	s := serve(t, nil)
	p := newTab(t, 800, 600)
	for _, scheme := range []string{"light", "dark"} {
		p.media("prefers-color-scheme", scheme)
		p.open(s.URL())
		low := eval[[]string](p, `(() => {
			const style = getComputedStyle(document.documentElement);
			const light = (name) => {
				const [r, g, b] = style.getPropertyValue("--" + name).trim().match(/\w\w/g).map((h) => parseInt(h, 16) / 255)
					.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
				return 0.2126 * r + 0.7152 * g + 0.0722 * b;
			};
			const low = [];
			const check = (a, b, least) => {
				const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
				const ratio = (x + 0.05) / (y + 0.05);
				if (ratio < least) low.push(a + " on " + b + ": " + ratio.toFixed(2));
			};
			for (const ground of ["ground", "panel", "press", "alert-ground"]) for (const text of ["text", "quiet", "alert"]) check(text, ground, 4.5);
			for (const ground of ["ground", "panel"]) for (const shape of ["edge", "line", "focus", "good", "warn"]) check(shape, ground, 3);
			return low;
		})()`)
		for _, l := range low {
			t.Errorf("%s: %s", scheme, l)
		}
	}
}

// TestReducedMotion: who asks for less motion gets none.
func TestReducedMotion(t *testing.T) {
	s := serve(t, nil)
	p := newTab(t, 800, 600)
	moving := `[...document.querySelectorAll("*")].filter((e) => { const s = getComputedStyle(e); return s.animationName !== "none" || s.transitionDuration.split(", ").some((d) => d !== "0s"); }).length`
	p.media("prefers-reduced-motion", "no-preference")
	p.open(s.URL())
	if eval[int](p, moving) == 0 {
		t.Error("nothing moves at all: this test tests nothing")
	}
	p.media("prefers-reduced-motion", "reduce")
	if n := eval[int](p, moving); n > 0 {
		t.Errorf("%d elements move", n)
	}
}

// TestIdle: a grid to which nothing comes draws no outlines, and its charts
// hardly ever; one that cannot be seen draws none.
func TestIdle(t *testing.T) {
	c := scene(t, fanout.VP8)
	s := serve(t, nil)
	var stops []func()
	for _, path := range []string{"a", "b", "c"} {
		stream, err := s.Add(fanout.StreamConfig{Path: path, Codec: c.codec})
		if err != nil {
			t.Fatal(err)
		}
		stops = append(stops, c.play(t, stream, sceneVerdicts()))
	}
	p := newTab(t, 1280, 800)
	p.open(s.URL())
	p.wait(playing(3))
	for _, stop := range stops {
		stop()
	}
	count := func() (ink, chart int) {
		n := eval[[]int](p, `new Promise((done) => {
			const was = CanvasRenderingContext2D.prototype.stroke, n = [0, 0];
			CanvasRenderingContext2D.prototype.stroke = function (...a) { n[this.canvas.classList.contains("ink") ? 0 : 1]++; return was.apply(this, a); };
			setTimeout(() => { CanvasRenderingContext2D.prototype.stroke = was; done(n); }, 4000);
		})`)
		return n[0], n[1]
	}
	time.Sleep(time.Second)
	// A drawing of the chart has three strokes.
	if ink, chart := count(); ink > 0 || chart > 3*3*4*4 || chart == 0 {
		t.Errorf("in 4 s: %d strokes of outlines, %d of charts", ink, chart)
	} else {
		t.Logf("in 4 s: %d strokes of charts", chart)
	}
}

// TestLooks takes the screenshots that a person looks at.
func TestLooks(t *testing.T) {
	_, p := threeStreams(t)
	p.wait(`document.querySelectorAll("#events img[src]").length >= 3`)
	phone := func() {
		p.size(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	for _, scheme := range []string{"light", "dark"} {
		p.media("prefers-color-scheme", scheme)
		for _, shot := range []struct {
			name string
			set  func()
		}{
			{"grid", func() { p.size(1440, 900) }},
			{"phone", phone},
			{"wall", func() { p.size(3840, 2160) }},
			{"phone-one", func() { phone(); eval[chromedp.Void](p, `void document.querySelector("h2 a").click()`) }},
			{"one", func() { p.size(1440, 900) }},
		} {
			shot.set()
			p.wait(`new Promise((done) => setTimeout(() => done(true), 1200))`) // the chart is drawn each second
			if n := p.shot(shot.name + "-" + scheme); n < 20 {
				t.Errorf("%s, %s: %d colours in it", shot.name, scheme, n)
			}
		}
		eval[chromedp.Void](p, `void document.querySelector(".back").click()`)
	}
}

package browser_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"avid/runtime/fanout"
)

// playing is JavaScript: n videos have decoded frames.
func playing(n int) string {
	return fmt.Sprintf(`[...document.querySelectorAll("video")].filter((v) => v.getVideoPlaybackQuality().totalVideoFrames > 10).length === %d`, n)
}

// readsTimecode defines the function of that name in a page.
const readsTimecode = `void (globalThis.readTimecode = ` + readTimecode + `)`

// TestVideo: a viewer gets video of each codec that moves, over a real
// connection, and the page says so.
func TestVideo(t *testing.T) {
	for _, codec := range []fanout.Codec{fanout.VP8, fanout.H264} {
		t.Run(string(codec), func(t *testing.T) {
			s := serve(t, nil)
			scene(t, codec).show(t, s, "gate", `<img src=x onerror="document.title='bad'">Gate`, sceneVerdicts())
			p := newTab(t, 1280, 800)
			p.open(s.URL() + "gate")
			p.wait(`/Gate: (live|irregular)/.test(document.getElementById("said").textContent)`)
			p.wait(playing(1))
			first := eval[int](p, `document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames`)
			p.wait(fmt.Sprintf(`document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > %d`, first+20))
			if state := p.text(".state"); state != "Live" {
				t.Errorf("state is %q", state)
			}
			// The pictures are those that were sent, and others come after them.
			eval[chromedp.Void](p, readsTimecode)
			seen := map[int]bool{}
			for deadline := time.Now().Add(soon); len(seen) < 5 && time.Now().Before(deadline); {
				if n := eval[int](p, `readTimecode(document.querySelector("video"))`); n >= 0 && n < sceneFrames {
					seen[n] = true
				}
				time.Sleep(70 * time.Millisecond)
			}
			if len(seen) < 5 {
				t.Errorf("only the pictures %v were seen", seen)
			}
			for name, shape := range map[string]string{"latency": `\d ms`, "rate": `\d fps`, "bitrate": `bit/s`, "size": `640 × 360`, "codec": `VP8|H\.264`, "viewers": `1 viewer`} {
				p.wait(fmt.Sprintf(`new RegExp(%q).test(document.querySelector(".facts .%s").innerText)`, shape, name))
			}
			// What comes from outside is text.
			if title := p.text("h2"); title != `<img src=x onerror="document.title='bad'">Gate` {
				t.Errorf("title is %q", title)
			}
			if list := p.foreign(s.URL()); len(list) > 0 {
				t.Errorf("asked of others: %v", list)
			}
		})
	}
}

// TestOutlines: the outline is around the box that is in the picture while that
// picture is on screen, as the box moves.
func TestOutlines(t *testing.T) {
	s := serve(t, nil)
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", sceneVerdicts())
	p := newTab(t, 1280, 800)
	p.open(s.URL() + "gate")
	p.wait(playing(1))
	// In the video's pixels: left, top, right, bottom.
	type sight struct {
		Video, Ink []float64
		Fits       bool
	}
	// A message may come some ms after its picture, and a busy browser tells the
	// page late of a picture that can be read already: each is looked at until
	// the outline fits, and judged when the next comes. The stroke and the
	// colour's half resolution are within 3 pixels; a picture earlier or later
	// the box is 4 pixels away.
	sights := eval[[]sight](p, `new Promise((done) => {
		const video = document.querySelector("video"), ink = document.querySelector(".ink"), list = [];
		const extent = (c, w, h, is) => {
			const d = c.getImageData(0, 0, w, h).data;
			let [l, t, r, b] = [Infinity, Infinity, -1, -1];
			for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
				const i = 4 * (y * w + x);
				if (!is(d[i], d[i + 1], d[i + 2], d[i + 3])) continue;
				l = Math.min(l, x); r = Math.max(r, x + 1); t = Math.min(t, y); b = Math.max(b, y + 1);
			}
			return [l, t, r, b];
		};
		const reader = (w, h) => new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
		const copy = reader(video.videoWidth, video.videoHeight), drawing = reader(ink.width, ink.height);
		let now = null; // the picture that is looked at
		const judge = () => {
			if (now && (now.Fits || now.last - now.first >= 25)) list.push(now);
		};
		const look = () => {
			const { videoWidth: w, videoHeight: h } = video;
			copy.drawImage(video, 0, 0);
			drawing.clearRect(0, 0, ink.width, ink.height);
			drawing.drawImage(ink, 0, 0);
			const seen = extent(copy, w, h, (r, g, b) => r > 180 && g > 180 && b < 100), at = performance.now();
			if (!now || Math.abs(seen[0] - now.Video[0]) > 1) {
				judge();
				now = { first: at, Video: seen, Ink: [], Fits: false };
			}
			now.last = at;
			if (!now.Fits) {
				const drawn = extent(drawing, ink.width, ink.height, (r, g, b, a) => a > 200 && r > 200 && g < 120);
				const scale = Math.min(ink.width / w, ink.height / h);
				const [x, y] = [(ink.width - w * scale) / 2, (ink.height - h * scale) / 2];
				if (drawn[2] < 0) now = null; // nothing is irregular
				else {
					now.Ink = [(drawn[0] - x) / scale, (drawn[1] - y) / scale, (drawn[2] - x) / scale, (drawn[3] - y) / scale];
					now.Fits = now.Ink.every((v, i) => Math.abs(v - now.Video[i]) <= 3);
				}
			}
			if (list.length >= 25) done(list); else setTimeout(look, 5);
		};
		look();
	})`)
	off := 0
	for _, at := range sights {
		if !at.Fits {
			t.Logf("outline %.1f, box %.1f", at.Ink, at.Video)
			off++
		}
	}
	if off > 3 { // the first and the last of an event, and one that was late
		t.Errorf("%d of %d outlines were elsewhere", off, len(sights))
	}
}

// pixelsOf is JavaScript: the bytes of a canvas, none while it has no size.
func pixelsOf(selector string) string {
	return fmt.Sprintf(`(() => {
		const from = document.querySelector(%q);
		if (!from.width) return [];
		const c = new OffscreenCanvas(from.width, from.height).getContext("2d", { willReadFrequently: true });
		c.drawImage(from, 0, 0);
		return c.getImageData(0, 0, from.width, from.height).data;
	})()`, selector)
}

// TestKeys: everything works by keyboard.
func TestKeys(t *testing.T) {
	inked := pixelsOf(".ink") + `.some((v) => v > 0)`
	s := serve(t, nil)
	c := scene(t, fanout.VP8)
	for _, name := range []string{"a", "b", "c"} {
		c.show(t, s, name, name, sceneVerdicts())
	}
	p := newTab(t, 1280, 800)
	p.open(s.URL())
	p.wait(playing(3))
	focused := `document.activeElement.closest(".tile")?.getAttribute("aria-label")`
	at := func(path, what string) {
		t.Helper()
		p.wait(fmt.Sprintf(`location.pathname === %q`, path))
		if what != "" {
			p.wait(fmt.Sprintf(`%s === %q`, focused, what))
		}
	}
	p.key(kb.ArrowRight) // the first stream
	at("/", "a")
	p.key(kb.ArrowRight)
	at("/", "b")
	p.key(kb.ArrowDown)
	at("/", "c")
	p.key(kb.ArrowUp)
	at("/", "a")
	p.key(kb.Tab)
	at("/", "b")
	p.key(kb.Enter)
	at("/b", "b")
	p.wait(`document.querySelectorAll(".tile:not([hidden])").length === 1`)
	p.key(kb.ArrowRight)
	at("/c", "c")
	p.key(kb.Escape)
	at("/", "c")
	p.wait(`document.querySelectorAll(".tile:not([hidden])").length === 3`)
	p.do(chromedp.NavigateBack())
	at("/c", "")
	p.do(chromedp.NavigateForward())
	at("/", "")

	p.wait(inked)
	p.key("o")
	p.wait(`document.getElementById("outlines").getAttribute("aria-pressed") === "false" && !(` + inked + `)`)
	p.key("o")
	p.wait(`document.getElementById("outlines").getAttribute("aria-pressed") === "true"`)
	p.wait(inked)

	p.key("r")
	p.wait(`document.querySelector("#range input:checked").value === "15"`)
	p.key("?")
	p.wait(`document.getElementById("help").open`)
	p.shot("help")
	p.key("o") // belongs to nothing while a dialog is open
	p.key(kb.Escape)
	p.wait(`!document.getElementById("help").open && location.pathname === "/"`)
	if eval[string](p, `document.getElementById("outlines").getAttribute("aria-pressed")`) != "true" {
		t.Error("a key reached the page behind the dialog")
	}
	p.key("f")
	p.wait(`document.fullscreenElement?.classList.contains("stage")`)
	p.key("f")
	p.wait(`!document.fullscreenElement`)
}

// TestChart: the score's line turns to the alert's colour above the threshold,
// and a time without scores is a gap.
func TestChart(t *testing.T) {
	var score atomic.Int64 // in tenths; 1000: none
	score.Store(-40)
	s := serve(t, nil)
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", func(_ int, m *fanout.Meta) {
		v := score.Load()
		m.Judged, m.Score = v != 1000, float64(v)/10
	})
	p := newTab(t, 1280, 800)
	p.media("prefers-color-scheme", "light")
	p.open(s.URL() + "gate")
	p.key("r")
	p.key("r") // 1 min
	p.wait(`document.querySelector("#range input:checked").value === "1"`)
	count := func(r, g, b, a int) string {
		return fmt.Sprintf(`(() => {
			const d = %s;
			let n = 0;
			for (let i = 0; i < d.length; i += 4) n += Math.abs(d[i] - %d) + Math.abs(d[i + 1] - %d) + Math.abs(d[i + 2] - %d) < 40 && Math.abs(d[i + 3] - %d) < 12;
			return n;
		})()`, pixelsOf(".chart"), r, g, b, a)
	}
	line, alert, gap := count(0x2f, 0x6f, 0xb5, 255), count(0xc4, 0x30, 0x1a, 255), count(86, 95, 104, 33)
	p.wait(line + ` > 30`)
	if n := eval[int](p, alert); n > 0 {
		t.Errorf("%d pixels of the alert's colour below the threshold", n)
	}
	if got := p.text(".score"); got == "" {
		t.Error("no score is shown")
	}
	score.Store(35)
	p.wait(alert + ` > 10`)
	p.wait(`document.querySelector(".score").classList.contains("over")`)
	score.Store(1000)
	time.Sleep(4 * time.Second) // the gap itself
	score.Store(-40)
	p.wait(gap + ` > 100`)
	p.wait(`/now −4\.0, probability/.test(document.querySelector(".chart").getAttribute("aria-label"))`)
	p.shot("chart")
}

// TestEvents: the reports of an event become one row with pictures of the very
// frames at which it began and was highest.
func TestEvents(t *testing.T) {
	s := serve(t, nil)
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", sceneVerdicts())
	p := newTab(t, 1280, 800)
	p.open(s.URL() + "gate")
	p.wait(`document.querySelector("#events li.open")`)
	p.wait(`document.querySelector(".tile.irregular")`)
	p.wait(`document.querySelector("#events li:not(.open) .thumb img:not([hidden])")?.naturalWidth > 0`)
	n := eval[int](p, `document.querySelectorAll("#events li").length`)
	time.Sleep(time.Second)
	if more := eval[int](p, `document.querySelectorAll("#events li").length`); more > n+1 {
		t.Errorf("%d rows and then %d: a report made a row of its own", n, more)
	}
	row := p.text("#events li:not(.open) .what")
	if !containsAny(row, []string{"1.9 s", "2.0 s"}) || !containsAny(row, []string{"far above"}) || containsAny(row, []string{"%"}) {
		t.Errorf("the row says %q", row)
	}
	p.key("n") // the numbers too, and so after a reload
	p.wait(`document.querySelector("#events li:not(.open) .what").innerText.includes("far above · 5.88 · 99.7 %") && /(ordinary|above) · −?\d/.test(document.querySelector(".score").innerText)`)
	p.open(s.URL() + "gate")
	p.wait(`document.getElementById("numbers").getAttribute("aria-pressed") === "true" && document.querySelector("#events li:not(.open)")?.innerText.includes("%")`)
	p.do(chromedp.Click(chromedp.CSS("#numbers")))
	p.wait(`!document.querySelector("#events li").innerText.includes("%")`)
	p.wait(`document.querySelector("#events li:not(.open) .thumb img:not([hidden])")?.naturalWidth > 0`)
	p.do(chromedp.Click(chromedp.CSS("#events li:not(.open) button")))
	p.wait(`document.getElementById("picture").open && [...document.querySelectorAll("#pictures img")].filter((i) => i.naturalWidth === 640).length === 2`)
	eval[chromedp.Void](p, readsTimecode)
	codes := eval[[]int](p, `[...document.querySelectorAll("#pictures img")].map(readTimecode)`)
	if codes[0] < sceneBegin || codes[0] > sceneBegin+2 || codes[1] < sceneEnd-10 || codes[1] > sceneEnd+1 {
		t.Errorf("the pictures are of the frames %v, the event was from %d to %d", codes, sceneBegin, sceneEnd)
	}
	if facts := p.text("#picture-facts"); !containsAny(facts, []string{"· far above"}) || containsAny(facts, []string{"%"}) {
		t.Errorf("the dialog says %q", facts)
	}
	p.shot("picture")
	p.do(chromedp.Click(chromedp.CSS("#picture summary")))
	p.wait(`document.getElementById("picture-numbers").innerText === "Peak 5.88, threshold 0.0, probability 99.7 %"`)
	p.key(kb.Escape)
	p.wait(`!document.getElementById("picture").open && location.pathname === "/gate"`)
}

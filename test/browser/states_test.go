package browser_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"avid/runtime/api"
	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// TestReconnect: when the server comes back on its port, so does the video, by
// itself.
func TestReconnect(t *testing.T) {
	c := scene(t, fanout.VP8)
	s := serve(t, nil)
	address := s.Addr()
	c.show(t, s, "gate", "Gate", sceneVerdicts())
	p := newTab(t, 1280, 800)
	p.expect("ERR_CONNECTION_REFUSED", "404 (Not Found)")
	p.open(s.URL() + "gate")
	p.wait(playing(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	p.wait(`["retry", "connecting"].includes(document.querySelector(".tile").dataset.state)`)
	p.wait(`/Trying again (in \d+ s|now)\./.test(document.querySelector(".veil").innerText)`)
	p.wait(`document.getElementById("summary").innerText === "Server not reachable"`)
	p.shot("retry")
	again := serve(t, func(c *preview.Config) { c.Listen = address })
	c.show(t, again, "gate", "Gate", sceneVerdicts())
	p.wait(`document.querySelector(".tile").dataset.state === "live"`)
	before := eval[int](p, `document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames`)
	p.wait(`document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames !== ` + itoa(before))
	p.wait(`document.querySelector(".veil").hidden`)
}

// TestSignIn: without the token there is a form for it, and with it, video; a
// token that changes while the page is open is asked for there.
func TestSignIn(t *testing.T) {
	c := scene(t, fanout.VP8)
	token := func(secret string) func(*preview.Config) { return func(c *preview.Config) { c.Token = secret } }
	s := serve(t, token("first-secret"))
	address := s.Addr()
	c.show(t, s, "gate", "Gate", sceneVerdicts())
	p := newTab(t, 1280, 800)
	p.expect("401 (Unauthorized)", "ERR_CONNECTION_REFUSED", "404 (Not Found)")
	signIn := func(secret string) {
		t.Helper()
		p.do(chromedp.Click(chromedp.CSS("input[name=token]")))
		p.key(secret + kb.Enter)
	}
	p.open(s.URL() + "gate?token=wrong")
	p.wait(`document.querySelector("form input[name=token][type=password]")`)
	p.shot("locked")
	signIn("first-secret")
	p.wait(playing(1))
	if place := eval[string](p, `location.href`); place != s.URL()+"gate" {
		t.Errorf("the address is %s", place)
	}
	if cookies := eval[string](p, `document.cookie`); cookies != "" {
		t.Errorf("scripts can read the cookie: %s", cookies)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := serve(t, func(c *preview.Config) { c.Listen = address; token("second-secret")(c) })
	c.show(t, again, "gate", "Gate", sceneVerdicts())
	p.wait(`document.getElementById("sign-in")?.open`)
	p.shot("sign-in")
	signIn("second-secret")
	p.wait(playing(1))
	if strings.Contains(eval[string](p, `location.href`), "secret") {
		t.Error("the token stayed in the address")
	}
}

// TestFull: a viewer too many is told so, and let in when there is room.
func TestFull(t *testing.T) {
	s := serve(t, func(c *preview.Config) { c.MaxViewers = 1 })
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", nil)
	first, second := newTab(t, 800, 600), newTab(t, 800, 600)
	second.expect("503 (Service Unavailable)")
	first.open(s.URL() + "gate")
	first.wait(playing(1))
	second.open(s.URL() + "gate")
	second.wait(`document.querySelector(".state").innerText === "Server full"`)
	second.shot("full")
	first.open("about:blank") // leaves
	second.wait(playing(1))
}

// TestStalled: a stream without video says so, and one that ends too; others
// that come later show by themselves.
func TestStalled(t *testing.T) {
	c := scene(t, fanout.VP8)
	s := serve(t, nil)
	p := newTab(t, 1280, 800)
	p.expect("404 (Not Found)")
	p.open(s.URL())
	p.wait(`document.getElementById("empty").innerText.startsWith("No stream yet")`)
	p.shot("empty")
	a, err := s.Add(fanout.StreamConfig{Path: "a", Codec: c.codec})
	if err != nil {
		t.Fatal(err)
	}
	stop := c.play(t, a, nil)
	p.wait(playing(1))
	stop()
	p.wait(`document.querySelector(".state").innerText === "No video"`)
	p.shot("no-video")
	b := c.show(t, s, "b", "B", nil)
	p.wait(`document.querySelectorAll(".tile").length === 2`)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	p.wait(`document.querySelectorAll(".tile").length === 1 && document.querySelector("h2").innerText === "B"`)
	p.wait(playing(1))
	eval[chromedp.Void](p, `void document.querySelector("h2 a").click()`)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	p.wait(`document.querySelectorAll(".tile").length === 0 || document.querySelector(".state").innerText === "Ended"`)
}

// TestNeverLive: a stream of which no frame ever comes is never called live, nor is one
// whose video the browser has paused.
func TestNeverLive(t *testing.T) {
	c := scene(t, fanout.VP8)
	s := serve(t, nil)
	silent, err := s.Add(fanout.StreamConfig{Path: "silent", Codec: c.codec, Width: c.w, Height: c.h, Rate: float64(c.rate)})
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t, 1280, 800)
	p.open(s.URL())
	p.wait(`document.querySelector(".tile")`)
	eval[chromedp.Void](p, `void (globalThis.states = new Set(), new MutationObserver(() => states.add(document.querySelector(".tile").dataset.state))
		.observe(document.querySelector(".tile"), { attributes: true }))`)
	p.wait(`document.querySelector(".state").innerText === "No video"`)
	if eval[bool](p, `states.has("live")`) {
		t.Error("it was called live before a frame had come")
	}
	c.play(t, silent, sceneVerdicts())
	p.wait(`document.querySelector(".state").innerText === "Live" && /\d/.test(document.querySelector(".score").innerText + document.querySelector(".facts .rate").innerText)`)
	// A browser that lets nothing play, as a phone does that saves power.
	eval[chromedp.Void](p, `void (document.querySelector("video").play = () => Promise.reject(new Error("no")), document.querySelector("video").pause())`)
	p.wait(`document.querySelector(".state").innerText === "Paused" && document.querySelector(".veil button").innerText === "Play"`)
	p.shot("paused")
	eval[chromedp.Void](p, `void (delete document.querySelector("video").play)`)
	p.wait(`document.querySelector(".state").innerText === "Live"`)
}

// TestLastPicture: of a camera that is away its last picture is shown, with its time, also
// to who opens the page only then.
func TestLastPicture(t *testing.T) {
	c, s := scene(t, fanout.VP8), serve(t, nil)
	e, err := s.Expect("gate", "Gate")
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(api.New(&zoneSite{expected: e}, nil))
	var text bytes.Buffer
	if err := jpeg.Encode(&text, image.NewGray(image.Rect(0, 0, 48, 27)), nil); err != nil {
		t.Fatal(err)
	}
	e.Picture(text.Bytes(), time.Now().Add(-time.Minute))
	e.Note("No video: connection refused. Trying again.")
	p := newTab(t, 1280, 800)
	p.expect("404 (Not Found)")
	p.open(s.URL())
	p.wait(`document.querySelector(".state")?.innerText === "No stream" && document.querySelector(".last").naturalWidth === 48 && !document.querySelector(".last").hidden`)
	p.wait(`/connection refused[^]*Last picture: \d\d:\d\d/.test(document.querySelector(".veil").innerText)`)
	p.shot("last-picture")
	stream := c.show(t, s, "gate", "Gate", nil)
	p.wait(`document.querySelector(".state").innerText === "Live" && document.querySelector(".last").hidden && document.querySelector(".from").innerText === ""`)
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	p.wait(`document.querySelector(".state").innerText === "No stream" && /Last picture: \d\d:\d\d/.test(document.querySelector(".veil").innerText)`)
	// It is the frame that was shown last, whose ground is grey, not the server's picture.
	p.wait(`((i) => {
		const c = new OffscreenCanvas(1, 1).getContext("2d");
		c.drawImage(i, -5, -300);
		return !i.hidden && i.naturalWidth === 640 && c.getImageData(0, 0, 1, 1).data[0] > 60;
	})(document.querySelector(".last"))`)
	p.shot("last-frame")
}

// TestLate: a stream that plays, but shows what was two seconds ago, says so, and
// how many frames were dropped.
func TestLate(t *testing.T) {
	s := serve(t, nil)
	e, err := s.Expect("gate", "Gate")
	if err != nil {
		t.Fatal(err)
	}
	e.Dropped(12)
	var lag atomic.Int64
	lag.Store(int64(3 * time.Second))
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", func(_ int, m *fanout.Meta) {
		m.Captured = time.Now().Add(-time.Duration(lag.Load()))
	})
	p := newTab(t, 1280, 800)
	p.open(s.URL())
	p.wait(playing(1))
	p.wait(`document.querySelector(".state").innerText === "Late" && parseInt(document.querySelector(".facts .latency").innerText.replace(/\D/g, "")) > 2000`)
	p.wait(`document.querySelector(".facts .dropped").innerText.includes("12 frames")`)
	p.shot("late")
	lag.Store(0)
	p.wait(`document.querySelector(".state").innerText === "Live"`)
}

// TestBlind: a stream of which nothing is judged says so, and why, beside its
// picture, and no longer once it is judged.
func TestBlind(t *testing.T) {
	s := serve(t, nil)
	var seeing atomic.Bool
	verdicts := sceneVerdicts()
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", func(i int, m *fanout.Meta) {
		if seeing.Load() {
			verdicts(i, m)
			return
		}
		m.State, m.Reason = "blind", "its frames are up to 1 s apart, and a verdict needs them closer"
	})
	p := newTab(t, 1280, 800)
	p.open(s.URL() + "gate")
	p.wait(playing(1))
	p.wait(`document.querySelector(".state").innerText === "Not judging" && document.querySelector(".veil").innerText.includes("Not judging: its frames are up to 1 s apart")`)
	p.wait(`document.querySelector(".score").innerText === "" && document.getElementById("events-none").innerText === "Not judging: Gate."`)
	p.wait(`document.querySelector(".veil").getBoundingClientRect().height < document.querySelector(".stage").getBoundingClientRect().height / 4`)
	p.shot("blind")
	seeing.Store(true)
	p.wait(`document.getElementById("events-none").hidden || document.getElementById("events-none").innerText.startsWith("Nothing irregular since")`)
	p.wait(`document.querySelector(".state").innerText === "Live" && document.querySelector(".veil").hidden`)
}

// TestSceneOnThePage: what keeps a stream from being judged, or judged well, is said
// beside its picture for as long as it lasts.
func TestSceneOnThePage(t *testing.T) {
	s := serve(t, nil)
	var stage atomic.Int32
	verdicts := sceneVerdicts()
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", func(i int, m *fanout.Meta) {
		switch stage.Load() {
		case 0:
			m.State, m.Scene, m.Reason = "held", "dark", "the picture is too dark to be judged"
			return
		case 1:
			m.State, m.Scene, m.Reason = "judging", "out-of-focus", "the picture is out of focus"
		}
		verdicts(i, m)
	})
	p := newTab(t, 1280, 800)
	p.open(s.URL() + "gate")
	p.wait(playing(1))
	p.wait(`document.querySelector(".state").innerText === "On hold" && document.querySelector(".veil").innerText.includes("On hold: the picture is too dark to be judged.")`)
	p.wait(`document.querySelector(".veil").getBoundingClientRect().height < document.querySelector(".stage").getBoundingClientRect().height / 4`)
	p.shot("held")
	stage.Store(1)
	p.wait(`document.querySelector(".state").innerText === "Impaired" && document.querySelector(".veil").innerText.includes("Judging, but the picture is out of focus.")`)
	p.wait(`document.querySelector(".score").innerText !== ""`)
	stage.Store(2)
	p.wait(`document.querySelector(".state").innerText === "Live" && document.querySelector(".veil").hidden`)
}

// TestExpected: a camera that is away has its place and says why, and its video
// shows once it is there; video without verdicts is not called ordinary.
func TestExpected(t *testing.T) {
	s := serve(t, nil)
	e, err := s.Expect("yard", "Yard")
	if err != nil {
		t.Fatal(err)
	}
	e.Note("No video: connection refused. Trying again.")
	p := newTab(t, 1280, 800)
	p.expect("404 (Not Found)")
	p.open(s.URL())
	p.wait(`document.querySelector(".state")?.innerText === "No stream" && document.querySelector(".veil").innerText.includes("connection refused")`)
	p.shot("away")
	scene(t, fanout.VP8).show(t, s, "yard", "Yard", nil)
	p.wait(playing(1))
	p.wait(`document.querySelector(".state").innerText === "Live"`)
}

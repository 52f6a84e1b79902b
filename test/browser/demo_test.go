package browser_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"avid/element/avidfilter"
	"avid/element/avidwebrtcsink"
	"avid/element/pipeline"
	"avid/runtime/engine"
)

// TestDemo: the shipped clip through the filter and the sink: the page has the
// masks' outlines and the event.
func TestDemo(t *testing.T) {
	if os.Getenv(engine.LibraryEnv) == "" {
		library, err := filepath.Abs("../../build/lib/libonnxruntime.so.1")
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(engine.LibraryEnv, library)
	}
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(avidfilter.Register(), avidwebrtcsink.Register()); err != nil {
		t.Fatal(err)
	}
	line, err := pipeline.Parse("filesrc location=../../demo/walkway.mp4 ! decodebin ! queue ! videoconvert ! " +
		"avidfilter model=../../demo/walkway.avid overlay=none ! avidwebrtcsink name=sink media-ips=127.0.0.1 listen=127.0.0.1:0 path=walkway title=Walkway")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	if err := line.SetState(pipeline.StatePlaying, soon); err != nil {
		m, _ := line.Pop(0)
		t.Fatal(err, m.Text)
	}
	url, err := line.Get("sink", "url")
	if err != nil {
		t.Fatal(err)
	}
	// Again and again, for as long as the test needs it.
	var looping sync.WaitGroup
	done := make(chan struct{})
	looping.Go(func() {
		for {
			if m, ok := line.Pop(100 * time.Millisecond); ok && m.Kind == pipeline.MessageEOS {
				_ = line.Seek(0) // the page's waits tell when it failed
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	t.Cleanup(func() { close(done); looping.Wait() })

	p := newTab(t, 1440, 900)
	p.expect("404 (Not Found)")
	p.open(url)
	p.wait(playing(1))
	p.wait(`document.querySelector("#events li.open")`)
	p.wait(pixelsOf(".ink") + `.some((v) => v > 0)`)
	p.wait(`document.querySelector("#events img").naturalWidth > 0`)
	p.shot("demo-event")
	p.wait(`document.querySelector("#events li:not(.open)")`)
	if long := os.Getenv("AVID_SHOTS"); long == "" {
		return
	}
	p.key("r")
	p.key("r") // 1 min
	p.wait(`document.querySelectorAll("#events li").length >= 4`)
	for _, scheme := range []string{"light", "dark"} {
		p.media("prefers-color-scheme", scheme)
		p.wait(pixelsOf(".ink") + `.some((v) => v > 0)`)
		p.wait(`new Promise((done) => setTimeout(() => done(true), 1200))`)
		p.shot("demo-" + scheme)
		p.size(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
		p.wait(pixelsOf(".ink") + `.some((v) => v > 0)`)
		p.shot("demo-phone-" + scheme)
		p.size(1440, 900)
	}
	p.do(chromedp.Click(chromedp.CSS("#events li:not(.open) button")))
	p.wait(`document.querySelectorAll("#pictures img").length > 0`)
	p.shot("demo-picture")
}

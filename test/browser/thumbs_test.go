package browser_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"avid/runtime/preview"
)

// TestThumbs: events that the page did not see itself have the recorder's picture, in the
// list and large, as soon as it is kept; one that is gone leaves none.
func TestThumbs(t *testing.T) {
	s := newPast(t, nil)
	e, err := s.Expect("gate", "Front gate")
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range append(s.ids[:2:2], "7.5-9") {
		e.Event(preview.Told{ID: id, Kind: "moving", Duration: 3, Peak: 9, Threshold: 6}, time.Now().Add(-time.Duration(i+1)*time.Minute))
	}
	picture := func(id string) { e.Pictured(id, "/api/events/gate/"+id+"/marked.jpg") }
	picture(s.ids[0])
	picture("7.5-9")
	p := newTab(t, 1280, 800)
	p.expect("404 (Not Found)")
	p.open(s.URL())
	shown := func(list string) {
		t.Helper()
		p.wait(fmt.Sprintf(`[...document.querySelectorAll("#events img")].map((i) => i.hidden ? "-" : i.naturalWidth).join() === %q`, list))
	}
	shown("640,-,-")
	picture(s.ids[1])
	shown("640,640,-")
	p.shot("thumbs")
	for i, n := range []int{1, 1, 0} {
		p.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("#events li:nth-child(%d) button", i+1))))
		p.wait(fmt.Sprintf(`[...document.querySelectorAll("#pictures img")].filter((i) => i.naturalWidth === 640).length === %d && document.querySelector("#picture").open`, n))
		if n == 1 {
			p.wait(`document.querySelector("#pictures figcaption").innerText === "At its peak"`)
		}
		p.do(chromedp.Click(chromedp.CSS("#picture button")))
	}
}

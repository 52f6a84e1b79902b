package browser_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// TestPages: more streams than fit are on pages, which the address keeps; only those on the
// page connect, and what is irregular on another one is told.
func TestPages(t *testing.T) {
	c, s := scene(t, fanout.VP8), serve(t, nil)
	expected := map[string]*preview.Expected{}
	for _, path := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		e, err := s.Expect(path, "Camera "+path)
		if err != nil {
			t.Fatal(err)
		}
		expected[path] = e
		stream, err := s.Add(fanout.StreamConfig{Path: path, Title: "Camera " + path, Codec: c.codec, Width: c.w, Height: c.h, Rate: float64(c.rate)})
		if err != nil {
			t.Fatal(err)
		}
		if path == "a" || path == "h" { // the others send nothing: a page of videos is more than this test needs
			c.play(t, stream, nil)
		}
	}
	expected["b"].Event(preview.Told{ID: "7.5-1", Kind: "moving", Zone: "lawn", Duration: 3, Peak: 9, Threshold: 6}, time.Now().Add(-time.Minute))
	p := newTab(t, 1280, 800)
	p.expect("404 (Not Found)") // of a viewer that leaves, which the server may have noticed before it said so
	shown := func(titles string) {
		t.Helper()
		p.wait(fmt.Sprintf(`[...document.querySelectorAll(".tile:not([hidden]) h2")].map((h) => h.innerText.slice(7)).join("") === %q`, titles))
	}
	watched := func(paths string) { // by the server's own count
		t.Helper()
		p.wait(fmt.Sprintf(`(await (await fetch("/api/streams")).json()).filter((i) => i.viewers > 0).map((i) => i.path).join("") === %q`, paths))
	}
	p.open(s.URL())
	shown("abcdef")
	watched("abcdef")
	p.wait(`document.getElementById("page-now").innerText === "Page 1 of 2" && document.getElementById("page-back").disabled`)
	p.wait(`/Camera b.*lawn, moving.*well above/s.test(document.querySelector("#events li").innerText.replace(/\s+/g, " "))`) // of before the page was opened
	expected["h"].Event(preview.Told{ID: "7.5-2", Kind: "moving", Zone: "gate", Duration: 1, Peak: 9, Threshold: 6, Open: true}, time.Now().Add(-time.Second))
	p.wait(`document.getElementById("summary").innerText.endsWith("1 irregular") && document.getElementById("elsewhere").innerText === "1 irregular stream on page 2"`)
	p.wait(`document.querySelector("#events li.open .name").innerText === "Camera h" && document.title.startsWith("●")`)
	p.shot("pages")
	p.do(chromedp.Click(chromedp.CSS("#elsewhere")))
	shown("gh")
	watched("gh")
	p.wait(`location.search === "?page=2" && document.getElementById("elsewhere").hidden && document.querySelector(".tile.irregular h2").innerText === "Camera h"`)
	p.open(s.URL() + "?page=2")
	shown("gh")
	p.wait(`document.querySelectorAll("#events li").length === 2`) // they are told again
	p.wait(playing(1))
	eval[chromedp.Void](p, `void document.querySelector(".tile:not([hidden]) h2 a").click()`)
	p.wait(`location.pathname === "/g" && document.getElementById("pager").hidden`)
	p.key(kb.Escape)
	shown("gh")
	p.key(kb.PageUp)
	shown("abcdef")
	p.wait(`location.pathname + location.search === "/"`)
	p.do(chromedp.NavigateBack())
	shown("gh")
	expected["h"].Event(preview.Told{ID: "7.5-2", Kind: "moving", Zone: "gate", Duration: 5, Peak: 12, Threshold: 6}, time.Now().Add(-5*time.Second))
	p.wait(`!document.querySelector(".tile.irregular") && document.querySelector("#events li").innerText.includes("far above")`)
	p.size(390, 844, chromedp.EmulateMobile)
	p.wait(`document.documentElement.scrollWidth <= 390`)
	p.shot("pages-phone")
}

// TestCameraFull: a camera may have fewer viewers than its server, and the page says which
// of both is full.
func TestCameraFull(t *testing.T) {
	s := serve(t, nil)
	e, err := s.Expect("gate", "Gate")
	if err != nil {
		t.Fatal(err)
	}
	e.Limit(1)
	scene(t, fanout.VP8).show(t, s, "gate", "Gate", nil)
	first, second := newTab(t, 800, 600), newTab(t, 800, 600)
	second.expect("503 (Service Unavailable)")
	first.open(s.URL() + "gate")
	first.wait(playing(1))
	second.open(s.URL() + "gate")
	second.wait(`document.querySelector(".state").innerText === "Camera full" && document.querySelector(".veil").innerText.startsWith("All places of this camera are taken. Trying again")`)
	first.open("about:blank") // leaves
	second.wait(playing(1))
}

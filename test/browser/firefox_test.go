package browser_test

import (
	"fmt"
	"os"
	"testing"

	"avid/runtime/fanout"
)

// Keys as WebDriver calls them.
const (
	foxEscape   = "\ue00c"
	foxEnter    = "\ue007"
	foxHome     = "\ue011"
	foxPageDown = "\ue00f"
)

// looks holds what is shown to what is held of it in Chromium, in light and dark.
func (f *fox) looks(what string) {
	f.Helper()
	script, err := os.ReadFile(axeFile)
	if err != nil {
		f.Fatalf("no axe-core in build/npm, which make test fetches: %v", err)
	}
	f.do("WebDriver:ExecuteScript", map[string]any{"args": []any{}, "script": string(script) + "; window.axe = axe"})
	for _, dark := range []bool{true, false} {
		f.dark(dark)
		scheme := map[bool]string{true: "dark", false: "light"}[dark]
		for _, one := range foxEval[[]string](f, axeRun) {
			f.Errorf("%s, %s: %s", what, scheme, one)
		}
		f.shot("firefox-" + what + "-" + scheme)
	}
	if size := foxEval[[2]int](f, `[document.documentElement.scrollWidth, innerWidth]`); size[0] > size[1] {
		f.Errorf("%s: the page is %d pixels wide, the window %d", what, size[0], size[1])
	}
}

// showing is JavaScript: n videos show frames. Firefox counts none of a live one's.
func showing(n int) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".tile")].filter((e) => e.querySelector(".state").innerText === "Live" && e.querySelector("video").currentTime > 1).length === %d`, n)
}

// TestFirefox: in Firefox too the page plays, draws outlines and tells of events, is used by
// keys and by touch, finds what was recorded, and axe finds nothing wrong with it.
func TestFirefox(t *testing.T) {
	s := newPast(t, nil)
	for _, name := range []string{"Gate", "Yard"} {
		scene(t, fanout.VP8).show(t, s.Server, slug(name), name, sceneVerdicts())
	}
	f := newFox(t, 1440, 900)
	f.size(1440, 900)

	f.open(s.URL())
	f.wait(showing(2))
	f.wait(`[...document.querySelectorAll(".ink")].some((c) => c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0))`)
	f.wait(`document.querySelectorAll("#events li img[src]").length >= 2`)
	f.wait(`/ ms$/.test(document.querySelector(".facts .latency dd").innerText) && / fps$/.test(document.querySelector(".facts .rate dd").innerText)`)
	f.key("o")
	f.wait(`document.getElementById("outlines").getAttribute("aria-pressed") === "false"`)
	f.key("o")
	foxEval[any](f, `document.querySelector("h2 a").focus()`)
	f.key(foxEnter)
	f.wait(`location.pathname === "/gate" && document.querySelectorAll(".tile.large").length === 1 && document.querySelector(".tile.large video").videoWidth === 640`)
	f.size(500, 800) // no Firefox is narrower
	f.looks("large")
	f.key(foxEscape)
	f.wait(`location.pathname === "/" && !document.querySelector(".tile.large")`)
	f.wait(`document.querySelector("#events").getBoundingClientRect().top < document.querySelector("video").getBoundingClientRect().top`)
	f.looks("phone")
	f.size(1440, 900)
	f.looks("grid")

	f.open(s.URL() + "history?camera=gate&day=2026-11-26")
	f.wait(`document.querySelector(".day.large .readout")?.innerText === "3 events; dark for 2 h 0 min" && ` + rows + ` === 3`)
	f.wait(pixelsOf(".slider canvas") + `.some((v) => v > 0)`)
	f.looks("day")
	foxEval[any](f, `document.querySelector(".slider").focus()`)
	f.key(foxHome, foxPageDown)
	f.wait(`/^0?8:00:02.* · above the threshold · event$/.test(document.querySelector(".slider").getAttribute("aria-valuetext"))`)
	f.key(foxEnter)
	f.wait(fmt.Sprintf(`location.search.endsWith(%q)`, s.ids[0]))
	f.wait(`document.querySelector("#event video")?.readyState >= 2`)
	f.wait(`(globalThis.readTimecode = ` + readTimecode + `)(document.querySelector("#event video")) >= 0`)
	f.wait(`[...document.querySelectorAll("#event .pictures img")].filter((i) => i.naturalWidth === 640).length === 2`)
	f.looks("event")

	site, zones := zoneServer(t)
	f.open(zones.URL() + "gate")
	f.wait(showing(1))
	foxEval[any](f, `document.querySelector(".draw").click()`)
	f.wait(zonesOpen)
	f.key(foxEnter) // the new zone's button has the focus
	for _, at := range [][2]float64{{20, 20}, {60, 20}, {60, 70}} {
		xy := foxEval[[2]float64](f, placeOf(at[0], at[1]))
		f.pointer("touch", xy)
	}
	f.wait(`document.querySelectorAll("svg.zones .corner").length === 3`)
	f.key(foxEnter)
	f.wait(`document.querySelector("svg.zones polygon.chosen")`)
	f.looks("zones")
	foxEval[any](f, `[...document.querySelectorAll(".zone-panel button")].find((b) => b.innerText === "Save").click()`)
	f.wait(`!document.querySelector(".zone-panel")`)
	if got, want := site.text(), "zone-1 judge 20,20 60,20 60,70"; got != want {
		t.Errorf("saved %q, want %q", got, want)
	}
}

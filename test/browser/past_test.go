package browser_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"avid/runtime/access"
	"avid/runtime/api"
	"avid/runtime/event"
	"avid/runtime/fanout"
	"avid/runtime/preview"
	"avid/runtime/record"
)

// keptSite is a site of a gate and a yard, whose bundle learns an event when it is asked
// for that the second time.
type keptSite struct {
	noSite
	store *record.Store
	asked *int
	name  *string
}

func (keptSite) Cameras() []api.Camera {
	return []api.Camera{{Name: "gate", Title: "Front gate", State: "running", Armed: true}, {Name: "yard", Title: "Yard", State: "running", Armed: true}}
}

func (keptSite) Change(string, api.Change) error { return nil }

func (keptSite) Thresholds(_ string, perDay []float64) (all []float64, err error) {
	for _, rate := range perDay {
		all = append(all, 10-5*rate)
	}
	return all, nil
}

func (k keptSite) Normal(_, id, _ string) error {
	*k.asked, *k.name = 1, "event "+id
	return nil
}

func (k keptSite) Forget(string, string, string) error {
	*k.asked, *k.name = 1, ""
	return nil
}

func (k keptSite) Learning(camera, id string) api.Learning {
	switch *k.asked++; *k.asked {
	case 1:
		return api.Learning{}
	case 2:
		return api.Learning{State: api.Waits}
	case 3:
		return api.Learning{State: api.Learns}
	}
	if err := k.store.Ordinary(camera, id, *k.name, "anna"); err != nil {
		return api.Learning{State: api.Failed, Why: err.Error()}
	}
	return api.Learning{State: api.Learnt, Why: "normal now: of 40 frames that were irregular 0 are still"}
}

// keptDay is the day of what was recorded; the browser is in the same time zone.
var keptDay = time.Date(2026, 11, 26, 0, 0, 0, 0, time.Local)

// past is a server with a history, and what is in it.
type past struct {
	*preview.Server
	store *record.Store
	clock time.Time
	ids   []string // of the gate's events, the oldest first
}

// newPast records three events of the gate, with film and pictures, and one of the yard.
func newPast(t *testing.T, change func(*preview.Config)) *past {
	t.Helper()
	p := &past{clock: keptDay.Add(8 * time.Hour)}
	config := record.DefaultConfig()
	config.KeepSegments, config.KeepEvents, config.MinFree = 0, 0, 0
	var err error
	if p.store, err = record.Open(t.TempDir(), config, record.Options{Now: func() time.Time { return p.clock }}); err != nil {
		t.Fatal(err)
	}
	p.Server = serve(t, change)
	t.Cleanup(func() { _ = errors.Join(p.Close(), p.store.Close()) })
	film := scene(t, fanout.H264)
	gate := p.recorder(t, "gate")
	for i, zone := range []string{"", "door", "door"} {
		p.ids = append(p.ids, p.film(t, gate, film, uint64(i+1), zone, []float32{7.2, 10, 13}[i]))
		p.clock = p.clock.Add(3 * time.Hour)
	}
	p.judge(t, gate)
	yard := p.recorder(t, "yard")
	p.clock = keptDay.Add(33 * time.Hour)
	p.film(t, yard, film, 1, "", 8)
	for _, r := range []*record.Recorder{gate, yard} {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	p.Handle(api.New(keptSite{noSite{}, p.store, new(int), new(string)}, p.store))
	p.KeepsHistory()
	return p
}

// judge has the gate judged for the day, but for two hours of darkness and one in which
// nobody was there.
func (p *past) judge(t *testing.T, r *record.Recorder) {
	t.Helper()
	was := p.clock
	origin := event.Origin{Camera: "gate", Began: keptDay}
	for i := range 24 * 360 {
		at := keptDay.Add(time.Duration(i) * record.Step)
		p.clock = at
		switch hour := i / 360; {
		case i == 18*360:
			if err := r.Report(origin.Scene(event.Scene{Kind: "dark", State: "begin", Held: true, Text: "it is too dark", Wall: at})); err != nil {
				t.Fatal(err)
			}
		case i == 20*360:
			if err := r.Report(origin.Scene(event.Scene{Kind: "dark", State: "end", Wall: at, Since: at.Add(-2 * time.Hour)})); err != nil {
				t.Fatal(err)
			}
		case hour == 3 || hour == 18 || hour == 19:
			continue
		}
		score := 1 + 2*math.Sin(float64(i)/700) + float64(i*7919%13)/5
		for _, e := range []int{8, 11, 14} {
			if n := i - e*360; n >= 0 && n < 3 {
				score = 7 + float64(e-8)
			}
		}
		for k := range 3 {
			r.Verdict(record.Verdict{Time: float64(at.Unix()) + float64(k), Score: score, Threshold: 6.5})
		}
	}
	r.Flush()
	p.clock = was
}

func (p *past) recorder(t *testing.T, camera string) *record.Recorder {
	t.Helper()
	r, err := p.store.Recorder(camera, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// film records two rounds of the scene, with an event in the first.
func (p *past) film(t *testing.T, r *record.Recorder, film *clip, id uint64, zone string, peak float32) string {
	t.Helper()
	began := p.clock
	origin := event.Origin{Camera: r.State().Camera, Bundle: event.Bundle{Name: "walkway", SHA256: strings.Repeat("68f3a1", 10)}, Began: keptDay}
	report := func(kind event.Kind, i int) event.Record {
		at, start := p.clock.Sub(keptDay), began.Sub(keptDay)+sceneBegin*time.Second/sceneRate
		b := sceneBox(i)
		rec := origin.Record(event.Event{Kind: kind, ID: id, Start: start, Time: at, Duration: at - start, Score: peak, Peak: peak, Threshold: 6.5, Wall: p.clock, W: sceneW, H: sceneH, Zone: zone})
		rec.Boxes = []event.RecordBox{{X: b.Min.X, Y: b.Min.Y, W: b.Dx(), H: b.Dy(), Area: b.Dx() * b.Dy(), Score: 0.9}}
		if err := r.Report(rec); err != nil {
			t.Fatal(err)
		}
		return rec
	}
	name := ""
	for n := range 2 * sceneFrames {
		unit := record.Unit{Codec: record.H264, Data: film.frames[n%sceneFrames], PTS: p.clock.Sub(keptDay), Wall: p.clock}
		if err := r.Write(unit); err != nil {
			t.Fatal(err)
		}
		switch n {
		case sceneBegin + 1:
			name = report(event.Begin, n).ID
		case sceneEnd:
			report(event.End, n)
		}
		p.clock = p.clock.Add(time.Second / sceneRate)
	}
	img := image.NewRGBA(image.Rect(0, 0, sceneW, sceneH))
	b := sceneBox(sceneEnd)
	for y := range sceneH {
		for x := range sceneW {
			img.Set(x, y, color.Gray{120})
			if image.Pt(x, y).In(b) {
				img.Set(x, y, color.RGBA{220, 200, 40, 255})
			}
		}
	}
	for _, marked := range []bool{false, true} {
		if marked {
			for x := b.Min.X; x < b.Max.X; x++ {
				for y := range 4 {
					img.Set(x, b.Min.Y+y, color.RGBA{255, 0, 0, 255})
					img.Set(x, b.Max.Y-y, color.RGBA{255, 0, 0, 255})
				}
			}
		}
		if _, err := p.store.AddPicture(origin.Camera, name, marked, img); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// rows is JavaScript: how many events the list has.
const rows = `document.querySelectorAll("#found li:not(.date)").length`

// TestPast: what was recorded is found by camera, zone and day, and what is chosen is in
// the address, so that Back and links work.
func TestPast(t *testing.T) {
	s := newPast(t, nil)
	p := newTab(t, 1440, 900)
	p.open(s.URL() + "history")
	p.wait(rows + ` === 4`)
	if first := p.text("#found li:not(.date) .what"); !strings.Contains(first, "Yard") || !strings.Contains(first, "above the threshold") {
		t.Errorf("the newest event says %q", first)
	}
	p.shot("past-list")
	set := func(name, value string) {
		t.Helper()
		eval[chromedp.Void](p, fmt.Sprintf(`void (() => { const e = document.getElementById("filters").elements[%q]; e.type === "checkbox" ? e.click() : (e.value = %q, e.dispatchEvent(new Event("change", { bubbles: true }))); })()`, name, value))
	}
	at := func(search string, n int) {
		t.Helper()
		p.wait(fmt.Sprintf(`location.search === %q && %s === %d`, search, rows, n))
	}
	set("camera", "gate")
	at("?camera=gate", 3)
	set("zone", "door")
	at("?camera=gate&zone=door", 2)
	p.do(chromedp.NavigateBack())
	at("?camera=gate", 3)
	set("from", "2026-11-27")
	p.wait(`document.getElementById("found-none").innerText === "No event is like that."`)
	p.do(chromedp.Click(chromedp.CSS("#filters button")))
	at("", 4)
	set("to", "2026-11-26")
	at("?to=2026-11-26", 3)

	p.open(s.URL() + "history?camera=gate&event=gate/" + s.ids[1])
	p.wait(`document.querySelector("#event video")?.readyState >= 2`)
	p.wait(`document.querySelector('#found a[aria-current="true"] .high')?.innerText === "well above"`)
	eval[chromedp.Void](p, readsTimecode)
	p.wait(`readTimecode(document.querySelector("#event video")) >= 0`)
	facts := p.text("#event .facts")
	for _, words := range []string{"well above", "Moving", "door", "68f3a168", "2.0 s"} {
		if !strings.Contains(facts, words) {
			t.Errorf("the facts lack %q: %q", words, facts)
		}
	}
	if name := eval[string](p, `document.querySelector("#event a[download]").download`); !strings.HasPrefix(name, "gate-2026-11-2") || !strings.HasSuffix(name, ".mp4") {
		t.Errorf("it is downloaded as %q", name)
	}
	p.wait(`[...document.querySelectorAll("#event .pictures img")].filter((i) => i.naturalWidth === 640).length === 2`)
	p.shot("past-event")
	p.do(chromedp.Click(chromedp.CSS(`#event [title="Older event"]`)))
	p.wait(`location.search.endsWith(` + fmt.Sprintf("%q", s.ids[0]) + `)`)
	p.key(kb.Escape)
	at("?camera=gate", 3)
	p.wait(`document.activeElement.closest("#found") !== null`)
	p.key(kb.Enter) // the one that was open has the focus
	p.wait(`document.querySelector("#event video")`)
	p.open(s.URL() + "history?event=gate/none")
	p.expect("404 (Not Found)")
	p.wait(`document.querySelector("#event .none").innerText === "This event is not kept any more."`)
	if list := p.foreign(s.URL()); len(list) > 0 {
		t.Errorf("asked of others: %v", list)
	}
}

// TestPastAcknowledge: who may manage says of an event that they have looked at it, with a
// note, and takes it back; who may not sees what was said.
func TestPastAcknowledge(t *testing.T) {
	s := newPast(t, func(c *preview.Config) { c.Token = "0123456789abcdef" })
	if err := s.Admit([]access.User{{Name: "anna", Token: "anna-secret", Manage: true}, {Name: "guard", Token: "guard-secret", Streams: []string{"gate"}}}); err != nil {
		t.Fatal(err)
	}
	p := newTab(t, 1440, 900)
	address := s.URL() + "history?event=" + url.QueryEscape("gate/"+s.ids[2])
	p.open(address + "&token=anna-secret")
	p.wait(`document.querySelector("#event form.words")`)
	p.do(chromedp.Click(chromedp.CSS("#event input[name=note]")))
	p.key("the postman" + kb.Enter)
	p.wait(`document.querySelector("#event .said")?.innerText === "Acknowledged by anna: the postman"`)
	p.wait(`document.querySelector('#found a[aria-current] .said')?.innerText === "Acknowledged by anna: the postman"`)
	rows, err := s.store.Events(record.Query{ID: s.ids[2]})
	if want := (record.Acknowledgement{Acknowledged: true, By: "anna", Note: "the postman"}); err != nil || len(rows) != 1 || rows[0].Acknowledgement != want {
		t.Errorf("kept: %+v, %v", rows, err)
	}
	p.shot("past-acknowledged")
	guard := newTab(t, 1440, 900)
	guard.open(address + "&token=guard-secret")
	guard.wait(`document.querySelector("#event .said")?.innerText === "Acknowledged by anna: the postman"`)
	guard.wait(`!document.querySelector("#event form") && document.querySelectorAll("#found li:not(.date)").length === 3`)
	eval[chromedp.Void](p, `void [...document.querySelectorAll("#event .words button")].find((b) => b.innerText === "Undo").click()`)
	p.wait(`document.querySelector("#event .said").hidden && document.querySelector("#event .words .main").innerText === "Acknowledge"`)
}

// TestPastDay: the day of a camera opens its events, by keys too, says when it was not
// judged, and has what other thresholds would have given.
func TestPastDay(t *testing.T) {
	s := newPast(t, nil)
	p := newTab(t, 1440, 900)
	p.open(s.URL() + "history?camera=gate&day=2026-11-26")
	p.wait(`document.querySelector(".day.large .readout")?.innerText === "3 events; dark for 2 h 0 min"`)
	p.wait(pixelsOf(".slider canvas") + `.some((v) => v > 0)`)
	p.do(chromedp.Focus(chromedp.CSS(".slider")))
	value := `document.querySelector(".slider").getAttribute("aria-valuetext")`
	p.key(kb.Home)
	p.wait(value + ` === "00:00:00 · ordinary"`)
	p.key(kb.PageDown)
	p.wait(value + ` === "08:00:02 · above the threshold · event"`)
	p.key(kb.PageDown + kb.PageDown)
	p.wait(`/^14:00:\d\d · far above · event$/.test(` + value + `)`)
	for range 50 {
		p.key(kb.ArrowRight)
	}
	p.wait(`/^18:10:\d\d · dark · not judged$/.test(` + value + `)`)
	p.key(kb.PageUp + kb.Enter)
	p.wait(fmt.Sprintf(`location.search.endsWith(%q)`, s.ids[2]))
	p.wait(`document.querySelector("#event video")`)
	p.key(kb.Escape)
	p.do(chromedp.Click(chromedp.CSS(`[title="The day after"]`)))
	p.wait(`location.search === "?camera=gate&day=2026-11-27" && document.querySelector(".readout").innerText === "0 events"`)
	p.do(chromedp.NavigateBack())
	p.wait(`document.querySelector(".readout").innerText === "3 events; dark for 2 h 0 min"`)
	// In the evening the colours change while it is open, and with them what is drawn.
	line := `((d) => d[4 * Math.round(document.querySelector(".slider").clientWidth / 8)] > 128)(` + pixelsOf(".slider canvas") + `)`
	p.wait(line)
	p.media("prefers-color-scheme", "dark")
	p.wait(`!` + line)
	p.media("prefers-color-scheme", "light")
	p.do(chromedp.Click(chromedp.CSS(`.sense summary`)))
	p.wait(`document.querySelectorAll(".sense tbody tr").length === 9`)
	p.shot("past-day")
	p.do(chromedp.Click(chromedp.CSS(`.sense input[value="2"]`)))
	p.do(chromedp.Click(chromedp.CSS(`.sense button`)))
	p.wait(`document.querySelector(".sense [role=status]").innerText === "It judges so from now on."`)
}

// TestPastLooks: nothing is wider than the window from phone to wall, what is touched is
// large enough, axe finds nothing wrong, and a person looks at the screenshots.
func TestPastLooks(t *testing.T) {
	s := newPast(t, nil)
	p := newTab(t, 1440, 900)
	for _, scheme := range []string{"light", "dark"} {
		p.media("prefers-color-scheme", scheme)
		for _, w := range []int64{320, 390, 1440, 3840} {
			for name, search := range map[string]string{"all": "?day=2026-11-26", "day": "?camera=gate&day=2026-11-26", "event": "?day=2026-11-26&event=gate/" + s.ids[1]} {
				p.size(w, map[bool]int64{true: 844, false: w * 9 / 16}[w < 500])
				p.open(s.URL() + "history" + search)
				if name == "event" {
					p.wait(`document.querySelector("#event video")?.readyState >= 2`)
				} else {
					p.wait(`document.querySelectorAll("#found li:not(.date)").length >= 3`)
					p.wait(pixelsOf(".slider canvas") + `.some((v) => v > 0)`)
				}
				wide := eval[[]string](p, tooWide)
				if scroll := eval[int](p, `document.documentElement.scrollWidth`); scroll > int(w) || len(wide) > 0 {
					t.Errorf("%s at %d pixels: the page is %d wide; too far right: %v", name, w, scroll, wide)
				}
				small := eval[[]string](p, `[...document.querySelectorAll("button, .button, select, .bar a, #found a, .sense summary, input:not([type=radio], [type=checkbox])")].filter((e) => e.checkVisibility()).filter((e) => {
					const r = e.getBoundingClientRect();
					return r.height < 43.9 || r.width < 32;
				}).map((e) => e.outerHTML.slice(0, 80))`)
				if len(small) > 0 {
					t.Errorf("%s at %d pixels: too small to touch: %v", name, w, small)
				}
				if w == 390 || w == 1440 {
					p.loadAxe()
					p.axe(fmt.Sprintf("history, %s, %d pixels, %s", name, w, scheme))
				}
				p.shot(fmt.Sprintf("past-%s-%d-%s", name, w, scheme))
			}
		}
	}
}

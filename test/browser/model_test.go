package browser_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"avid/runtime/access"
	"avid/runtime/api"
	"avid/runtime/preview"
)

// modelSite is a site whose gate is trained anew as far as the test says.
type modelSite struct {
	keptSite

	mu    sync.Mutex
	model api.Model
	train *api.Retraining
	asked []string
	no    string // why everything is refused; "": nothing is
}

// is sets how it is with the training.
func (s *modelSite) is(r api.Retraining) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.train = &r
}

func (s *modelSite) did(what string, then *api.Retraining) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, what)
	if s.no != "" {
		return fmt.Errorf("%w: %s", api.ErrRefused, s.no)
	}
	s.train = then
	return nil
}

func (s *modelSite) Detail(string) (api.Detail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	model := s.model
	return api.Detail{Camera: s.Cameras()[0], Model: &model, Retrain: s.train}, nil
}

func (s *modelSite) Retrain(_ string, w api.Wanted) error {
	return s.did(fmt.Sprintf("retrain %s %g %s %v", w.Hours, w.Days, w.Footage, w.Resume), &api.Retraining{State: api.RetrainWaiting})
}

func (s *modelSite) Stay(string) error {
	s.mu.Lock()
	now := *s.train
	s.mu.Unlock()
	if now.State == api.RetrainReady {
		now.State = api.RetrainKept
	} else {
		now = api.Retraining{State: api.RetrainCancelled}
	}
	return s.did("stay", &now)
}

func (s *modelSite) Promote(_ string, force bool) error {
	s.mu.Lock()
	now := *s.train
	s.model.Previous = s.no == ""
	s.mu.Unlock()
	now.State = api.RetrainPromoted
	return s.did(fmt.Sprint("promote ", force), &now)
}

func (s *modelSite) Back(string) error {
	s.mu.Lock()
	now := *s.train
	s.model.Previous = false
	s.mu.Unlock()
	now.State, now.Words = api.RetrainReady, "the previous bundle is in place again"
	return s.did("back", &now)
}

func (s *modelSite) Report(string) (string, error) { return "testdata/report.html", nil }

// readyModel is a training that is ready.
func readyModel() api.Retraining {
	return api.Retraining{State: api.RetrainReady, Report: "/api/cameras/gate/report",
		Compared: &api.Compared{Hours: 8.9, Alarms: api.ByWhom{Both: 1, OnlyPresent: 2}, Events: api.ByWhom{Both: 3, OnlyNew: 1}}}
}

// newModelPast is a history of cameras that can be trained anew.
func newModelPast(t *testing.T, change func(*preview.Config)) (*past, *modelSite) {
	t.Helper()
	p, found := newPast(t, change), 0.81
	made := keptDay.Add(-48 * time.Hour)
	s := &modelSite{keptSite: keptSite{noSite{}, p.store, new(int), new(string)},
		model: api.Model{File: "gate.avid", SHA256: strings.Repeat("68f3a1", 10), Made: &made, Since: made.Add(time.Hour), Grade: "good", Found: &found}}
	p.Handle(api.New(s, p.store))
	return p, s
}

// openModel opens the part of the page that is about the gate's model.
func openModel(p *tab, s *past) {
	p.Helper()
	p.open(s.URL() + "history?camera=gate&day=2026-11-26")
	p.wait(`document.querySelector(".model summary")?.checkVisibility()`)
	p.do(chromedp.Focus(chromedp.CSS(".model summary")))
	p.key(kb.Enter)
	p.wait(`document.querySelector(".model .facts div")`)
}

// buttons is JavaScript: what can be pressed of the model.
const buttons = `[...document.querySelectorAll(".model :is(button, a)")].filter((e) => e.checkVisibility()).map((e) => e.innerText).join()`

// says waits for what the model's part says of a training, and what can be pressed.
func says(p *tab, words, pressed string) {
	p.Helper()
	p.wait(fmt.Sprintf(`document.querySelector(".state-said").innerText === %q && %s === %q`, words, buttons, pressed))
}

// pressModel presses a button of the model's part.
func pressModel(p *tab, name string) {
	p.Helper()
	p.wait(fmt.Sprintf(`(() => {
		const button = [...document.querySelectorAll(".model button")].find((e) => e.innerText === %q && e.checkVisibility());
		button?.focus();
		return button !== undefined;
	})()`, name))
	p.key(kb.Enter)
}

// TestModel: a camera is learnt again by keyboard, the page says how far it is, what came of
// it and why something is refused, and the new model is used, and is not.
func TestModel(t *testing.T) {
	s, site := newModelPast(t, nil)
	p := newTab(t, 1440, 900)
	openModel(p, s)
	if facts := p.text(".model .facts"); !strings.Contains(facts, "gate.avid") || !strings.Contains(facts, "Good: finds 81 % of what was drawn") || !strings.Contains(facts, "24 November 2026") {
		t.Errorf("the model is said to be %q", facts)
	}
	p.do(chromedp.Focus(chromedp.CSS(".learn input[name=hours]")))
	p.key("06-22")
	pressModel(p, "Learn again")
	says(p, "Another camera is being learnt; this one is next.", "Cancel")
	share := 0.25
	site.is(api.Retraining{State: api.RetrainTraining, Progress: &share, Words: "training: 2:00,  25 %, step 300  error of the repainting 0.0172  detector right 80 %  left 6:05"})
	p.wait(`document.querySelector(".model progress").value === 0.25 && document.querySelector(".doing").innerText === "25 % · step 300, 6:05 left"`)
	p.shot("model-training")
	pressModel(p, "Cancel")
	says(p, "Learning was cancelled.", "Learn again")
	p.wait(`document.activeElement === document.querySelector(".state-said")`)
	site.is(api.Retraining{State: api.RetrainFailed, Words: "avid serve was stopped while it was under way", Resumable: true})
	openModel(p, s)
	says(p, "It was not learnt: avid serve was stopped while it was under way. What it had learnt is kept: it can go on, or begin anew.", "Go on learning,Learn again")
	p.shot("model-stopped")
	pressModel(p, "Go on learning")
	says(p, "Another camera is being learnt; this one is next.", "Cancel")

	site.is(readyModel())
	openModel(p, s)
	says(p, "The new model is ready.", "Report with pictures,Keep the old one,Use this model,Learn again")
	if got, want := p.text(".figures"), "In 8.9 h of ordinary time that neither has learnt, the new one gives 1 alarm, the old one 3, of which both give 1.\n"+
		"Of 4 known events the new one finds 4, the old one 3.\nNothing speaks against the new one."; got != want {
		t.Errorf("compared: %q", got)
	}
	p.shot("model-ready")
	pressModel(p, "Keep the old one")
	says(p, "The old model stays. The new one is kept until the next is learnt.", "Report with pictures,Use this model,Learn again")
	pressModel(p, "Use this model")
	says(p, "The new model judges.", "Report with pictures,Back to the one before,Learn again")
	pressModel(p, "Back to the one before")
	says(p, "The model before judges again; the newer one is still there.", "Report with pictures,Keep the old one,Use this model,Learn again")

	worse := readyModel()
	worse.Against = []string{"it does not find 1 of the confirmed events any more that the present one finds"}
	site.is(worse)
	openModel(p, s)
	says(p, "The new model is ready.", "Report with pictures,Keep the old one,Use it all the same,Learn again")
	p.wait(`document.querySelector(".figures").innerText.endsWith("It does not find 1 of the confirmed events any more that the present one finds.")`)
	site.mu.Lock()
	site.no = "the disk is full"
	site.mu.Unlock()
	p.expect("409 (Conflict)")
	pressModel(p, "Use it all the same")
	p.wait(`document.querySelector(".model .problem").innerText === "It is refused: the disk is full."`)
	site.mu.Lock()
	defer site.mu.Unlock()
	if want := []string{"retrain 06-22 3 50m false", "stay", "retrain  0  true", "stay", "promote false", "back", "promote true"}; !slices.Equal(site.asked, want) {
		t.Errorf("it was asked to %q, want %q", site.asked, want)
	}
}

// TestModelLooks: in each state nothing is too wide or too small, axe finds nothing wrong, in
// light and dark, and who may not manage sees none of it.
func TestModelLooks(t *testing.T) {
	s, site := newModelPast(t, func(c *preview.Config) { c.Token = "0123456789abcdef" })
	if err := s.Admit([]access.User{{Name: "guard", Token: "guard-secret", Streams: []string{"gate"}}}); err != nil {
		t.Fatal(err)
	}
	guard := newTab(t, 1440, 900)
	guard.open(s.URL() + "history?camera=gate&token=guard-secret")
	guard.wait(`document.querySelector(".sense summary")?.checkVisibility()`)
	if eval[bool](guard, `document.querySelector(".model").checkVisibility()`) {
		t.Error("the model is for who may not manage")
	}
	share := 0.4
	p := newTab(t, 1440, 900)
	p.open(s.URL() + "history?token=0123456789abcdef")
	for _, scheme := range []string{"light", "dark"} {
		p.media("prefers-color-scheme", scheme)
		for _, w := range []int64{390, 1440} {
			p.size(w, 900)
			for name, r := range map[string]api.Retraining{"ready": readyModel(), "training": {State: api.RetrainTraining, Progress: &share, Words: "training: 0:45,  40 %, step 20  left 1:00"}} {
				site.is(r)
				openModel(p, s)
				eval[chromedp.Void](p, `document.querySelector(".model").scrollIntoView()`)
				p.loadAxe()
				p.axe(fmt.Sprintf("model, %s, %d pixels, %s", name, w, scheme))
				wide := eval[[]string](p, tooWide)
				small := eval[[]string](p, `[...document.querySelectorAll(".model :is(button, a, input, summary)")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.9).map((e) => e.outerHTML.slice(0, 80))`)
				if len(wide)+len(small) > 0 {
					t.Errorf("%s, %d pixels: too wide %v, too small %v", name, w, wide, small)
				}
				p.shot(fmt.Sprintf("model-%s-%d-%s", name, w, scheme))
			}
		}
	}
}

// TestPastNormal: an event is called normal, the page says what becomes of that, and it is
// taken back.
func TestPastNormal(t *testing.T) {
	s := newPast(t, nil)
	p := newTab(t, 1440, 900)
	p.open(s.URL() + "history?event=gate/" + s.ids[0])
	p.wait(`document.querySelector(".normal button")?.innerText === "This is normal"`)
	press := `void document.querySelector(".normal button").click()`
	eval[chromedp.Void](p, `document.querySelector(".normal button").focus()`)
	p.key(kb.Enter)
	p.wait(`document.querySelector(".normal p").innerText.startsWith("It waits")`)
	p.wait(`document.querySelector(".normal button").ariaDisabled === "true" && document.activeElement === document.querySelector(".normal button")`)
	p.wait(`document.querySelector(".normal p").innerText.startsWith("It is being learnt")`)
	p.wait(`document.querySelector(".normal p").innerText === "Normal now: of 40 frames that were irregular 0 are still."`)
	p.wait(`document.querySelector("#event .said").innerText === "Normal by anna" && document.querySelector(".normal button").innerText === "Not normal after all"`)
	eval[chromedp.Void](p, `document.querySelector(".normal").scrollIntoView()`)
	p.shot("past-normal")
	eval[chromedp.Void](p, press)
	p.wait(`document.querySelector(".normal button").innerText === "This is normal" && !document.querySelector(".normal button").ariaDisabled`)
}

// Package report writes what a bundle tells of itself as one page of HTML, for those
// who must decide whether to rely on it: what it was taught with, how well it did on
// footage that was held back, and where it has seen nothing. The page loads nothing
// from elsewhere and runs no script.
package report

import (
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"time"

	"gonum.org/v1/plot"

	"avid/models/bundle"
	"avid/models/calib"
	"avid/models/eval/plots"
	"avid/models/train"
	"avid/models/zones"
)

//go:embed page.html compare.html style.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html", "style.html"))

// Write writes the page of a bundle, whose parts may be from anywhere: all texts are
// escaped and all pictures encoded anew. Times of day are those of zone. Errors are
// bundle.ErrManifest, train.ErrEvidence, or those of w.
func Write(w io.Writer, b *bundle.Bundle, zone *time.Location) error {
	e, err := train.ParseEvidence(b)
	if err != nil {
		return err
	}
	m := &b.Manifest
	v := view{Name: m.Name, Created: m.Created, Tool: m.Tool, Hash: b.Hash(), Quality: m.Quality(),
		Size: fmt.Sprintf("%d × %d", m.Width, m.Height), Rate: m.FrameRate, PerDay: m.Calibration.FalseAlarmsPerDay}
	if m.Footage != nil {
		v.Footage = fmt.Sprintf("%d × %d", m.Footage.Width, m.Footage.Height)
	}
	left, err := zones.OfBundle(b)
	if err != nil {
		return err
	}
	for _, z := range left {
		v.Zones = append(v.Zones, z.Words(m.Height, m.Width))
	}
	err = errors.Join(v.scene(b, e), v.learnt(e, zone), v.training(e), v.alarms(m, e.Held), v.examples(b, e.Held), v.motion(e))
	if err != nil {
		return err
	}
	if err := page.Execute(w, &v); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// view is what the page shows.
type view struct {
	Name, Created, Tool, Hash string
	Size, Footage             string // of the model, and of the pictures, width × height
	Rate, PerDay              float64
	Zones                     []string
	Quality                   bundle.Quality
	Scene                     template.URL

	Recordings []recording
	Total      string // length of all recordings
	Hours      []hour
	Undated    bool // of some recordings no date is known
	Filed      bool // the dates of some are those of their files

	Curves []template.URL

	Held     string // length of the held-back footage
	Timeline template.URL
	Rates    []rate

	Tested   int
	Found    int
	Examples []example

	Map    template.URL
	Still  int // per cent of the picture in which nothing moved
	Growth template.URL
	New    int // per cent
	More   string
	Longer []longer
}

// Trusted and Advice are those of the bundle's quality.
func (v *view) Trusted() bool  { return v.Quality.Trusted() }
func (v *view) Advice() string { return v.Quality.Advice() }

// recording is one of those learnt from.
type recording struct {
	train.Recording
	Until  string
	By     string // what the date is known by; "": it is not
	Length string
	Shots  []template.URL
}

// hour is one of the day, and whether footage is of it.
type hour struct {
	Hour int
	Seen bool
}

// rate is a number of false alarms a day.
type rate struct {
	PerDay    string
	Default   bool
	Threshold string
	Promised  string // in the held-back footage
	Had       int
	Low, High string // of the true rate
}

// example is an irregularity that was drawn into held-back footage.
type example struct {
	Found   bool
	Score   string
	Picture template.URL
}

// longer is what more footage to calibrate with would do.
type longer struct{ Times, Low, High string }

// learnt tells what was learnt from.
func (v *view) learnt(e *train.Evidence, zone *time.Location) error {
	var seconds float64
	seen := make([]bool, 24)
	for _, r := range e.Footage {
		seconds += r.Seconds
		out := recording{Recording: r, Length: length(r.Seconds), Until: "not known"}
		v.Undated = v.Undated || r.Made.IsZero()
		if !r.Made.IsZero() {
			out.Until, out.By = r.Made.In(zone).Format("Mon 2 Jan 2006 15:04"), "recorded"
			if !r.Recorded {
				out.By, v.Filed = "from the file's date", true
			}
			for s := 0.0; s <= min(r.Seconds, 86400); s += 600 {
				seen[r.Made.Add(-time.Duration(s*float64(time.Second))).In(zone).Hour()] = true
			}
		}
		for _, text := range r.Scenes {
			shot, err := picture(text)
			if err != nil {
				return err
			}
			out.Shots = append(out.Shots, shot)
		}
		v.Recordings = append(v.Recordings, out)
	}
	v.Total = length(seconds)
	for i, s := range seen {
		v.Hours = append(v.Hours, hour{i, s})
	}
	return nil
}

// training draws the curves of the run.
func (v *view) training(e *train.Evidence) error {
	if len(e.Curve) < 2 {
		return nil
	}
	var steps, error2, drawn, inpainted []float64
	for _, p := range e.Curve {
		steps, error2 = append(steps, float64(p.Step)), append(error2, p.Reconstruction)
		drawn, inpainted = append(drawn, p.DrawnAUC), append(inpainted, p.InpaintedAUC)
	}
	lows := [2]float64{0, slices.Max(error2) * 1.05}
	a, err1 := plots.Lines("Error of the repainting, held back", "step", "grey levels of 1", &lows, plots.Line{Name: "error of I", X: steps, Y: error2})
	b, err2 := plots.Lines("How well D tells, held back (0.5 chance, 1 perfect)", "step", "AUC", &[2]float64{0.4, 1.02},
		plots.Line{Name: "drawn shapes", X: steps, Y: drawn}, plots.Line{Name: "repainted pictures", X: steps, Y: inpainted})
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("report: curves: %w", err)
	}
	for _, p := range []*plot.Plot{a, b} {
		u, err := drawing(p)
		if err != nil {
			return err
		}
		v.Curves = append(v.Curves, u)
	}
	return nil
}

// alarms holds the false alarms that the calibration promises against those that
// held-back footage had.
func (v *view) alarms(m *bundle.Manifest, h *train.Held) error {
	if h == nil || len(h.Maxima) == 0 {
		return nil
	}
	c := m.Calibration
	v.Held = length(h.Seconds)
	rates := []float64{1, 24, 240, 2400, c.FalseAlarmsPerDay}
	slices.Sort(rates)
	covered := float64(len(h.Maxima)) * c.BlockSeconds
	most := 86400 / c.BlockSeconds // a day has no more
	for _, perDay := range slices.Compact(rates) {
		t := calib.Threshold(c, perDay)
		lo, hi := calib.RateInterval(perDay, c.BlockSeconds, len(h.Maxima))
		v.Rates = append(v.Rates, rate{PerDay: figure(perDay), Default: perDay == c.FalseAlarmsPerDay, Threshold: fmt.Sprintf("%.2f", t),
			Promised: figure(perDay * covered / 86400), Had: runs(h.Maxima, t), Low: figure(lo), High: figure(min(hi, most))})
	}
	for _, k := range []int{2, 10, 60} {
		lo, hi := calib.RateInterval(c.FalseAlarmsPerDay, c.BlockSeconds, k*len(h.Maxima))
		v.Longer = append(v.Longer, longer{fmt.Sprintf("%d times (%s)", k, length(float64(k)*h.Seconds)), figure(lo), figure(min(hi, most))})
	}
	var at, score, bound []float64
	t := calib.Threshold(c, c.FalseAlarmsPerDay)
	for i, s := range h.Maxima {
		at, score, bound = append(at, float64(i)*c.BlockSeconds), append(score, float64(s)), append(bound, t)
	}
	p, err := plots.Lines("The greatest score of each second of held-back footage", "seconds", "score (logits)", nil,
		plots.Line{Name: "score", X: at, Y: score}, plots.Line{Name: "threshold", X: at, Y: bound})
	if err != nil {
		return fmt.Errorf("report: scores: %w", err)
	}
	v.Timeline, err = drawing(p)
	return err
}

// runs is how many stretches of blocks reach a threshold: one alarm may last.
func runs(maxima []float32, threshold float64) (n int) {
	above := false
	for _, s := range maxima {
		reaches := float64(s) >= threshold
		if reaches && !above {
			n++
		}
		above = reaches
	}
	return n
}

// motion tells where nothing moved, and whether more footage would help.
func (v *view) motion(e *train.Evidence) error {
	o := e.Motion
	if o == nil || len(o.Growth) == 0 {
		return nil
	}
	still := 0
	for _, s := range o.Share {
		if s == 0 {
			still++
		}
	}
	v.Still = percent(float64(still) / float64(len(o.Share)))
	v.New = percent(o.New)
	at, share := []float64{0}, []float64{0}
	for i, g := range o.Growth {
		at, share = append(at, 100*float64(i+1)/float64(len(o.Growth))), append(share, 100*g)
	}
	p, err := plots.Lines("How much of the picture had seen motion", "% of the footage", "% of the regions", &[2]float64{0, 102}, plots.Line{Name: "regions", X: at, Y: share})
	if err != nil {
		return fmt.Errorf("report: growth: %w", err)
	}
	if v.Growth, err = drawing(p); err != nil {
		return err
	}
	n := len(o.Growth)
	late := o.Growth[n-1] - o.Growth[max(n-3, 0)]
	switch {
	case late > 0.03 || o.New > 0.05:
		v.More = "Yes, much: up to its end the footage showed motion at places where there had been none, so what is ordinary there is known badly or not at all."
	case late > 0.01 || o.New > 0.01:
		v.More = "Some: the last third of the footage still showed motion at a few new places."
	default:
		v.More = "Little, of hours like these: the last third of the footage showed motion at hardly any new place. Other hours, days and weather are another matter."
	}
	return nil
}

// percent rounds a share, but never to none or all of what is neither.
func percent(share float64) int {
	p := int(math.Round(100 * share))
	if share > 0 && p == 0 {
		return 1
	}
	if share < 1 && p == 100 {
		return 99
	}
	return p
}

// length is a duration for people.
func length(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	default:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
}

// figure is a number with two digits.
func figure(v float64) string {
	switch {
	case v >= 10 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2g", v)
	}
}

// embedded is data as an address that loads nothing.
func embedded(kind string, data []byte) template.URL {
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)) //nolint:gosec // our own encoders wrote it
}

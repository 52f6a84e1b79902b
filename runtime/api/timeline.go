package api

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
	"avid/runtime/record"
)

// Timeline is what became of a camera in a time. Peak, Threshold and Judged have a value
// for each Step.
type Timeline struct {
	Camera     string      `json:"camera"`
	From       time.Time   `json:"from"`
	To         time.Time   `json:"to"`
	Step       float64     `json:"step"`      // seconds
	Peak       []*float64  `json:"peak"`      // greatest score, logits; null where nothing was judged
	Threshold  []*float64  `json:"threshold"` // the last one, logits
	Judged     []float64   `json:"judged"`    // share of the time that was judged
	Events     []Event     `json:"events"`    // the newest first
	Conditions []Condition `json:"conditions"`
	Unjudged   []Span      `json:"unjudged"`
	Recorded   []Span      `json:"recorded"`
}

// Condition is a time in which a camera was not judged, or not well.
type Condition struct {
	Kind  string     `json:"kind"`
	Text  string     `json:"text"`
	Held  bool       `json:"held"` // nothing was judged meanwhile
	Start time.Time  `json:"start"`
	End   *time.Time `json:"end"` // null: it goes on
}

// Span is a time.
type Span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Bounds of a timeline.
const (
	longestTimeline = 8 * 24 * time.Hour
	mostPoints      = 1440
	spanGap         = 2 * time.Second // between segments that follow each other
)

// addTimeline answers for what became of a camera.
func addTimeline(mux *http.ServeMux, site Site, h History) {
	mux.HandleFunc("GET /api/cameras/{name}/timeline", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if err := mayLook(site, h, name, access.From(r.Context())); err != nil {
			answer(w, err)
			return
		}
		from, to, err := parsePeriod(r.URL.Query())
		if err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		t, err := timeline(h, name, from, to, access.From(r.Context()))
		if err != nil {
			answer(w, err)
			return
		}
		jsonreply.Send(w, http.StatusOK, t)
	})
}

// mayLook tells whether somebody may see a camera of which something is kept: nil or
// ErrUnknown.
func mayLook(site Site, h History, name string, who access.Principal) error {
	all, err := kept(site, h, who)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.Name == name {
			return nil
		}
	}
	return ErrUnknown
}

// parsePeriod reads from and to.
func parsePeriod(values url.Values) (from, to time.Time, err error) {
	for name, all := range values {
		into := map[string]*time.Time{"from": &from, "to": &to}[name]
		if into == nil || len(all) != 1 {
			return from, to, fmt.Errorf("there is no parameter %q, or it is there twice", name)
		}
		if *into, err = time.Parse(time.RFC3339, all[0]); err != nil {
			return from, to, fmt.Errorf("%s: %w", name, err)
		}
	}
	if long := to.Sub(from); from.IsZero() || to.IsZero() || long <= 0 || long > longestTimeline {
		return from, to, fmt.Errorf("want from and to, which is up to %v later", longestTimeline)
	}
	return from.UTC(), to.UTC(), nil
}

func timeline(h History, camera string, from, to time.Time, who access.Principal) (t Timeline, err error) {
	t = Timeline{Camera: camera, From: from, To: to, Conditions: []Condition{}, Recorded: []Span{}}
	page, err := pageOf(h, record.Query{Camera: camera, From: from, To: to, Limit: mostPage}, who)
	if err != nil {
		return t, err
	}
	t.Events = page.Events
	scores, err := h.Scores(camera, from, to)
	if err != nil {
		return t, err
	}
	t.points(scores)
	t.Unjudged = unjudged(scores, from, to)
	conditions, err := h.Conditions(camera, from, to)
	if err != nil {
		return t, err
	}
	for _, c := range conditions {
		t.Conditions = append(t.Conditions, Condition(c))
	}
	segments, err := h.Segments(camera, from, to)
	for _, s := range segments {
		if n := len(t.Recorded); n > 0 && s.Start.Sub(t.Recorded[n-1].End) <= spanGap {
			t.Recorded[n-1].End = s.End
			continue
		}
		t.Recorded = append(t.Recorded, Span{s.Start, s.End})
	}
	return t, err
}

// points sets what there is for each step: few enough to be drawn.
func (t *Timeline) points(scores []record.Score) {
	long := t.To.Sub(t.From)
	each := (long + mostPoints*record.Step - 1) / (mostPoints * record.Step)
	step := each * record.Step
	n := int((long + step - 1) / step)
	t.Step, t.Peak, t.Threshold, t.Judged = step.Seconds(), make([]*float64, n), make([]*float64, n), make([]float64, n)
	for _, s := range scores {
		i := max(0, int(s.At.Sub(t.From)/step))
		if i >= n || s.Judged == 0 || math.IsNaN(s.Peak) {
			continue
		}
		if t.Peak[i] == nil || *t.Peak[i] < s.Peak {
			t.Peak[i] = rounded(s.Peak)
		}
		t.Threshold[i] = rounded(s.Threshold)
		t.Judged[i] += float64(s.Judged) / step.Seconds()
	}
	for i, v := range t.Judged {
		t.Judged[i] = min(1, math.Round(v*100)/100)
	}
}

// rounded is a number with as many digits as one reads; nil where it is not finite.
func rounded(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = math.Round(v*1000) / 1000
	return &v
}

// unjudged are the times without a verdict, up to now.
func unjudged(scores []record.Score, from, to time.Time) []Span {
	all, at := []Span{}, from
	if now := time.Now(); to.After(now) {
		to = now.UTC()
	}
	add := func(end time.Time) {
		if end.Sub(at) >= record.Step {
			all = append(all, Span{at, end})
		}
	}
	for _, s := range scores {
		if s.Judged == 0 {
			continue
		}
		add(s.At)
		at = s.At.Add(record.Step)
	}
	add(to)
	return all
}

package hours

import (
	"errors"
	"fmt"
	"time"

	"avid/models/spans"
	"avid/runtime/record"
)

// Errors of a plan.
var (
	ErrTooLittle = errors.New("too little footage")
	ErrMarked    = errors.New("nothing can be learnt from these recordings")
)

// Request says what is to be learnt from.
type Request struct {
	Within spans.Span
	Hours  Daily
	Zone   *time.Location // of Hours, and of days
	// Before and After are left out around events that nobody acknowledged as normal.
	Before, After time.Duration
	// HeldBack is the share of the ordinary time of each day, its end, that is not learnt
	// from, 0 to 0.9.
	HeldBack float64
	// Footage is how much is to be learnt from, at most; Least how long its longest piece
	// must be.
	Footage, Least time.Duration
}

// Piece is a part of a segment.
type Piece struct {
	Path  string    // of its file
	Began time.Time // when the file began
	spans.Span
}

// LeftOut is time that is not ordinary.
type LeftOut struct {
	What   string
	Length time.Duration // of what was asked for and recorded
}

// Plan says what is learnt from, and why not from the rest.
type Plan struct {
	Request
	Camera   string
	Asked    time.Duration
	Recorded time.Duration
	Segments int
	Growing  int
	Damaged  int
	LeftOut  []LeftOut
	Ordinary time.Duration
	Held     spans.List // held back
	Learn    []Piece    // in order
}

// shortest is how long a piece must be for its first windows not to be all of it.
const shortest = 5 * time.Second

// New plans what is learnt from of an archive. Errors: ErrTooLittle, ErrMarked.
func New(a *record.Archive, r Request) (*Plan, error) {
	if a.Marked != "" {
		return nil, fmt.Errorf("%w of %s, which have marks drawn into them: %s; once they are deleted, delete %s too", ErrMarked, a.Camera, a.Marked, "marked.txt")
	}
	p := &Plan{Request: r, Camera: a.Camera, Segments: len(a.Segments), Growing: a.Growing, Damaged: a.Damaged}
	asked := r.Hours.In(r.Within, r.Zone)
	p.Asked = asked.Length()
	var film []spans.Span
	for _, s := range a.Segments {
		film = append(film, spans.Span{From: s.Start, To: s.End})
	}
	left := spans.Union(film...).Intersect(asked)
	p.Recorded = left.Length()
	left = p.leaveOut(left, a)
	p.Ordinary = left.Length()
	learn, held := divide(left, r.HeldBack, r.Zone)
	p.Held = held
	p.Learn = thin(Pieces(a.Segments, learn, r.piece()), r.Footage, r.Zone)
	return p, p.enough()
}

// leaveOut takes out what is not ordinary, and notes why.
func (p *Plan) leaveOut(left spans.List, a *record.Archive) spans.List {
	var told []spans.Span
	events := 0
	for _, e := range a.Events {
		s := spans.Span{From: e.Start().Add(-p.Before), To: e.End().Add(p.After)}
		if e.Normal || len(left.Intersect(spans.List{s})) == 0 {
			continue
		}
		events++
		told = append(told, s)
	}
	less := func(gone spans.List, what string) {
		before := left.Length()
		if left = left.Subtract(gone); left.Length() < before {
			p.LeftOut = append(p.LeftOut, LeftOut{what, before - left.Length()})
		}
	}
	what := fmt.Sprintf("%d events that nobody acknowledged as normal", events)
	if events == 1 {
		what = "1 event that nobody acknowledged as normal"
	}
	less(spans.Union(told...), fmt.Sprintf("%s, from %v before to %v after", what, p.Before, p.After))
	kinds := map[string][]spans.Span{}
	var order []string
	for _, h := range a.Held {
		if kinds[h.Kind] == nil {
			order = append(order, h.Kind)
		}
		kinds[h.Kind] = append(kinds[h.Kind], spans.Span{From: h.From, To: h.To})
	}
	for _, kind := range order {
		less(spans.Union(kinds[kind]...), "not judged: "+kind)
	}
	var short spans.List
	for _, s := range left {
		if s.Length() < shortest {
			short = append(short, s)
		}
	}
	less(short, fmt.Sprintf("in pieces of less than %v", shortest))
	return left
}

// divide holds the end of each day back.
func divide(all spans.List, share float64, zone *time.Location) (learn, held spans.List) {
	for len(all) > 0 {
		y, m, d := all[0].From.In(zone).Date()
		day := spans.Span{From: all[0].From, To: time.Date(y, m, d+1, 0, 0, 0, 0, zone)}
		today := all.Intersect(spans.List{day})
		all = all.Subtract(spans.List{day})
		keep := time.Duration(float64(today.Length()) * (1 - share))
		for _, s := range today {
			at := s.From.Add(min(keep, s.Length()))
			if s.From.Before(at) {
				learn = append(learn, spans.Span{From: s.From, To: at})
			}
			if at.Before(s.To) {
				held = append(held, spans.Span{From: at, To: s.To})
			}
			keep -= at.Sub(s.From)
		}
	}
	return learn, held
}

// enough says what is missing.
func (p *Plan) enough() error {
	longest := time.Duration(0)
	for _, piece := range p.Learn {
		longest = max(longest, piece.Length())
	}
	if longest >= p.Least && len(p.Learn) > 0 {
		return nil
	}
	return fmt.Errorf("%w of %s: %v of it are ordinary and not held back, the longest piece %v; at least one piece of %v is needed, and hours at different times of day are better",
		ErrTooLittle, p.Camera, (p.Ordinary - p.Held.Length()).Round(time.Second), longest.Round(time.Second), p.Least.Round(time.Second))
}

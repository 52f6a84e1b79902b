// Package zones has the parts of a camera's picture that are judged apart from the rest,
// left out, or hidden: polygons in shares of the picture, so that they fit it at any size.
package zones

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"avid/models/bundle"
)

// ErrZones says that zones are not possible as they are written.
var ErrZones = errors.New("zones not possible")

// Kind is what a zone is for.
type Kind string

// The kinds.
const (
	Judge   Kind = "judge"   // where there is such a zone, only what lies in one counts
	Ignore  Kind = "ignore"  // what lies in it never counts
	Private Kind = "private" // nor there, and it is painted black
)

// Point is a place in the picture, shares of its width and height from the upper left.
type Point struct{ X, Y float64 }

// MarshalJSON is the point as [x, y].
func (p Point) MarshalJSON() ([]byte, error) { return json.Marshal([2]float64{p.X, p.Y}) }

// UnmarshalJSON reads [x, y].
func (p *Point) UnmarshalJSON(text []byte) error {
	var v []float64
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	if len(v) != 2 {
		return fmt.Errorf("a point has %d numbers, want x and y", len(v))
	}
	p.X, p.Y = v[0], v[1]
	return nil
}

// Zone is a polygon in the picture. Where its edges cross each other, what lies in it an
// even number of times is outside (the even-odd rule).
type Zone struct {
	Name   string  `json:"name"` // 1 to 64 of A-Z a-z 0-9 . _ -
	Kind   Kind    `json:"kind"`
	Points []Point `json:"points"` // 3 to 64, each of 0 to 1
	// LeastSize is the share of the picture that a connected part must have in the zone to
	// count, 0 to 1; of Judge.
	LeastSize float64 `json:"least_size,omitempty"`
	// LeastTime is for how long it must be irregular there before an event begins, seconds,
	// 0 to 3600; of Judge.
	LeastTime float64 `json:"least_time,omitempty"`
}

// Least is LeastTime as a duration.
func (z Zone) Least() time.Duration { return time.Duration(z.LeastTime * float64(time.Second)) }

// Bounds of zones.
const (
	MostZones  = 64
	mostPoints = 64
	mostTime   = 3600.
	largest    = 256 << 10 // bytes of text
)

// names are those that zones may have: they stand in messages and topics.
var names = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// List is zones, in the order in which they were written.
type List []Zone

// Read reads zones from a property or a flag: text that begins with [ is Parse's, any
// other the path of a file with such text; nothing is no zones. The errors are ErrZones
// and those of the file.
func Read(text string) (List, error) {
	text = strings.TrimSpace(text)
	if text == "" || text[0] == '[' {
		return Parse([]byte(text))
	}
	info, err := os.Stat(text) // before it is opened: opening a pipe would wait for a writer
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", text)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w; want zones as JSON, or a file with them", ErrZones, err)
	}
	f, err := os.Open(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrZones, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrZones, err)
	}
	l, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	return l, nil
}

// Parse reads zones from JSON, strictly; empty text is no zones. The error is ErrZones.
func Parse(text []byte) (List, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	if len(text) > largest {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrZones, largest)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var l List
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf(`%w: %w; want [{"name": …, "kind": "judge", "ignore" or "private", "points": [[x, y], …]}, …]`, ErrZones, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something stands behind the list", ErrZones)
	}
	return l, l.Validate()
}

// String is the zones as Parse reads them; "" for none.
func (l List) String() string {
	if len(l) == 0 {
		return ""
	}
	text, err := json.Marshal(l)
	if err != nil { // a number that JSON has not, which Validate refuses
		return ""
	}
	return string(text)
}

// Validate says what is wrong with the zones. The error is ErrZones and names one.
func (l List) Validate() error {
	if len(l) > MostZones {
		return fmt.Errorf("%w: %d zones, at most %d are taken", ErrZones, len(l), MostZones)
	}
	seen := map[string]bool{}
	for i, z := range l {
		if !names.MatchString(z.Name) {
			return fmt.Errorf("%w: zone %d has the name %q; want 1 to 64 of A-Z a-z 0-9 . _ -", ErrZones, i+1, z.Name)
		}
		if seen[z.Name] {
			return fmt.Errorf("%w: zone %q is there twice", ErrZones, z.Name)
		}
		seen[z.Name] = true
		if err := z.validate(); err != nil {
			return fmt.Errorf("%w: zone %q: %w", ErrZones, z.Name, err)
		}
	}
	return nil
}

// validate says what is wrong with a zone, but for its name.
func (z Zone) validate() error {
	within := func(v, most float64) bool { return v >= 0 && v <= most } // NaN is not
	switch {
	case !slices.Contains([]Kind{Judge, Ignore, Private}, z.Kind):
		return fmt.Errorf("its kind is %q; want %s, %s or %s", z.Kind, Judge, Ignore, Private)
	case len(z.Points) < 3 || len(z.Points) > mostPoints:
		return fmt.Errorf("it has %d points; want 3 to %d", len(z.Points), mostPoints)
	case !within(z.LeastSize, 1):
		return fmt.Errorf("its least_size is %g; want 0 to 1, a share of the picture", z.LeastSize)
	case !within(z.LeastTime, mostTime):
		return fmt.Errorf("its least_time is %g; want 0 to %g seconds", z.LeastTime, mostTime)
	case z.Kind != Judge && (z.LeastSize > 0 || z.LeastTime > 0):
		return fmt.Errorf("least_size and least_time are for zones of kind %s", Judge)
	}
	for i, p := range z.Points {
		if !within(p.X, 1) || !within(p.Y, 1) {
			return fmt.Errorf("point %d is [%g, %g]; want shares of the picture, 0 to 1", i+1, p.X, p.Y)
		}
	}
	if z.area() < leastArea {
		return errors.New("its points lie in a line")
	}
	return nil
}

// leastArea is the share of the picture that a polygon's extent must have for it to be
// one, by the larger of the two triangles that any three of its points make.
const leastArea = 1e-6

// area is the area of the largest triangle of the first point with two that follow each
// other: 0 where all lie in a line.
func (z Zone) area() float64 {
	most := 0.
	for i := 1; i+1 < len(z.Points); i++ {
		a, b, c := z.Points[0], z.Points[i], z.Points[i+1]
		most = max(most, math.Abs((b.X-a.X)*(c.Y-a.Y)-(c.X-a.X)*(b.Y-a.Y))/2)
	}
	return most
}

// Has tells whether a point lies in the zone.
func (z Zone) Has(x, y float64) bool {
	in := false
	for i, a := range z.Points {
		b := z.Points[(i+1)%len(z.Points)]
		if (a.Y > y) != (b.Y > y) && x < a.X+(y-a.Y)/(b.Y-a.Y)*(b.X-a.X) {
			in = !in
		}
	}
	return in
}

// Fill marks the pixels of a picture of h×w whose centre lies in the zone.
func (z Zone) Fill(mask []bool, h, w int) {
	z.Spans(h, w, func(y, first, end int) {
		for x := first; x < end; x++ {
			mask[y*w+x] = true
		}
	})
}

// Spans calls see with each run of pixels of a row, first to before end, whose centre
// lies in the zone, of a picture of h×w.
func (z Zone) Spans(h, w int, see func(y, first, end int)) {
	var cuts []float64
	for y := range h {
		at := (float64(y) + 0.5) / float64(h)
		cuts = cuts[:0]
		for i, a := range z.Points {
			b := z.Points[(i+1)%len(z.Points)]
			if (a.Y > at) != (b.Y > at) {
				cuts = append(cuts, a.X+(at-a.Y)/(b.Y-a.Y)*(b.X-a.X))
			}
		}
		slices.Sort(cuts)
		for i := 0; i+1 < len(cuts); i += 2 {
			// The pixels x with cuts[i] ≤ (x+½)/w < cuts[i+1].
			first := max(int(math.Ceil(cuts[i]*float64(w)-0.5)), 0)
			if end := min(int(math.Ceil(cuts[i+1]*float64(w)-0.5)), w); first < end {
				see(y, first, end)
			}
		}
	}
}

// Of are the zones of a kind.
func (l List) Of(k Kind) List {
	return slices.DeleteFunc(slices.Clone(l), func(z Zone) bool { return z.Kind != k })
}

// Counts is which pixels of a picture of h×w count: those of a zone to judge, or all where
// there is none, less those that are ignored or private. It is nil where all do.
func (l List) Counts(h, w int) []bool {
	if len(l) == 0 {
		return nil
	}
	counts := make([]bool, h*w)
	judge := l.Of(Judge)
	for i := range counts {
		counts[i] = len(judge) == 0
	}
	for _, z := range judge {
		z.Fill(counts, h, w)
	}
	for _, z := range l {
		if z.Kind == Judge {
			continue
		}
		z.Spans(h, w, func(y, first, end int) { clear(counts[y*w+first : y*w+end]) })
	}
	return counts
}

// Set is the zones of a bundle, which its networks were trained with, and those that were
// added since. What either leaves out does not count; where both have zones to judge,
// events are of the added ones.
type Set struct{ Own, Added List }

// Judge are the zones that events are of; none: of the whole picture.
func (s Set) Judge() List {
	if added := s.Added.Of(Judge); len(added) > 0 {
		return added
	}
	return s.Own.Of(Judge)
}

// Private are the zones that are painted black.
func (s Set) Private() List { return append(s.Own.Of(Private), s.Added.Of(Private)...) }

// Counts is which pixels of a picture of h×w count; nil where all do.
func (s Set) Counts(h, w int) []bool {
	own, added := s.Own.Counts(h, w), s.Added.Counts(h, w)
	if own == nil {
		return added
	}
	for i := range added {
		own[i] = own[i] && added[i]
	}
	return own
}

// With is the zones and others besides, for a bundle that is to keep both. The error is
// ErrZones where two have a name, or both have zones to judge.
func (l List) With(others List) (List, error) {
	if len(l.Of(Judge)) > 0 && len(others.Of(Judge)) > 0 {
		return nil, fmt.Errorf("%w: there are zones of kind %s already (%q), and events cannot be of others too", ErrZones, Judge, l.Of(Judge)[0].Name)
	}
	both := slices.Concat(l, others)
	return both, both.Validate()
}

// Words says what the zone is, in a picture of h×w pixels.
func (z Zone) Words(h, w int) string {
	text := fmt.Sprintf("%q, %s, %.1f %% of the picture", z.Name,
		map[Kind]string{Judge: "to judge", Ignore: "left out", Private: "left out and painted black"}[z.Kind], 100*z.Share(h, w))
	if z.LeastSize > 0 {
		text += fmt.Sprintf(", parts of at least %.3g %%", 100*z.LeastSize)
	}
	if z.LeastTime > 0 {
		text += fmt.Sprintf(", for at least %g s", z.LeastTime)
	}
	return text
}

// Share is the share of the picture that a zone covers, at h×w pixels.
func (z Zone) Share(h, w int) float64 {
	n := 0
	z.Spans(h, w, func(_, first, end int) { n += end - first })
	return float64(n) / float64(h*w)
}

// OfBundle are the zones that its networks were trained with. The error is ErrZones.
func OfBundle(b *bundle.Bundle) (List, error) { return Parse(b.Zones) }

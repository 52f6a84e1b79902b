// Package ordinary keeps what an operator has called ordinary: things that the networks
// find irregular, by where they are, how large they are and how high they score. What is
// like them in all three is not marked; anything else, there or elsewhere, is as before.
package ordinary

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"avid/models/bundle"
)

// Thing is something that is ordinary.
type Thing struct {
	Name string    `json:"name"` // such as that of the clip that it was learnt from
	When time.Time `json:"when"` // it was learnt
	// Zone is where it was seen, with a margin: a bit for each pixel of the model, row by
	// row, the lowest bit of a byte first.
	Zone []byte `json:"zone"`
	// Least and Most are how large it may be, pixels of the model; at the border of the
	// picture, where it comes and goes, it may be smaller.
	Least int `json:"least"`
	Most  int `json:"most"`
	// Peak is the greatest score, logits.
	Peak float64 `json:"peak"`
}

// List is what a bundle holds of ordinary things.
type List struct {
	Things []Thing `json:"things"`
}

// MostThings is how many a bundle may hold.
const MostThings = 64

// mostName is how long a name may be, bytes.
const mostName = 200

// ErrList says that a bundle's list is not valid.
var ErrList = errors.New("ordinary: list not valid")

// Parse reads what a bundle holds; a list of nothing where it holds none. The error
// wraps ErrList.
func Parse(b *bundle.Bundle) (*List, error) {
	l := &List{}
	if len(b.Ordinary) == 0 {
		return l, nil
	}
	if err := json.Unmarshal(b.Ordinary, l); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	if len(l.Things) > MostThings {
		return nil, fmt.Errorf("%w: %d things, allowed are %d", ErrList, len(l.Things), MostThings)
	}
	n := b.Manifest.Height * b.Manifest.Width
	for i, t := range l.Things {
		switch {
		case len(t.Name) > mostName:
			return nil, fmt.Errorf("%w: the name of thing %d has %d bytes, allowed are %d", ErrList, i+1, len(t.Name), mostName)
		case len(t.Zone) != (n+7)/8:
			return nil, fmt.Errorf("%w: the zone of thing %d has %d bytes, want %d", ErrList, i+1, len(t.Zone), (n+7)/8)
		case t.Least < 0 || t.Most < t.Least || t.Most > n:
			return nil, fmt.Errorf("%w: thing %d is of %d to %d pixels, of %d", ErrList, i+1, t.Least, t.Most, n)
		case math.IsNaN(t.Peak) || math.Abs(t.Peak) > 1e6:
			return nil, fmt.Errorf("%w: the score of thing %d is %g", ErrList, i+1, t.Peak)
		}
	}
	return l, nil
}

// Write puts the list into a bundle.
func (l *List) Write(b *bundle.Bundle) error {
	b.Ordinary = nil
	if len(l.Things) == 0 {
		return nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrList, err)
	}
	b.Ordinary = text
	_, err = Parse(b)
	return err
}

// Forget takes the things of a name out, and says how many there were.
func (l *List) Forget(name string) int {
	before := len(l.Things)
	l.Things = slices.DeleteFunc(l.Things, func(t Thing) bool { return t.Name == name })
	return before - len(l.Things)
}

// Part is a connected part of a mask.
type Part struct {
	X, Y, W, H int     // its box, pixels
	Area       int     // pixels
	Peak       float64 // greatest score, logits
	// Pixels calls see with each run of its pixels, first to before end, by their
	// numbers row by row.
	Pixels func(see func(first, end int))
}

// cut tells whether a part is about the border of a picture of h×w pixels.
func (p Part) cut(h, w int) bool {
	m := margin(h)
	return p.X < m || p.Y < m || p.X+p.W > w-m || p.Y+p.H > h-m
}

// near tells whether two parts are no more than some pixels apart.
func (p Part) near(q Part, pixels int) bool {
	return p.X <= q.X+q.W+pixels && q.X <= p.X+p.W+pixels && p.Y <= q.Y+q.H+pixels && q.Y <= p.Y+p.H+pixels
}

// group puts parts together that lie near each other, as those of one thing do; of each
// part it gives the number of its group.
func group(parts []Part, h int) (groups []Part, of []int) {
	of = make([]int, len(parts))
	for i := range of {
		of[i] = i
	}
	for changed := true; changed; {
		changed = false
		for i, p := range parts {
			for k, q := range parts[:i] {
				if of[i] != of[k] && p.near(q, margin(h)) {
					of[i], of[k] = min(of[i], of[k]), min(of[i], of[k])
					changed = true
				}
			}
		}
	}
	numbers := map[int]int{}
	for i, p := range parts {
		n, ok := numbers[of[i]]
		if !ok {
			n = len(groups)
			numbers[of[i]] = n
			groups = append(groups, Part{X: p.X, Y: p.Y, Peak: p.Peak, Pixels: func(see func(first, end int)) {
				for k, q := range parts {
					if of[k] == n {
						q.Pixels(see)
					}
				}
			}})
		}
		g := &groups[n]
		right, bottom := max(g.X+g.W, p.X+p.W), max(g.Y+g.H, p.Y+p.H)
		g.X, g.Y = min(g.X, p.X), min(g.Y, p.Y)
		g.W, g.H, g.Area, g.Peak = right-g.X, bottom-g.Y, g.Area+p.Area, max(g.Peak, p.Peak)
		of[i] = n
	}
	return groups, of
}

// inZone is the share of a part that must lie in a thing's zone.
const inZone = 0.8

// holds tells whether a part is where the thing was, and scores no higher.
func (t *Thing) holds(p Part) bool {
	if p.Area > t.Most || p.Peak > t.Peak {
		return false
	}
	in := 0
	p.Pixels(func(first, end int) {
		for k := first; k < end; k++ {
			in += int(t.Zone[k/8] >> (k % 8) & 1)
		}
	})
	return float64(in) >= inZone*float64(p.Area)
}

// Spare tells of each part of a mask of h×w pixels whether it is of one of the things, or
// a speck where such a thing is in the picture too.
func (l *List) Spare(parts []Part, h, w int) []bool {
	groups, of := group(parts, h)
	spared := make([]bool, len(parts))
	for i := range l.Things {
		t := &l.Things[i]
		there := false
		for _, g := range groups {
			there = there || (g.Area >= t.Least || g.cut(h, w)) && t.holds(g)
		}
		for k := range spared {
			spared[k] = spared[k] || there && t.holds(groups[of[k]])
		}
	}
	return spared
}

// Lesson gathers what a recording shows of a thing.
type Lesson struct {
	h, w  int
	seen  []byte // of the parts' pixels: 1
	areas []int  // of the largest of each frame, where it is whole
	most  int
	peak  float64
}

// NewLesson is of masks of h×w pixels.
func NewLesson(h, w int) *Lesson {
	return &Lesson{h: h, w: w, seen: make([]byte, h*w), peak: math.Inf(-1)}
}

// Add takes in the parts of the mask of a frame.
func (l *Lesson) Add(parts []Part) {
	groups, _ := group(parts, l.h)
	var largest Part
	for _, g := range groups {
		if g.Area > largest.Area {
			largest = g
		}
		l.most, l.peak = max(l.most, g.Area), max(l.peak, g.Peak)
		g.Pixels(func(first, end int) {
			for k := first; k < end; k++ {
				l.seen[k] = 1
			}
		})
	}
	if largest.Area > 0 && !largest.cut(l.h, l.w) {
		l.areas = append(l.areas, largest.Area)
	}
}

// How much another time may differ: a thing may be half or twice as large, lie a
// twentieth of the height beside, and score a little higher.
const (
	smaller, larger = 0.5, 2
	beside          = 0.05
	higher          = 1    // logits
	fewest          = 0.02 // quantile of the areas that the least is of
)

// margin is how far beside it may lie, pixels of a mask of h rows.
func margin(h int) int { return max(int(beside*float64(h)+0.5), 1) }

// Thing is what was learnt; false where nothing was marked.
func (l *Lesson) Thing(name string, when time.Time) (Thing, bool) {
	if l.most == 0 {
		return Thing{}, false
	}
	least := 0.0
	if len(l.areas) > 0 {
		slices.Sort(l.areas)
		least = smaller * float64(l.areas[int(fewest*float64(len(l.areas)))])
	}
	t := Thing{Name: name[:min(len(name), mostName)], When: when.UTC().Truncate(time.Second), Zone: make([]byte, (l.h*l.w+7)/8),
		Least: int(least), Most: min(int(larger*float64(l.most)), l.h*l.w), Peak: l.peak + higher}
	margin := margin(l.h)
	for y := range l.h {
		for x := range l.w {
			if l.seen[y*l.w+x] == 0 {
				continue
			}
			for v := max(y-margin, 0); v <= min(y+margin, l.h-1); v++ {
				for u := max(x-margin, 0); u <= min(x+margin, l.w-1); u++ {
					k := v*l.w + u
					t.Zone[k/8] |= 1 << (k % 8)
				}
			}
		}
	}
	return t, true
}

// Share is the share of the picture that a thing's zone covers.
func (t Thing) Share(h, w int) float64 {
	n := 0
	for k := range h * w {
		n += int(t.Zone[k/8] >> (k % 8) & 1)
	}
	return float64(n) / float64(h*w)
}

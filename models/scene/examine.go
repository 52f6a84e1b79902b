package scene

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// MostSamples is how many samples of a file Examine needs at most.
const MostSamples = 40

// File is one recording to learn from.
type File struct {
	Name          string
	Width, Height int             // of its pictures as they come, pixels
	Samples       [][]byte        // grey frames at model size, of 0 to 255, evenly spaced over the file
	Times         []time.Duration // of the samples
	Repeats       float64         // share of its frames that are the frame before, byte by byte
}

// Kind says what is the matter with footage.
type Kind string

// The kinds.
const (
	Dark       Kind = "dark"        // most of it is black
	Blank      Kind = "blank"       // no edge is to be seen in most of it
	Frozen     Kind = "frozen"      // most frames repeat the one before
	Lifeless   Kind = "lifeless"    // nothing moves in any of the files
	Cut        Kind = "cut"         // it shows several places, one after the other
	Moving     Kind = "moving"      // the camera moves
	OtherPlace Kind = "other place" // not that of the other files
	Moved      Kind = "moved"       // nearly that of the other files
	OtherShape Kind = "other shape" // portrait among landscape, say
	Copy       Kind = "copy"        // of a file before
)

// Finding is something that speaks against learning from a file.
type Finding struct {
	Kind Kind
	File string // "" where it is of all
	At   int    // of File in the files that were given
	Text string // what, where and what to do, a sentence without its end
	// Fatal says that nothing useful can come of learning from it.
	Fatal bool
}

// String is the finding in a line.
func (f Finding) String() string {
	if f.File == "" {
		return f.Text
	}
	return f.File + ": " + f.Text
}

// Examine looks for what would make a training useless: a camera that moves or is
// another one, black and frozen pictures, copies. h and w are the size of the
// samples. A file without samples is passed over.
func Examine(files []File, h, w int) []Finding {
	var out []Finding
	var seen []*sight
	for i := range files {
		if len(files[i].Samples) == 0 {
			continue
		}
		s := look(&files[i], h, w)
		s.at = i
		out = append(out, s.findings()...)
		seen = append(seen, s)
	}
	out = append(out, lifeless(seen)...)
	out = append(out, copies(seen)...)
	return append(out, places(seen)...)
}

// sight is a file and what is seen in it.
type sight struct {
	*File
	at         int      // in the files
	h, w       int      // of the samples
	shapes     []*Shape // nil where nothing is to be seen
	background *Shape
	apart      float64 // likeness below which two samples show two places
	dark       int     // samples
	blank      int
	motion     float64 // the most that a place changes between samples, grey levels
	steady     bool    // it shows one place
}

// The bounds of a sample.
const (
	darkLevel  = 24    // grey level that 95 of 100 pixels of a black picture stay below
	leastEdges = 0.004 // texture of a picture in which something is to be seen
	leastMoves = 10    // grey levels by which what moves differs from the background
	// speckShare is the share of pixels that may differ by chance.
	speckShare = 0.002
)

func look(f *File, h, w int) *sight {
	s := &sight{File: f, h: h, w: w}
	median := Median(f.Samples)
	s.background = NewShape(median, h, w)
	for _, p := range f.Samples {
		shape := NewShape(p, h, w)
		if percentile(p, 0.95) <= darkLevel {
			s.dark++
			shape = nil
		} else if shape.Texture() < leastEdges {
			s.blank++
			shape = nil
		}
		s.shapes = append(s.shapes, shape)
		s.motion = max(s.motion, change(p, median))
	}
	s.apart = min(max(apartShare*s.usual(), leastApart), Other)
	return s
}

// Samples are noisier than backgrounds: they show two places when they are less like
// each other than a share of what neighbours are, within bounds.
const (
	apartShare = 0.6
	leastApart = 0.25
)

// usual is the middle likeness of neighbouring samples.
func (s *sight) usual() float64 {
	var all []float64
	var before *Shape
	for _, shape := range s.shapes {
		if shape != nil && before != nil {
			all = append(all, shape.Likeness(before))
		}
		if shape != nil {
			before = shape
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// percentile is the level that a share of the pixels does not exceed.
func percentile(p []byte, share float64) int {
	var count [256]int
	for _, v := range p {
		count[v]++
	}
	left := int(math.Ceil(share * float64(len(p))))
	for level, n := range count {
		if left -= n; left <= 0 {
			return level
		}
	}
	return 255
}

// change is by how much a picture differs from another at the places where it
// differs most, but for specks, with the light of both made equal.
func change(p, q []byte) float64 {
	var light float64
	for i, v := range p {
		light += float64(v) - float64(q[i])
	}
	light /= float64(len(p))
	var count [256]int
	for i, v := range p {
		count[min(int(math.Abs(float64(v)-float64(q[i])-light)), 255)]++
	}
	left := int(speckShare * float64(len(p)))
	for level := 255; level >= 0; level-- {
		if left -= count[level]; left < 0 {
			return float64(level)
		}
	}
	return 0
}

// finding is one of the file.
func (s *sight) finding(k Kind, fatal bool, format string, args ...any) Finding {
	return Finding{Kind: k, File: s.Name, At: s.at, Text: fmt.Sprintf(format, args...), Fatal: fatal}
}

// findings are those of the file by itself.
func (s *sight) findings() (out []Finding) {
	n := len(s.Samples)
	add := func(k Kind, fatal bool, format string, args ...any) {
		out = append(out, s.finding(k, fatal, format, args...))
	}
	switch {
	case 2*s.dark > n:
		add(Dark, true, "%d %% of it is black: look for a covered lens, or cut the dark part off with --frames", 100*s.dark/n)
		return out
	case 2*(s.dark+s.blank) > n:
		add(Blank, true, "in %d %% of it nothing is to be seen, not one edge: look for a covered or fogged lens", 100*(s.dark+s.blank)/n)
		return out
	case 10*s.dark > n:
		add(Dark, false, "%d %% of it is black, which is learnt as ordinary: cut the dark part off with --frames", 100*s.dark/n)
	}
	if s.Repeats > 0.5 {
		add(Frozen, s.Repeats > 0.9, "%.0f %% of its frames repeat the one before: the recording is frozen, or has more frames/s than the camera gave; "+
			"record it anew, or train with a lower --rate", 100*s.Repeats)
	}
	s.steady = s.stays(add)
	return out
}

// stays tells whether the file shows one place, and says what it shows otherwise.
func (s *sight) stays(add func(Kind, bool, string, ...any)) bool {
	runs := s.runs()
	n := len(s.shapes)
	if len(runs) == 1 {
		return true
	}
	longest := 0
	var cuts []string
	slides, drifts := 0, 0 // boundaries over which the picture glides, or changes without
	for i, r := range runs {
		longest = max(longest, r.end-r.begin)
		if i == 0 {
			continue
		}
		before, first := s.shapes[r.last], s.shapes[runs[i-1].begin]
		switch after := s.shapes[r.begin]; {
		case before.Likeness(after) < s.apart:
			cuts = append(cuts, position(s.Times[r.begin]))
		case first.within(after, farReach) >= s.apart:
			slides++
		default:
			drifts++
		}
	}
	const moves = "the camera moves (it pans, zooms or is carried, or several take turns): a bundle is of one camera that stands still"
	switch at := strings.Join(cuts[:min(len(cuts), 4)], ", "); {
	case slides > 0:
		add(Moving, true, moves)
		return false
	case len(cuts) == 0 && s.end(0).Likeness(s.end(n-max(n/4, 1))) >= Other:
		return true // people in front of it
	case len(cuts) == 0:
		add(Moved, false, "its beginning and its end have little in common, and it changes slowly: day and night, perhaps, or a camera that sinks or zooms slowly")
		return true
	case 10*longest >= 9*n:
		add(Cut, false, "for a moment it shows something else (at %s): cut it off with --frames", at)
		return true
	case len(runs) <= max(n/4, 2):
		add(Cut, true, "it shows %d places, with a cut at %s: a bundle is of one camera that stands still; take one part of it with --frames", len(runs), at)
	default:
		add(Moving, true, moves)
	}
	return false
}

// end is the background of a quarter of the samples, from one on.
func (s *sight) end(from int) *Shape {
	return NewShape(Median(s.Samples[from:min(from+max(len(s.Samples)/4, 1), len(s.Samples))]), s.h, s.w)
}

// run is a stretch of samples [begin, end) that show one place. last is the last
// sample before it in which something is to be seen.
type run struct{ begin, end, last int }

// runs divides the samples into stretches that show what their first one shows.
// Samples in which nothing can be compared belong to any.
func (s *sight) runs() []run {
	out := []run{{}}
	var first *Shape
	last := 0
	for i, shape := range s.shapes {
		newest := &out[len(out)-1]
		switch {
		case shape == nil:
		case first == nil:
			first, newest.begin = shape, i
		case shape.Likeness(first) < s.apart:
			first = shape
			out = append(out, run{begin: i, last: last})
			newest = &out[len(out)-1]
		}
		newest.end = i + 1
		if shape != nil {
			last = i
		}
	}
	return out
}

// lifeless tells when nothing moves in all the footage.
func lifeless(files []*sight) []Finding {
	most := 0.0
	for _, s := range files {
		most = max(most, s.motion)
	}
	if len(files) == 0 || most >= leastMoves {
		return nil
	}
	return []Finding{{Kind: Lifeless, Fatal: true, Text: "nothing moves in this footage (is it frozen?): of what is ordinary here nothing can be learnt; " +
		"record at times when people or cars come by (a place where never anything moves needs no more than motion detection)"}}
}

// copyWithin is the mean difference, grey levels, up to which two recordings are one
// that was encoded twice.
const copyWithin = 2.5

// copies finds files whose samples are those of a file before.
func copies(files []*sight) (out []Finding) {
	for i, s := range files {
		for _, o := range files[:i] {
			if s.copyOf(o) {
				out = append(out, s.finding(Copy, false, "it is a copy of %s and is left out: what is held back to calibrate with must not be learnt from", o.Name))
				break
			}
		}
	}
	return out
}

// copyOf tells whether the samples of two files are the same pictures.
func (s *sight) copyOf(o *sight) bool {
	if len(s.Samples) != len(o.Samples) {
		return false
	}
	exact := true
	for i, p := range s.Samples {
		if !bytes.Equal(p, o.Samples[i]) {
			exact = false
			break
		}
	}
	if exact {
		return true
	}
	// Of a scene in which little moves any two pictures are nearly the same.
	for i, p := range s.Samples {
		next := o.Samples[(i+1)%len(o.Samples)]
		if here := difference(p, o.Samples[i]); here > copyWithin || here*2 > difference(p, next) {
			return false
		}
	}
	return len(s.Samples) > 2
}

// difference is the mean absolute difference of two pictures, grey levels.
func difference(a, b []byte) float64 {
	sum := 0
	for i, v := range a {
		sum += max(int(v), int(b[i])) - min(int(v), int(b[i]))
	}
	return float64(sum) / float64(len(a))
}

// places holds the files against the place that most of the footage shows.
func places(files []*sight) (out []Finding) {
	var steady []*sight
	for _, s := range files {
		if s.steady && s.background.Texture() >= leastEdges {
			steady = append(steady, s)
		}
	}
	if len(steady) < 2 {
		return nil
	}
	usual := slices.MaxFunc(steady, func(a, b *sight) int { return a.alike(steady) - b.alike(steady) })
	for _, s := range steady {
		like := s.background.Likeness(usual.background)
		shape := ""
		if OtherRatio(s.Width, s.Height, usual.Width, usual.Height) {
			shape = fmt.Sprintf("; its pictures are %dx%d (width × height), those of %s %dx%d", s.Width, s.Height, usual.Name, usual.Width, usual.Height)
		}
		switch {
		case s == usual:
		case like < Other:
			kind := OtherPlace
			if (s.Width > s.Height) != (usual.Width > usual.Height) {
				kind = OtherShape
			}
			out = append(out, s.finding(kind, true,
				"it does not show the place that %s shows (likeness %.2f of 1)%s: another camera, or one that was moved or turned; train a bundle for each", usual.Name, like, shape))
		case like < Same:
			out = append(out, s.finding(Moved, false,
				"it shows the place of %s from a little elsewhere, or in a very different light (likeness %.2f of 1)%s", usual.Name, like, shape))
		}
	}
	return out
}

// alike is how many samples the files have that show the place of s.
func (s *sight) alike(files []*sight) (n int) {
	for _, o := range files {
		if s.background.Likeness(o.background) >= Other {
			n += len(o.Samples)
		}
	}
	return n
}

// OtherRatio tells whether pictures of two sizes have sides of another ratio, by more
// than encoders round.
func OtherRatio(w, h, otherW, otherH int) bool {
	ratio := float64(w*otherH) / float64(max(h*otherW, 1))
	return ratio > 1.03 || ratio < 1/1.03
}

// position is a time as players show it.
func position(t time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(t.Minutes()), int(t.Seconds())%60)
}

package analyze

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// ErrMoods says that a picture does not tell which of several bundles is to judge.
var ErrMoods = errors.New("bundles of several moods")

// Picture is a grey picture of h·w bytes, such as a bundle keeps of its place.
type Picture struct {
	Gray []byte
	H, W int
}

// Moods chooses among the bundles of one camera, such as one of the day and one of the
// night, the one whose place looks most like what the camera shows: by the median over the
// blocks of the picture of how far their light differs, as a logarithm, so that what passes
// has no part in it. Not safe for concurrent use.
type Moods struct {
	known   [][]float64 // of each bundle: logarithms of the light of moodRows·moodCols blocks
	apart   [][]float64 // how far the pictures of two bundles are from each other
	now     []float64   // of the sample in work
	sorted  []float64
	begun   bool
	current int
	other   int           // bundle that the picture has been like of late; current: none
	since   time.Duration // when that began
	jumped  bool          // and it did at once
	like    float64       // of the sample before, as nearest has it
}

const (
	moodRows, moodCols = 12, 16
	// leastApart is how far the pictures of two bundles must be from each other for a
	// picture to tell which it is like: less is noise and what a cloud does to the light.
	leastApart = 0.1
	// moodMargin is how much nearer another bundle's picture must be, as a share of how far
	// the two are apart: with it a camera whose light has half the contrast of day and
	// night, as in dusk, stays with the bundle that it has.
	moodMargin = 0.25
	// moodJump is how much more like another bundle's picture a sample must be than the one
	// before, of the 2 between the two pictures, for the change to have come at once.
	moodJump = 0.5
	// moodFor is how long it must be nearer, and moodSoon that where the picture is no
	// longer one that the present bundle can judge: less than it takes to be told as dark.
	moodFor, moodSoon = 5 * time.Second, time.Second
)

// NewMoods returns the choice among bundles that keep these pictures of their place. The
// error wraps ErrMoods and names them by names.
func NewMoods(pictures []Picture, names []string) (*Moods, error) {
	m := &Moods{now: make([]float64, moodRows*moodCols), sorted: make([]float64, moodRows*moodCols)}
	for i, p := range pictures {
		if len(p.Gray) == 0 || len(p.Gray) != p.H*p.W {
			return nil, fmt.Errorf("%w: %s keeps no picture of its place, by which it could be chosen; train it again", ErrMoods, names[i])
		}
		mood, row := make([]float64, moodRows*moodCols), make([]float64, len(pictures))
		moodOf(mood, p)
		for k, before := range m.known {
			row[k] = m.distance(mood, before)
			m.apart[k][i] = row[k]
			if row[k] < leastApart {
				return nil, fmt.Errorf("%w: the pictures of %s and %s are alike, so that nothing tells which of them is to judge; name one of them", ErrMoods, names[k], names[i])
			}
		}
		m.known, m.apart = append(m.known, mood), append(m.apart, row)
	}
	return m, nil
}

// Restart begins anew: the next sample decides at once.
func (m *Moods) Restart() { m.begun = false }

// Take looks at a sample at a time of the stream and returns the index of the bundle that is
// to judge what follows. The first sample decides at once; later another bundle must have
// been nearer for a time. That is short where the picture changed to it at once, and then
// hold says that nothing is to be judged meanwhile, and while unsure says that the present
// bundle cannot judge what is seen.
func (m *Moods) Take(at time.Duration, sample Picture, unsure bool) (which int, hold bool) {
	moodOf(m.now, sample)
	if !m.begun {
		m.begun, m.current, m.like = true, 0, -1
		for i := range m.known {
			if m.distance(m.now, m.known[i]) < m.distance(m.now, m.known[m.current]) {
				m.current = i
			}
		}
		m.other = m.current
		return m.current, false
	}
	nearest, like := m.nearest()
	if like < moodMargin {
		nearest = m.current
	}
	if nearest != m.other || at < m.since {
		m.other, m.since, m.jumped = nearest, at, like-m.like >= moodJump
	}
	m.like = like
	lasts := moodFor
	if unsure || m.jumped {
		lasts = moodSoon
	}
	if m.other != m.current && at-m.since >= lasts {
		m.current, m.like = m.other, -like
	}
	return m.current, m.other != m.current && m.jumped
}

// nearest is the bundle, other than the present one, whose picture is nearest to the sample,
// and how much nearer than the present one's it is, as a share of how far those are apart:
// -1 where the sample is the present one's picture, 1 where it is the other's.
func (m *Moods) nearest() (other int, like float64) {
	least := math.Inf(1)
	for i, mood := range m.known {
		if d := m.distance(m.now, mood); i != m.current && d < least {
			other, least = i, d
		}
	}
	return other, (m.distance(m.now, m.known[m.current]) - least) / m.apart[m.current][other]
}

// distance is how far the light of two pictures differs in the middle one of their blocks.
func (m *Moods) distance(a, b []float64) float64 {
	for i, v := range a {
		m.sorted[i] = math.Abs(v - b[i])
	}
	slices.Sort(m.sorted)
	return m.sorted[len(m.sorted)/2]
}

// moodOf writes the logarithm of the light of each block of a picture of any size.
func moodOf(dst []float64, p Picture) {
	for r := range moodRows {
		top := r * p.H / moodRows
		bottom := max((r+1)*p.H/moodRows, top+1)
		for c := range moodCols {
			left := c * p.W / moodCols
			right := max((c+1)*p.W/moodCols, left+1)
			sum := 0
			for y := top; y < bottom; y++ {
				for _, v := range p.Gray[y*p.W+left : y*p.W+right] {
					sum += int(v)
				}
			}
			dst[r*moodCols+c] = math.Log(float64(sum)/float64((bottom-top)*(right-left)) + dimLight)
		}
	}
}

// dimLight is added to the light of a block, grey levels: the ratio of two blacks says
// nothing.
const dimLight = 4

// Sample is the newest sample of the stream as it came, of the model's size; it holds until
// the next Take.
func (a *Analyzer) Sample() Picture {
	h, w := a.intake.Size()
	return Picture{a.intake.sample, h, w}
}

// Choose has choose say of each sample, before it is judged, whether it waits for another
// bundle: then it is not judged, as where the light changes at once.
func (a *Analyzer) Choose(choose func(Step) (hold bool)) { a.choose = choose }

// Unsure tells that the newest sample may not be one that can be judged.
func (a *Analyzer) Unsure() bool { return a.guard.unsure() || a.intake.steady.Seen().Beyond }

// EndScenes ends what keeps the stream from being judged, as where another bundle judges
// from now on, to which none of it may apply.
func (a *Analyzer) EndScenes() (ended []Notice) {
	for i, s := range scenes {
		m := &a.guard.marks[i]
		active := m.active || s == Drifted && a.drift.held
		if *m = (watchdog{}); active {
			n := Notice{Scene: s}
			a.date(&n)
			ended = append(ended, n)
		}
	}
	a.drift.held = false
	return ended
}

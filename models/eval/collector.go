package eval

import (
	"fmt"
	"math"
	"time"
)

// Judge is one of those that are measured side by side, as in Table 1 of the
// paper.
type Judge int

// The judges.
const (
	Both      Judge = iota // I ∩ D, Eq. 4: what the filter shows
	Detector               // D alone: its regions, whatever I says of their pixels
	Inpainter              // I alone: the pixel error, wherever D looks

	Judges int = iota // how many
)

func (j Judge) String() string { return [Judges]string{"I ∩ D", "D alone", "I alone"}[j] }

// Frame is one judged frame.
type Frame struct {
	H, W int // of the maps
	// Maps are each judge's scores of the pixels, borrowed for the call. Those of
	// Detector and Inpainter are there for every frame or, nil, for none.
	Maps      [Judges][]float32
	Threshold float32       // the working one, on Both
	At        time.Duration // since the clip's start; 0 throughout for pictures that stand alone
	Irregular bool
	Masked    bool   // there is pixel-level truth
	Truth     []byte // TH x TW, not 0 where irregular; nil: nowhere
	TH, TW    int
}

// Collector gathers the frames of a data set's clips, clip after clip. It keeps
// what curves are made of, not the maps. It is not safe for concurrent use.
type Collector struct {
	Coverage Coverage
	Marks    Marks

	judges   [Judges]tracked
	both     TwoThresholds
	positive []bool
	clips    []clipFrames
	leftOut  int
	held     int
	scenes   map[string]int
	grid     grid
}

// tracked is what is kept for one judge.
type tracked struct {
	scores  []float32 // by judged frame, the highest pixel's
	pixels  Pixels
	average AveragePrecision
	regions Regions
	now     ranked
}

type clipFrames struct {
	first    int // among the judged frames
	report   ClipReport
	timeline Timeline
	frames   []judged
}

// Clip begins the next clip.
func (c *Collector) Clip(name string) {
	c.clips = append(c.clips, clipFrames{first: len(c.positive), report: ClipReport{Name: name}, timeline: Timeline{Clip: name}})
	c.Cut()
}

// Cut says that the next frame does not follow the last one in time.
func (c *Collector) Cut() {
	c.grid.tracks.cut()
	c.Marks.Cut()
}

// clip is the clip that the next frame belongs to.
func (c *Collector) clip() *clipFrames {
	if len(c.clips) == 0 {
		c.Clip("")
	}
	return &c.clips[len(c.clips)-1]
}

// LeaveOut counts a frame that cannot be judged, such as the first five of a
// clip when a window holds six.
func (c *Collector) LeaveOut(irregular bool) {
	c.leftOut++
	c.clip().timeline.add(float32(math.NaN()), irregular)
	c.Cut()
}

// Hold counts a frame for which the filter held its judgement.
func (c *Collector) Hold(irregular bool) {
	c.held++
	c.clip().timeline.add(float32(math.NaN()), irregular)
	c.Cut()
}

// Scene counts that the filter tells what keeps it from judging.
func (c *Collector) Scene(kind string) {
	if c.scenes == nil {
		c.scenes = map[string]int{}
	}
	c.scenes[kind]++
}

// Place notes how like the clip's place is to the bundle's, 0 to 1, and whether that is
// another place. Of several calls the least like counts.
func (c *Collector) Place(likeness float64, other bool) {
	if r := &c.clip().report; r.Likeness == nil || likeness < *r.Likeness {
		r.Likeness, r.OtherPlace = &likeness, other
	}
}

// Frame takes the next frame of the clip. The error wraps ErrSize or ErrScore.
func (c *Collector) Frame(f Frame) error {
	for j := range c.judges {
		if f.Maps[j] == nil && Judge(j) != Both {
			continue
		}
		if err := c.judges[j].now.set(f.Maps[j], f.H, f.W); err != nil {
			return fmt.Errorf("%s: %w", Judge(j), err)
		}
	}
	var truth *grid
	if !f.Masked {
		c.Cut()
	} else {
		truth = &c.grid
		if err := truth.set(f.H, f.W, f.Truth, f.TH, f.TW); err != nil {
			return err
		}
	}
	for j := range c.judges {
		if f.Maps[j] != nil {
			c.judges[j].add(truth)
		}
	}
	if f.Maps[Detector] != nil && f.Maps[Inpainter] != nil {
		c.both.add(&c.judges[Inpainter].now, &c.judges[Detector].now, truth, f.Irregular)
	}
	c.positive = append(c.positive, f.Irregular)
	c.clip().add(c.judges[Both].now.best, f)
	return nil
}

func (t *tracked) add(truth *grid) {
	t.scores = append(t.scores, t.now.best)
	if truth != nil {
		t.pixels.add(&t.now, truth)
		t.average.add(&t.now, truth)
		t.regions.add(&t.now, truth)
	}
}

// add counts a judged frame.
func (c *clipFrames) add(score float32, f Frame) {
	c.timeline.add(score, f.Irregular)
	c.timeline.Threshold = f.Threshold
	c.frames = append(c.frames, judged{f.At, f.Irregular, score >= f.Threshold})
	r := &c.report
	r.Frames++
	r.Masks = r.Masks || f.Masked
	if f.Irregular {
		r.Irregular++
	}
	if score < f.Threshold {
		return
	}
	if f.Irregular {
		r.Found++
	} else {
		r.False++
	}
}

func (t *Timeline) add(score float32, irregular bool) {
	t.Scores = append(t.Scores, score)
	t.Irregular = append(t.Irregular, irregular)
}

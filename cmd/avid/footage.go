package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"avid/models/average"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/models/train"
	"avid/models/zones"
	"avid/runtime/analyze"
)

// errNoFootage says that nothing could be learnt from.
var errNoFootage = errors.New("no footage to learn from")

// footage is what avid train learns from: grey frames at model size, in
// stretches without a gap. A still picture is a stretch of a window's length
// that shows it in each frame.
type footage struct {
	size    size       // of the model; zero until the first picture decides it
	free    bool       // size may be turned as the footage lies
	step    int        // both sides of size are multiples of it, but for stills
	rate    float64    // frames/s to sample at
	luma    luma.Range // to scale to
	place   []byte     // what the place looks like, of the model's size; nil: not known
	zones   zones.List // what is left out shows nothing
	most    int        // frames to take at most, all clips together
	limit   time.Duration
	clips   []train.Clip
	frames  int
	stills  int     // pictures that stand alone; each counts as a whole window
	picture size    // of the first picture
	cut     bool    // most was reached
	pieces  bool    // the recordings are pieces of one camera's: unfit ones are left out
	unread  []error // of pieces that cannot be read, which are left out too
	sources []*source
	ground  []byte // background's; nil: it is not made yet
}

// windows is about how many windows can be learnt from.
func (f *footage) windows() int { return f.frames - (average.Frames-1)*f.stills }

// words say how much there is.
func (f *footage) words() string {
	if f.stills > 0 {
		return plural(f.stills, "picture")
	}
	return fmt.Sprintf("%s in %s", plural(f.frames, "frame"), plural(len(f.clips), "clip"))
}

// reel is a clip to learn from.
type reel struct {
	name  string
	still bool      // each picture stands alone
	live  bool      // it does not end by itself
	made  time.Time // when its file was written last; zero: not known
	open  func(keep datasets.Range) (datasets.Reader, error)
}

// load reads the clips that lie under each input; see read. Those of the network
// have the titles of titlesOf.
func (f *footage) load(ctx context.Context, inputs []input, keep datasets.Range, note func(share float64, name string)) error {
	var clips []*datasets.Clip
	titles := titlesOf(inputs)
	for i, in := range inputs {
		some, err := datasets.OpenNormal(in.Path)
		if err != nil {
			return err
		}
		if isNetwork(in.Path) {
			some[0].Name = titles[i]
		}
		clips = append(clips, some...)
	}
	if err := f.read(ctx, reels(clips), keep, note); err != nil {
		return err
	}
	if f.frames == 0 {
		return fmt.Errorf("%w: %s", errNoFootage, strings.Join(titles, ", "))
	}
	return nil
}

// read reads clips. note is told of each clip as it begins, with the share of
// clips that are read. A cancelled ctx ends the reading early, without an
// error. Of pieces it is an error only where none can be read.
func (f *footage) read(ctx context.Context, reels []reel, keep datasets.Range, note func(share float64, name string)) error {
	for i := 0; i < len(reels) && !f.cut && ctx.Err() == nil; i++ {
		note(float64(i)/float64(len(reels)), reels[i].name)
		err := f.add(ctx, reels[i], keep)
		if err != nil && !f.pieces {
			return err
		}
		if err != nil { // as one that the recorder has deleted since
			f.unread = append(f.unread, err)
			if n := len(f.sources); n > 0 && len(f.sources[n-1].kept) == 0 {
				f.sources = f.sources[:n-1]
			}
		}
	}
	if f.frames == 0 {
		return errors.Join(f.unread...)
	}
	return nil
}

// add reads one clip.
func (f *footage) add(ctx context.Context, c reel, keep datasets.Range) error {
	r, err := c.open(keep)
	if err != nil {
		return err
	}
	defer r.Close()
	from := &source{name: c.name, still: c.still, live: c.live, made: c.made, clips: span{first: len(f.clips)}}
	f.sources = append(f.sources, from)
	take := taker{f: f, name: c.name, from: from}
	defer func() {
		take.finish()
		from.clips.end = len(f.clips)
	}()
	one := take.picture
	if c.still {
		one = take.still
	}
	begin := time.Now()
	for ctx.Err() == nil {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := one(p); err != nil {
			return fmt.Errorf("clip %s: %w", c.name, err)
		}
		if f.cut || c.live && time.Since(begin) > f.limit {
			return nil
		}
	}
	return nil
}

// taker samples and scales the pictures of one clip.
type taker struct {
	f      *footage
	intake *analyze.Intake
	name   string
	from   *source
	frames [][]byte
	alone  bool // each picture is a clip
	part   int
}

// picture takes a frame of a film.
func (t *taker) picture(p datasets.Picture) error {
	t.f.choose(size{p.Height, p.Width})
	t.from.read(p)
	changed, err := t.format(p)
	if err != nil {
		return err
	}
	if changed {
		t.intake.Restart()
		t.finish()
	}
	// As in the filter: what lies too far apart for the window is not one stretch.
	step := t.intake.Offer(analyze.Frame{PTS: p.PTS})
	if step.Break != analyze.Continues {
		t.finish()
	}
	if !step.Sampled {
		return nil
	}
	if t.f.frames >= t.f.most {
		t.f.cut = true
		return nil
	}
	frame := make([]byte, t.f.size.h*t.f.size.w)
	kept, err := t.intake.Scale(frame, p.Gray, p.Width)
	if err != nil || !kept {
		return err
	}
	t.frames = append(t.frames, frame)
	t.from.keep(frame, step.Time)
	t.f.frames++
	return nil
}

// choose decides the size of the model by the first picture. A size that was given
// height first, as older versions had it, lies across the picture and is turned.
func (f *footage) choose(picture size) {
	switch {
	case f.picture != (size{}): // it is chosen
	case f.size == (size{}):
		f.size = fit(picture, f.step)
	case f.free && (f.size.stands() && picture.lies() || f.size.lies() && picture.stands()):
		f.size = f.size.turned()
	}
}

// format prepares for a picture, and tells whether it is of another size than
// those before.
func (t *taker) format(p datasets.Picture) (changed bool, err error) {
	if t.f.picture == (size{}) {
		t.f.picture = size{p.Height, p.Width}
	}
	if t.intake == nil {
		t.intake = analyze.NewIntake(t.f.size.h, t.f.size.w, t.f.rate, t.f.luma)
		t.intake.Anchor(t.f.place)
		counts := t.f.zones.Counts(t.f.size.h, t.f.size.w)
		t.intake.Leave(counts, counts, t.f.fill())
	}
	return t.intake.Format(luma.Plane().In(p.Range), p.Width, p.Height)
}

// fill is what samples show where the zones leave something out: the place, where that is
// known, else a grey that the picture of the place then has there.
func (f *footage) fill() []byte {
	if n := f.size.h * f.size.w; len(f.place) != n {
		return bytes.Repeat([]byte{leftOut}, n)
	}
	return f.place
}

// leftOut is a grey level that is far from none.
const leftOut = 128

// still takes a picture that stands alone. Without a size given it is learnt as
// large as it is, since no place in it matters less than another.
func (t *taker) still(p datasets.Picture) error {
	if t.f.size == (size{}) {
		t.f.size = size{p.Height, p.Width}
	}
	t.from.read(p)
	if t.f.frames+average.Frames > t.f.most {
		t.f.cut = true
		return nil
	}
	if _, err := t.format(p); err != nil {
		return err
	}
	t.intake.Restart() // so that none is left out as a repeat
	frame := make([]byte, t.f.size.h*t.f.size.w)
	if _, err := t.intake.Scale(frame, p.Gray, p.Width); err != nil {
		return err
	}
	for range average.Frames {
		t.frames = append(t.frames, frame)
	}
	t.f.frames += average.Frames
	t.f.stills++
	t.alone = true
	t.finish()
	return nil
}

// finish closes the stretch.
func (t *taker) finish() {
	if len(t.frames) == 0 {
		return
	}
	name := t.name
	if t.part > 0 {
		name = fmt.Sprintf("%s (part %d)", t.name, t.part+1)
	}
	t.part++
	t.f.clips = append(t.f.clips, train.Clip{Name: name, Frames: t.frames, Still: t.alone})
	t.frames = nil
}

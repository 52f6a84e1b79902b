//go:build !nogst

package video

import (
	"errors"
	"fmt"
	"io"
	"time"

	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/models/redact"
	"avid/runtime/analyze"
	"avid/runtime/pixel"
)

// Reader gives the luma of a video's pictures at their own size, in the range that
// it is stored in.
type Reader struct {
	path   string // as an error may show it
	p      *pipeline.Pipeline
	sample pipeline.Sample
	empty  *emptiness
	grey   grey
	clock  analyze.Clock
	begun  time.Time // by the recording itself; zero: not known
	count  int
	last   time.Duration
}

// Open starts reading a file, address or capture device; it is a
// datasets.Opener. The error wraps ErrVideo and names the path, or the host of an
// address.
func Open(path string) (datasets.Reader, error) {
	shown := redact.Address(path)
	p, err := Parse(path, RawCaps()+" ! appsink name=out sync=false max-buffers=4 enable-last-sample=false")
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", shown, ErrVideo, err)
	}
	if err := start(p); err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w: %w", shown, ErrVideo, err)
	}
	return &Reader{path: shown, p: p}, nil
}

// Next implements datasets.Reader. Frames without times are given those that the filter
// gives them. Errors wrap ErrVideo.
func (r *Reader) Next() (datasets.Picture, error) {
	if err := r.pull(); err != nil {
		if errors.Is(err, io.EOF) {
			return datasets.Picture{}, io.EOF
		}
		return datasets.Picture{}, fmt.Errorf("%s: %w: picture %d: %w", r.path, ErrVideo, r.count, err)
	}
	s := &r.sample
	grey, values, err := r.grey.of(s)
	if err != nil {
		return datasets.Picture{}, fmt.Errorf("%s: %w: %w", r.path, ErrVideo, err)
	}
	r.clock.Rate(s.Rate)
	pts := r.clock.At(s.PTS)
	if r.count == 0 {
		r.begun = begun(r.p)
	}
	r.count++
	r.last = pts
	p := datasets.Picture{Gray: grey, Range: values, Width: s.Width, Height: s.Height, PTS: pts}
	if !r.begun.IsZero() {
		p.Taken = r.begun.Add(pts)
	}
	return p, nil
}

// begun is when the recording began by what its container says, zero where that says
// nothing or what cannot be: a camera whose clock was never set begins with 1970, and
// no recording begins later than now, but for clocks that differ by a day.
func begun(p *pipeline.Pipeline) time.Time {
	at, known, err := p.Recorded("out")
	if err != nil || !known || at.Year() <= 1970 || time.Until(at) > 24*time.Hour {
		return time.Time{}
	}
	return at
}

// pull waits for a sample while looking at the bus for errors.
func (r *Reader) pull() error {
	var late deadline // not set before something is waited for
	if r.empty == nil {
		r.empty = newEmptiness(r.p)
	}
	for {
		if err := r.empty.check(); err != nil {
			return err
		}
		err := r.p.Pull("out", poll, &r.sample)
		if err == nil {
			return nil
		}
		if fail := failure(r.p); fail != nil {
			return fail
		}
		if !errors.Is(err, pipeline.ErrTimeout) {
			return err
		}
		if !late.set() {
			late = after(patience - poll)
		}
		if late.over(time.Now()) {
			return ErrStall
		}
	}
}

// Length is how long the video is, 0 when not known.
func (r *Reader) Length() time.Duration { return max(0, r.p.Length()) }

// Close implements datasets.Reader.
func (r *Reader) Close() error {
	r.p.Close()
	return nil
}

// grey takes the luma out of samples.
type grey struct {
	info   pixel.Info
	layout luma.Format
	scaler *luma.Scaler // nil: luma is a plane of bytes
	buf    []byte
}

// prepare makes ready for the samples of a format.
func (g *grey) prepare(info pixel.Info) error {
	layout, err := info.Luma()
	if err != nil {
		return err
	}
	*g = grey{info: info, layout: layout}
	if layout == luma.Plane().In(layout.Range()) {
		return nil
	}
	g.scaler, err = luma.NewScaler(layout, luma.Stored, info.Width, info.Height, info.Width, info.Height)
	g.buf = make([]byte, info.Width*info.Height)
	return err
}

// of gives w*h bytes, which are the sample's own or belong to g, and their range.
func (g *grey) of(s *pipeline.Sample) ([]byte, luma.Range, error) {
	info, err := infoOf(s)
	if err == nil && info != g.info {
		err = g.prepare(info)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if g.scaler == nil {
		plane, err := tight(s.Planes[0], s.Strides[0], s.Width, s.Height)
		return plane, g.layout.Range(), err
	}
	return g.buf, g.layout.Range(), g.scaler.Scale(g.buf, s.Planes[0], s.Strides[0])
}

// infoOf describes a sample's picture.
func infoOf(s *pipeline.Sample) (pixel.Info, error) {
	info, err := pixel.InfoOf(s.Format, s.Width, s.Height, s.Colour.Range, s.Colour.Matrix)
	info.Format = info.Format.Shifted(s.X)
	return info, err
}

// tight moves the rows of a plane together, in place.
func tight(plane []byte, stride, w, h int) ([]byte, error) {
	if stride < w || len(plane) < stride*(h-1)+w {
		return nil, fmt.Errorf("%w: plane of %d bytes for %dx%d", ErrFormat, len(plane), w, h)
	}
	if stride > w {
		for y := 1; y < h; y++ {
			copy(plane[y*w:(y+1)*w], plane[y*stride:])
		}
	}
	return plane[:w*h], nil
}

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
)

// Reader gives the luma of a video's pictures, as stored, at their own size.
type Reader struct {
	path   string
	p      *pipeline.Pipeline
	sample pipeline.Sample
	empty  *emptiness
	grey   grey
	count  int
	last   time.Duration
}

// Open starts reading a file, address or capture device; it is a
// datasets.Opener. The error wraps ErrVideo and names the path.
func Open(path string) (datasets.Reader, error) {
	p, err := Parse(path, RawCaps+" ! appsink name=out sync=false max-buffers=4 enable-last-sample=false")
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrVideo, err)
	}
	if err := start(p); err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w: %w", path, ErrVideo, err)
	}
	return &Reader{path: path, p: p}, nil
}

// Next implements datasets.Reader. A source without timestamps is taken to
// have datasets.DefaultRate. Errors wrap ErrVideo.
func (r *Reader) Next() (datasets.Picture, error) {
	if err := r.pull(); err != nil {
		if errors.Is(err, io.EOF) {
			return datasets.Picture{}, io.EOF
		}
		return datasets.Picture{}, fmt.Errorf("%s: %w: picture %d: %w", r.path, ErrVideo, r.count, err)
	}
	s := &r.sample
	grey, err := r.grey.of(s)
	if err != nil {
		return datasets.Picture{}, fmt.Errorf("%s: %w: %w", r.path, ErrVideo, err)
	}
	pts := s.PTS
	if pts < 0 {
		pts = time.Duration(float64(r.count) / datasets.DefaultRate * float64(time.Second))
	}
	r.count++
	r.last = pts
	return datasets.Picture{Gray: grey, Width: s.Width, Height: s.Height, PTS: pts}, nil
}

// pull waits for a sample while looking at the bus for errors.
func (r *Reader) pull() error {
	deadline := time.Now().Add(patience)
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
		if time.Now().After(deadline) {
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
	scaler *luma.Scaler
	format string
	w, h   int
	buf    []byte
}

// offsets of red, green and blue in the packed formats.
var offsets = map[string]luma.Format{
	"RGB": luma.RGB(3, 0, 1, 2), "BGR": luma.RGB(3, 2, 1, 0),
	"RGBx": luma.RGB(4, 0, 1, 2), "RGBA": luma.RGB(4, 0, 1, 2),
	"BGRx": luma.RGB(4, 2, 1, 0), "BGRA": luma.RGB(4, 2, 1, 0),
}

// of gives w*h bytes, which are the sample's own or belong to g.
func (g *grey) of(s *pipeline.Sample) ([]byte, error) {
	switch s.Format {
	case "I420", "YV12", "NV12", "GRAY8":
		return tight(s.Planes[0], s.Strides[0], s.Width, s.Height)
	}
	format, ok := offsets[s.Format]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrFormat, s.Format)
	}
	if g.scaler == nil || g.format != s.Format || g.w != s.Width || g.h != s.Height {
		scaler, err := luma.NewScaler(format, s.Width, s.Height, s.Width, s.Height)
		if err != nil {
			return nil, err
		}
		*g = grey{scaler, s.Format, s.Width, s.Height, make([]byte, s.Width*s.Height)}
	}
	return g.buf, g.scaler.Scale(g.buf, s.Planes[0], s.Strides[0])
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

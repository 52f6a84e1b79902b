package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"time"

	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/scene"
	"avid/models/train"
)

// source is one recording of the footage: a file, a folder of pictures, a camera.
type source struct {
	name    string
	still   bool
	live    bool
	made    time.Time // when its file was written last; zero: not known
	taken   time.Time // when its last picture was, by the recording itself; zero: not known
	picture size      // of its first picture
	other   size      // of the first picture that is of another size
	frames  int       // read from it
	first   time.Duration
	last    time.Duration // times of its first and last picture
	kept    []stamped
	repeats int  // of kept, those that are the frame before, byte by byte
	clips   span // of footage.clips
}

// stamped is a frame at model size and its time in the recording.
type stamped struct {
	frame []byte
	at    time.Duration
}

// span is a half-open range of indices.
type span struct{ first, end int }

// read counts a picture.
func (s *source) read(p datasets.Picture) {
	now := size{p.Height, p.Width}
	if s.frames == 0 {
		s.first, s.picture = p.PTS, now
	} else if now != s.picture && s.other == (size{}) {
		s.other = now
	}
	s.last = max(s.last, p.PTS)
	if !p.Taken.IsZero() {
		s.taken = p.Taken
	}
	s.frames++
}

// keep notes a frame that is learnt from.
func (s *source) keep(frame []byte, at time.Duration) {
	if n := len(s.kept); n > 0 && bytes.Equal(s.kept[n-1].frame, frame) {
		s.repeats++
	}
	s.kept = append(s.kept, stamped{frame, at})
}

// rate is how many frames/s the recording has; 0: not known.
func (s *source) rate() float64 {
	if d := (s.last - s.first).Seconds(); d > 0 {
		return float64(s.frames-1) / d
	}
	return 0
}

// ended is when the recording ended, and whether that is known by more than the time
// at which its file was written last: a copy may be written much later.
func (s *source) ended() (at time.Time, recorded bool) {
	switch {
	case s.live:
		return time.Now().UTC(), true
	case !s.taken.IsZero():
		return s.taken.UTC(), true
	}
	return s.made.UTC(), false
}

// samples are at most n of the kept frames, evenly spaced.
func (s *source) samples(n int) []stamped {
	if len(s.kept) <= n {
		return s.kept
	}
	out := make([]stamped, n)
	for i := range out {
		out[i] = s.kept[(2*i+1)*len(s.kept)/(2*n)]
	}
	return out
}

// file is the recording as scene.Examine wants it.
func (s *source) file() scene.File {
	f := scene.File{Name: s.name, Width: s.picture.w, Height: s.picture.h, Repeats: float64(s.repeats) / float64(max(len(s.kept)-1, 1))}
	for _, k := range s.samples(scene.MostSamples) {
		f.Samples, f.Times = append(f.Samples, k.frame), append(f.Times, k.at)
	}
	return f
}

// background is the still background of all the footage, made once; nil where it has
// none.
func (f *footage) background() []byte {
	if f.ground == nil {
		var frames [][]byte
		each := max(2*scene.MostSamples/max(len(f.sources), 1), 1)
		for _, s := range f.sources {
			for _, k := range s.samples(each) {
				frames = append(frames, k.frame)
			}
		}
		f.ground = scene.Median(frames)
	}
	return f.ground
}

// leaveOut takes the clips of a recording out.
func (f *footage) leaveOut(s *source) {
	n := s.clips.end - s.clips.first
	f.clips = slices.Delete(f.clips, s.clips.first, s.clips.end)
	f.sources = slices.DeleteFunc(f.sources, func(o *source) bool { return o == s })
	for _, o := range f.sources {
		if o.clips.first >= s.clips.end {
			o.clips = span{o.clips.first - n, o.clips.end - n}
		}
	}
	f.frames -= len(s.kept)
	f.ground = nil
}

// Scenes of recordings that a bundle keeps to be looked at.
const (
	scenesEach = 3
	scenesAll  = 24
)

// recordings are the footage as the bundle's evidence has it. Names are without
// folders.
func (f *footage) recordings() ([]train.Recording, error) {
	var out []train.Recording
	each := min(max(scenesAll/max(len(f.sources), 1), 1), scenesEach)
	for i, s := range f.sources {
		r := train.Recording{Name: filepath.Base(s.name), Seconds: (s.last - s.first).Seconds(), Frames: len(s.kept),
			Width: s.picture.w, Height: s.picture.h, Rate: s.rate()}
		r.Made, r.Recorded = s.ended()
		for _, k := range s.samples(each) {
			if i >= scenesAll {
				break
			}
			text, err := bundle.EncodePicture(k.frame, f.size.w)
			if err != nil {
				return nil, err
			}
			r.Scenes = append(r.Scenes, text)
		}
		out = append(out, r)
	}
	return out, nil
}

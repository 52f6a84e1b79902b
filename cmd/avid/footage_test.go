package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"avid/models/datasets"
	"avid/models/luma"
)

// greyFolder writes n pictures of w x h, picture k of grey level k.
func greyFolder(t *testing.T, dir string, w, h, n int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for k := range n {
		img := image.NewGray(image.Rect(0, 0, w, h))
		for i := range img.Pix {
			img.Pix[i] = byte(k)
		}
		err := writeImage(filepath.Join(dir, fmt.Sprintf("%03d.png", k)), func(out io.Writer) error { return png.Encode(out, img) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFootage(t *testing.T) {
	dir := t.TempDir()
	greyFolder(t, dir+"/b", 90, 60, 12)
	greyFolder(t, dir+"/a", 180, 120, 30)
	quiet := func(float64, string) {}
	for _, c := range []struct {
		name   string
		f      footage
		keep   datasets.Range
		clips  string
		frames int
	}{
		{"all", footage{rate: 10, most: 1000}, datasets.Range{}, "a:30 b:12", 42},
		{"half rate", footage{rate: 5, most: 1000}, datasets.Range{}, "a:15 b:6", 21},
		{"a range", footage{rate: 10, most: 1000}, datasets.Range{First: 5, End: 11}, "a:6 b:6", 12},
		{"memory is short", footage{rate: 10, most: 35}, datasets.Range{}, "a:30 b:5", 35},
	} {
		f := c.f
		f.step = 16
		if err := f.load(context.Background(), []input{{Path: dir}}, c.keep, quiet); err != nil {
			t.Fatal(c.name, err)
		}
		got := ""
		for i, clip := range f.clips {
			if i > 0 {
				got += " "
			}
			got += fmt.Sprintf("%s:%d", clip.Name, len(clip.Frames))
			first := byte(c.keep.First)
			if frame := clip.Frames[0]; len(frame) != f.size.h*f.size.w || frame[0] != first {
				t.Errorf("%s: first frame of %s has %d bytes and is grey %d, want %d", c.name, clip.Name, len(frame), frame[0], first)
			}
		}
		if got != c.clips || f.frames != c.frames || f.picture != (size{120, 180}) || f.size != fit(size{120, 180}, 16) {
			t.Errorf("%s: %s, %d frames of %v from %v; want %s, %d", c.name, got, f.frames, f.size, f.picture, c.clips, c.frames)
		}
		if f.cut != (c.f.most == 35) {
			t.Errorf("%s: cut %v", c.name, f.cut)
		}
	}
	var none footage
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if err := none.load(stopped, []input{{Path: dir}}, datasets.Range{}, quiet); !errors.Is(err, errNoFootage) {
		t.Errorf("nothing read: %v", err)
	}
}

// TestFootageSplitsAtGaps: what lies on both sides of a gap, or has another
// size, is not learnt as one motion.
func TestFootageSplitsAtGaps(t *testing.T) {
	f := &footage{size: size{16, 16}, step: 16, rate: 10, most: 100}
	take := taker{f: f, name: "cam", from: new(source)}
	send := func(at time.Duration, w int) {
		t.Helper()
		if err := take.picture(datasets.Picture{Gray: make([]byte, w*20), Width: w, Height: 20, PTS: at}); err != nil {
			t.Fatal(err)
		}
	}
	for k := range 4 {
		send(time.Duration(k)*100*time.Millisecond, 30)
	}
	send(5*time.Second, 30)
	send(5100*time.Millisecond, 30)
	send(5200*time.Millisecond, 40)
	take.finish()
	got := ""
	for _, c := range f.clips {
		got += fmt.Sprintf("%s:%d ", c.Name, len(c.Frames))
	}
	if want := "cam:4 cam (part 2):2 cam (part 3):1 "; got != want {
		t.Errorf("clips %q, want %q", got, want)
	}
}

// TestFootageRange: what is learnt from is of the range of the settings, whichever
// the footage's is; a change of it is not learnt as one motion.
func TestFootageRange(t *testing.T) {
	full, limited := []byte{0, 128, 255, 170}, []byte{16, 126, 235, 162} // one picture twice
	for to, want := range map[luma.Range][2][]byte{
		luma.Full: {full, full}, luma.Limited: {limited, limited}, luma.Stored: {full, limited},
	} {
		f := &footage{size: size{2, 2}, rate: 10, luma: to, most: 100}
		take := taker{f: f, name: "cam", from: new(source)}
		for i, p := range []datasets.Picture{{Gray: full, Range: luma.Full}, {Gray: limited, Range: luma.Limited}} {
			p.Width, p.Height, p.PTS = 2, 2, time.Duration(i)*100*time.Millisecond
			if err := take.picture(p); err != nil {
				t.Fatal(err)
			}
		}
		take.finish()
		if len(f.clips) != 2 {
			t.Fatalf("range %q: %d clips", to, len(f.clips))
		}
		for i, c := range f.clips {
			if len(c.Frames) != 1 || !bytes.Equal(c.Frames[0], want[i]) {
				t.Errorf("range %q: clip %d is %v, want %v", to, i, c.Frames, want[i])
			}
		}
	}
}

// TestEnded: a recording ended when its last picture was taken, as it says itself, or
// else when its file was written; a camera that goes on, now.
func TestEnded(t *testing.T) {
	filed, taken := time.Date(2026, time.May, 2, 8, 0, 0, 0, time.UTC), time.Date(2024, time.March, 5, 17, 20, 30, 0, time.UTC)
	s := &source{made: filed}
	s.read(datasets.Picture{Height: 1, Width: 1})
	if at, recorded := s.ended(); !at.Equal(filed) || recorded {
		t.Errorf("without a date: %v, %v", at, recorded)
	}
	for k := range 3 {
		s.read(datasets.Picture{Height: 1, Width: 1, Taken: taken.Add(time.Duration(k) * time.Second)})
	}
	if at, recorded := s.ended(); !at.Equal(taken.Add(2*time.Second)) || !recorded {
		t.Errorf("with a date: %v, %v", at, recorded)
	}
	before := time.Now()
	if at, recorded := (&source{live: true, made: filed}).ended(); at.Before(before) || !recorded {
		t.Errorf("live: %v, %v", at, recorded)
	}
}

// breaksOff is a clip of ten frames a second that cannot be read from one on.
type breaksOff struct{ at, end int }

// Next implements datasets.Reader.
func (b *breaksOff) Next() (datasets.Picture, error) {
	switch b.at++; {
	case b.at > b.end && b.end < 12:
		return datasets.Picture{}, io.ErrUnexpectedEOF
	case b.at > 12:
		return datasets.Picture{}, io.EOF
	}
	gray := bytes.Repeat([]byte{byte(b.at)}, 64*64)
	return datasets.Picture{Gray: gray, Width: 64, Height: 64, PTS: time.Duration(b.at) * time.Second / 10}, nil
}

func (*breaksOff) Close() error { return nil }

// TestUnreadPieces: of a camera's recordings those that cannot be read are left out, as one
// that was deleted meanwhile; other footage must be whole.
func TestUnreadPieces(t *testing.T) {
	var reels []reel
	for i, end := range []int{-1, 0, 5, 12} {
		reels = append(reels, reel{name: fmt.Sprint(i), open: func(datasets.Range) (datasets.Reader, error) {
			if end < 0 {
				return nil, os.ErrNotExist
			}
			return &breaksOff{end: end}, nil
		}})
	}
	read := func(pieces bool, reels []reel) (*footage, error) {
		f := &footage{rate: 10, most: 1000, step: 16, pieces: pieces}
		return f, f.read(t.Context(), reels, datasets.Range{}, func(float64, string) {})
	}
	f, err := read(true, reels)
	if err != nil || len(f.unread) != 3 || len(f.clips) != 2 || len(f.sources) != 2 || f.frames != 17 {
		t.Errorf("%v: %v left out, %d clips of %d sources, %d frames", err, f.unread, len(f.clips), len(f.sources), f.frames)
	}
	if _, err := read(true, reels[:2]); !errors.Is(err, os.ErrNotExist) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if _, err := read(false, reels[3:]); err != nil {
		t.Error(err)
	}
	if _, err := read(false, reels[2:]); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

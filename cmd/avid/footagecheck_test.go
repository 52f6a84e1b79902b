package main

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"avid/models/train"
)

// TestCopyOfOneName: of two recordings of one name, in two folders, the one that is a
// copy is left out, and the others keep their clips.
func TestCopyOfOneName(t *testing.T) {
	const h, w = 64, 96
	rng := rand.New(rand.NewPCG(1, 2))
	place := make([]byte, h*w)
	for range 60 {
		y, x, v := rng.IntN(h-12), rng.IntN(w-16), byte(30+rng.IntN(200))
		for i := range 12 {
			for j := range 16 {
				place[(y+i)*w+x+j] = v
			}
		}
	}
	film := func(rows int) (frames [][]byte) { // somebody walks so many rows down
		for k := range 30 {
			f := bytes.Clone(place)
			for i := range 10 {
				for j := range 6 {
					f[(rows+i)*w+2*k+j] = 255
				}
			}
			frames = append(frames, f)
		}
		return frames
	}
	f := &footage{size: size{h, w}, picture: size{h, w}}
	for _, r := range []struct {
		name string
		rows int
	}{{"first", 5}, {"cam", 5}, {"cam", 40}} {
		s := &source{name: r.name, picture: size{h, w}, frames: 30, clips: span{len(f.clips), len(f.clips) + 1}}
		frames := film(r.rows)
		for k, frame := range frames {
			s.keep(frame, time.Duration(k)*time.Second)
		}
		f.sources, f.clips = append(f.sources, s), append(f.clips, train.Clip{Name: r.name, Frames: frames})
		f.frames += len(frames)
	}
	want := [][]byte{f.clips[0].Frames[3], f.clips[2].Frames[3]}
	var said strings.Builder
	c := &cobra.Command{}
	c.SetErr(&said)
	if err := f.examine(c, false); err != nil {
		t.Fatal(err, said.String())
	}
	if len(f.clips) != 2 || len(f.sources) != 2 || f.frames != 60 || !strings.Contains(said.String(), "cam: it is a copy of first") {
		t.Fatalf("%d clips, %d recordings, %d frames; %s", len(f.clips), len(f.sources), f.frames, said.String())
	}
	for i, s := range f.sources {
		if !bytes.Equal(f.clips[s.clips.first].Frames[3], want[i]) || s.clips.end-s.clips.first != 1 {
			t.Errorf("recording %d has other clips", i)
		}
	}
}

package average

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStackIsKernel: the two forms of the averaging agree, and the newest two
// frames are the last channel.
func TestStackIsKernel(t *testing.T) {
	const size = 97
	rng := rand.New(rand.NewPCG(1, 2))
	var frames [Frames][]byte
	for i := range frames {
		frames[i] = make([]byte, size)
		for p := range frames[i] {
			frames[i][p] = byte(rng.Uint32())
		}
	}
	got, k := make([]float32, Channels*size), Kernel()
	Stack(got, frames, 1)
	for c := range Channels {
		for p := range size {
			want := 0.0
			for i := range Frames {
				want += float64(k[c*Frames+i]) * float64(frames[i][p])
			}
			if math.Abs(want-float64(got[c*size+p])) > 1e-6 {
				t.Fatalf("channel %d, pixel %d: %g, the kernel gives %g", c, p, got[c*size+p], want)
			}
		}
	}
	last := (float64(frames[Frames-2][0]) + float64(frames[Frames-1][0])) / 2 / White
	if math.Abs(last-float64(got[(Channels-1)*size])) > 1e-6 {
		t.Errorf("the last channel begins with %g, want %g", got[(Channels-1)*size], last)
	}
}

func TestGain(t *testing.T) {
	var frames [Frames][]byte
	for i := range frames {
		frames[i] = []byte{200}
	}
	got := make([]float32, Channels)
	if Stack(got, frames, 2); got[0] != 1 {
		t.Errorf("%g, want at most 1", got[0])
	}
}

package train

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"avid/models/pseudo"
)

// TestSupply: what is made ahead is what would be made in turn, and the random
// state that is kept is that after the last batch taken, however many are ready.
func TestSupply(t *testing.T) {
	c := tiny()
	regions, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		t.Fatal(err)
	}
	clips := []pseudo.Clip{footage(60, c.Height, c.Width)[0].Frames}
	fresh := func() *batch { return newBatch(c, regions.Rows, regions.Cols) }
	feed := func(source *rand.PCG) *feeder {
		return newFeeder(c, regions, c.irregularities(clips, regions), rand.New(source))
	}
	for _, ahead := range []int{1, 2, 5} {
		plain, source := rand.NewPCG(c.Seed, dataStream), rand.NewPCG(c.Seed, dataStream)
		one := feed(plain)
		var batches []*batch
		for range ahead {
			batches = append(batches, fresh())
		}
		s := newSupply(feed(source), source, batches)
		want := fresh()
		for n := range 7 {
			if state, _ := plain.MarshalBinary(); !bytes.Equal(s.random, state) {
				t.Fatalf("%d ahead, batch %d: another random state", ahead, n)
			}
			one.fill(want)
			got := s.take()
			for i, w := range want.tensors() {
				if !slices.Equal(got.tensors()[i].F32, w.F32) {
					t.Fatalf("%d ahead, batch %d: tensor %d differs", ahead, n, i)
				}
			}
			s.give(got)
		}
		s.close()
	}
}

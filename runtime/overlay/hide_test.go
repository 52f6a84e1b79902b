package overlay

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"avid/runtime/pixel"
)

// TestHide: of every format, what a run covers says nothing of what was there, what lies
// beside it is unchanged but for the chroma that it shares, and nothing is allocated.
func TestHide(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	const w, h = 64, 36
	runs := []Run{}
	for y := 7; y < 23; y++ {
		runs = append(runs, Run{Y: y, First: 11 + y%3, End: 40})
	}
	for _, f := range pixel.All() {
		a, b := blank(f, w, h), blank(f, w, h)
		scramble(rng, a)
		for i := range a.Planes {
			copy(b.Planes[i], a.Planes[i])
		}
		before := copyOf(a)
		// The second picture differs in what is hidden alone.
		grey := 0xff000000 | rng.Uint32()
		var layers [3]layer
		if err := Hide(b, nil); err != nil { // resolves its colours
			t.Fatal(err)
		}
		n := b.layers(&layers)
		for i := range layers[:n] {
			k := newInk(&layers[i], b.color(grey), 1)
			for _, r := range runs {
				k.rect(&layers[i], r.First, r.Y, r.End, r.Y+1)
			}
		}
		if samePlanes(a, b) {
			t.Fatalf("%v: the pictures do not differ", f)
		}
		for _, p := range []*Picture{a, b} {
			if err := Hide(p, runs); err != nil {
				t.Fatal(err)
			}
		}
		if !samePlanes(a, b) {
			t.Errorf("%v: what was hidden can be told", f)
		}
		checkPadding(t, a, before)
		if n := testing.AllocsPerRun(2, func() { _ = Hide(a, runs) }); n != 0 {
			t.Errorf("%v: %v allocations", f, n)
		}
	}
}

// scramble fills a picture with any values that its format's components may have.
func scramble(rng *rand.Rand, p *Picture) {
	var layers [3]layer
	for i := range layers[:p.layers(&layers)] {
		l := &layers[i]
		for y := range l.h {
			row := l.row(y, 0, l.w)
			for k := range row {
				if row[k] = byte(rng.Uint32()); l.deep && k%2 == 1 {
					binary.LittleEndian.PutUint16(row[k-1:], uint16(rng.Uint32()&1023)<<l.shift)
				}
			}
		}
	}
}

// samePlanes tells whether two pictures have the same bytes.
func samePlanes(a, b *Picture) bool {
	for i := range a.Planes {
		if string(a.Planes[i]) != string(b.Planes[i]) {
			return false
		}
	}
	return true
}

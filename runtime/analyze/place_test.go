package analyze

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"avid/models/scene"
)

// somewhere is a made-up place of 64×96 pixels, boxes over boxes.
func somewhere(seed uint64) []byte {
	const h, w = 64, 96
	rng := rand.New(rand.NewPCG(seed, 5))
	out := make([]byte, h*w)
	for range 80 {
		y, x, bh, bw, v := rng.IntN(h), rng.IntN(w), 3+rng.IntN(20), 3+rng.IntN(30), byte(20+rng.IntN(220))
		for dy := range min(bh, h-y) {
			for dx := range min(bw, w-x) {
				out[(y+dy)*w+x+dx] = v
			}
		}
	}
	return out
}

func TestPlace(t *testing.T) {
	const h, w = 64, 96
	here, there := somewhere(1), somewhere(2)
	told := 0
	at := time.Duration(0)
	p := NewPlace(here, h, w)
	show := func(frame []byte, seconds int) {
		for range seconds * 10 {
			at += 100 * time.Millisecond
			p.take(at, frame)
			if p.Tell() {
				told++
			}
		}
	}
	show(here, 4)
	if _, known := p.Likeness(); known {
		t.Error("it is known after four seconds")
	}
	show(here, 40)
	if like, known := p.Likeness(); !known || like < scene.Same || p.Other() || told != 0 {
		t.Errorf("its own place: likeness %.2f, %v, told %d times", like, known, told)
	}
	show(there, 80)
	if !p.Other() || told != 1 {
		t.Errorf("the camera was turned: other place %v, told %d times", p.Other(), told)
	}
	show(here, 80)
	if p.Other() {
		t.Error("it is turned back, and not seen to be")
	}
	show(there, 80)
	if told != 2 {
		t.Errorf("turned again: told %d times", told)
	}
	at = 0 // the stream begins anew
	show(there, 70)
	if told != 2 || !p.Other() {
		t.Errorf("told %d times", told)
	}
}

// TestPlaceOfShortStream: a stream that ends before the first look is looked at by
// what there is.
func TestPlaceOfShortStream(t *testing.T) {
	const h, w = 64, 96
	for seconds, want := range map[int]bool{1: false, 2: true} {
		p := NewPlace(somewhere(1), h, w)
		for i := range seconds * 10 {
			p.take(time.Duration(i)*100*time.Millisecond, somewhere(2))
		}
		p.End()
		if p.Tell() != want {
			t.Errorf("%d s: told %v", seconds, !want)
		}
	}
}

// TestNoPicture: a bundle without a picture, or with one of another size, tells
// nothing.
func TestNoPicture(t *testing.T) {
	for _, picture := range [][]byte{nil, make([]byte, 5)} {
		p := NewPlace(picture, 64, 96)
		for i := range 100 {
			p.take(time.Duration(i)*time.Second, somewhere(2))
		}
		p.End()
		if _, known := p.Likeness(); known || p.Tell() || p.Other() {
			t.Error("it tells of a place that it does not know")
		}
	}
}

// TestPlaceLeavesOut: samples that show the bundle's picture where a zone leaves out are
// not the more like it, and its own place is known by what is left.
func TestPlaceLeavesOut(t *testing.T) {
	const h, w = 64, 96
	here, there := somewhere(1), somewhere(2)
	counts, cut := make([]bool, h*w), slices.Clone(there)
	for i := range counts {
		if counts[i] = i%w >= 60; !counts[i] {
			cut[i] = here[i]
		}
	}
	for name, c := range map[string]struct {
		frame []byte
		other bool
	}{"another place": {cut, true}, "its own": {here, false}} {
		p := NewPlace(here, h, w)
		p.leave(counts)
		for at := range 100 {
			p.take(time.Duration(at)*100*time.Millisecond, c.frame)
		}
		if like, known := p.Likeness(); !known || p.Other() != c.other {
			t.Errorf("%s: likeness %.2f, %v", name, like, known)
		}
	}
	p := NewPlace(here, h, w)
	for at := range 100 {
		p.take(time.Duration(at)*100*time.Millisecond, cut)
	}
	if p.Other() {
		t.Error("without the zone the picture of the bundle is another place")
	}
}

package actors

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"avid/models/synth"
	"avid/models/synth/synthtest"
)

// extent is the bounds of a mask and the mean of its columns.
func extent(mask []byte, w int) (top, bottom int, column float64) {
	top = math.MaxInt
	n := 0
	for i, m := range mask {
		if m != 0 {
			top, bottom = min(top, i/w), max(bottom, i/w+1)
			column += float64(i % w)
			n++
		}
	}
	return top, bottom, column / float64(max(n, 1))
}

// TestPlay: the actor alone is in the mask, all of it, about as tall as the people of
// the synthetic walkway are, at walking pace or standing; the same for the same seed.
func TestPlay(t *testing.T) {
	frames, h, w := synthtest.Film(t, 24)
	for _, kind := range synth.Irregulars() {
		for _, standing := range []bool{false, true} {
			role := Role{Kind: kind, Standing: standing, Seed: 5}
			c, err := Play(frames, h, w, 10, role)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := Play(frames, h, w, 10, role)
			var first, last float64
			for k, mask := range c.Masks {
				if !bytes.Equal(mask, again.Masks[k]) || !bytes.Equal(c.Frames[k], again.Frames[k]) {
					t.Fatalf("%v: not the same again", role)
				}
				seen := 0
				for i := range mask {
					d := int(c.Frames[k][i]) - int(frames[k][i])
					if mask[i] == 0 && (d > 140 || d < -140) {
						t.Fatalf("%v, frame %d: pixel %d differs by %d outside the mask", role, k, i, d)
					}
					if mask[i] != 0 {
						seen++
					}
				}
				top, bottom, column := extent(mask, w)
				if seen < 15 || kind != synth.Bag && bottom-top < h/16 || bottom-top > h/2 {
					t.Errorf("%v, frame %d: %d pixels from row %d to %d", role, k, seen, top, bottom)
				}
				if last = column; k == 0 {
					first = column
				}
			}
			moved := math.Abs(last - first)
			if still := standing || kind == synth.Bag; still && moved > 0.01 || !still && moved < 5 {
				t.Errorf("%v moved by %.1f pixels", role, moved)
			}
		}
	}
}

// TestPlayWithoutPeople: an empty place has room for an actor too, and what cannot be
// acted in is refused.
func TestPlayWithoutPeople(t *testing.T) {
	empty := slices.Repeat([][]byte{bytes.Repeat([]byte{90}, 96*64)}, 8)
	c, err := Play(empty, 64, 96, 10, Role{Kind: synth.Cart})
	if err != nil {
		t.Fatal(err)
	}
	if top, bottom, _ := extent(c.Masks[4], 96); bottom-top < 5 {
		t.Errorf("rows %d to %d", top, bottom)
	}
	if bytes.IndexByte(empty[0], 91) >= 0 || empty[0][0] != 90 {
		t.Error("the footage was changed")
	}
	for name, err := range map[string]error{
		"none":      second(Play(nil, 64, 96, 10, Role{})),
		"short":     second(Play([][]byte{make([]byte, 5)}, 64, 96, 10, Role{})),
		"tiny":      second(Play([][]byte{make([]byte, 64)}, 8, 8, 10, Role{})),
		"timeless":  second(Play(empty, 64, 96, 0, Role{})),
		"no number": second(Play(empty, 64, 96, math.NaN(), Role{})),
	} {
		if !errors.Is(err, ErrFrames) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ *Clip, err error) error { return err }

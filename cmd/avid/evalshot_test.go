package main

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/font/liberation"

	"avid/models/datasets"
	"avid/models/nets"
	"avid/runtime/evaluate"
	"avid/runtime/verdict"
)

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		s    shot
		want string
	}{
		{shot{irregular: true, masked: true, score: 4.256, threshold: 1, truths: 8, both: 7}, "found: score 4.26 ≥ 1.00, 88 % of the truth marked"},
		{shot{irregular: true, score: 1, threshold: 1}, "found: score 1.00 ≥ 1.00"},
		{shot{irregular: true, masked: true, score: -1.5, threshold: -1, truths: 8}, "missed: score −1.50 < −1.00"},
		{shot{irregular: true, score: math.Inf(-1), threshold: 1}, "missed: score −∞ < 1.00"},
		{shot{masked: true, score: 2, threshold: 1}, "false alarm: score 2.00 ≥ 1.00"},
		{shot{score: 2, threshold: math.Inf(1)}, "rightly not marked: score 2.00 < ∞"},
	} {
		if got := c.s.verdict(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestCompare: a mask of 2 x 1 pixels under a picture of 4 x 2.
func TestCompare(t *testing.T) {
	s := newShot("a", "a", 3, evaluate.Truth{Irregular: true, Masked: true}, &verdict.Verdict{Score: 2 * nets.Outside, Threshold: 1})
	s.compare([]byte{0, 255}, 1, 2, []byte{0, 1, 1, 0, 0, 0, 0, 9}, 2, 4)
	if s.truths != 3 || s.marks != 4 || s.both != 2 || !math.IsInf(s.score, -1) {
		t.Errorf("%d pixels of truth, %d marked, %d both, score %v; want 3, 4, 2, -Inf", s.truths, s.marks, s.both, s.score)
	}
	if rank, _ := s.rankAs(weakest); rank != [2]float64{math.Inf(1), 3} {
		t.Errorf("rank %v", rank)
	}
}

// TestKeep: large pictures are made smaller, the others copied.
func TestKeep(t *testing.T) {
	gray := []byte{10, 20, 30, 40, 50, 60}
	var s shot
	s.keep(datasets.Picture{Gray: gray, Width: 3, Height: 2}, nil, []byte{1})
	if s.w != 3 || s.h != 2 || !bytes.Equal(s.gray, gray) || s.truth != nil || &s.gray[0] == &gray[0] {
		t.Errorf("%dx%d %v", s.w, s.h, s.gray)
	}
	const w, h = longestKept + 1, 3 // two to one; what is odd is cut off
	large, truth := make([]byte, w*h), make([]byte, w*h)
	copy(large, []byte{10, 20, 30, 30})
	copy(large[w:], []byte{30, 40, 30, 30})
	truth[w+3] = 255
	s.keep(datasets.Picture{Gray: large, Width: w, Height: h}, truth, nil)
	if s.w != longestKept/2 || s.h != 1 || !bytes.Equal(s.gray[:3], []byte{25, 30, 0}) || !bytes.Equal(s.truth[:3], []byte{0, 255, 0}) {
		t.Errorf("%dx%d %v, truth %v", s.w, s.h, s.gray[:3], s.truth[:3])
	}
	// A line of pixels cannot be halved in height.
	s.keep(datasets.Picture{Gray: bytes.Repeat([]byte{7}, 2*longestKept), Width: 2 * longestKept, Height: 1}, nil, nil)
	if s.w != longestKept || s.h != 1 || s.gray[longestKept-1] != 7 {
		t.Errorf("%dx%d", s.w, s.h)
	}
}

func TestWidened(t *testing.T) {
	got := widened([]byte{
		0, 0, 0, 0, 5,
		0, 0, 0, 0, 0,
		0, 0, 0, 0, 0,
		7, 0, 0, 0, 0,
	}, 5)
	want := []byte{
		0, 0, 0, 5, 5,
		0, 0, 0, 5, 5,
		7, 7, 0, 0, 0,
		7, 7, 0, 0, 0,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestWordsFit: what is too long is cut, and stays inside.
func TestWordsFit(t *testing.T) {
	e, err := newEasel(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"short", "much too long for so little room", "∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩∩", ""} {
		c := e.canvas(120, 30)
		c.text(e.bold, inkColor, 10, 20, 80, words)
		ink := 0
		for i := 0; i < len(c.img.Pix); i += 4 {
			if x := i / 4 % 120; c.img.Pix[i] < 200 {
				ink++
				if x < 9 || x > 80 {
					t.Errorf("%q has ink in column %d", words, x)
				}
			}
		}
		if (ink > 0) != (words != "") {
			t.Errorf("%q has %d dark pixels", words, ink)
		}
	}
}

// TestFontHasTheSigns: what captions need beside letters.
func TestFontHasTheSigns(t *testing.T) {
	fonts := 0
	for _, f := range liberation.Collection() {
		if f.Font.Variant != "Sans" {
			continue
		}
		fonts++
		for _, r := range "≥<−∞…%∩" {
			if i, err := f.Face.GlyphIndex(nil, r); err != nil || i == 0 {
				t.Errorf("no %c in %s, %v", r, f.Name(), err)
			}
		}
	}
	if fonts == 0 {
		t.Error("no such font")
	}
}

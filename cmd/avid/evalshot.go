package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"avid/models/datasets"
	"avid/models/nets"
	"avid/runtime/evaluate"
	"avid/runtime/mask"
	"avid/runtime/verdict"
)

// The kinds of shots.
const (
	hit       = iota // irregular, and marks and truth agree most
	weakest          // irregular, at the lowest score: the worst miss, if it was missed
	loudest          // normal, at the highest score: the worst false alarm, if it was marked
	shotKinds = iota
)

// shotNames are the kinds in file names.
var shotNames = [shotKinds]string{"hit", "weakest", "normal"}

// shot is a frame with its verdict. The picture is kept when it is worth it.
type shot struct {
	clip, file string // file is clip as a part of a file's name, and no other clip's
	k          int
	irregular  bool
	masked     bool // there is pixel truth
	score      float64
	threshold  float64
	rank       [2]float64 // among others of its kind, in this order; larger is more telling

	// Of compare.
	truths, marks, both int // pixels of the truth, under the mask, and both

	// Of keep.
	w, h        int
	gray, truth []byte // w x h; truth may be nil
	mask        []byte // of the model's size
}

func newShot(clip, file string, k int, t evaluate.Truth, r *verdict.Verdict) shot {
	s := shot{clip: clip, file: file, k: k, irregular: t.Irregular, masked: t.Masked,
		score: float64(r.Score), threshold: float64(r.Threshold)}
	if r.Score <= nets.Outside {
		s.score = math.Inf(-1)
	}
	return s
}

// compare counts pixels of the picture, each under the mask's pixel in which its
// centre lies.
func (s *shot) compare(marks []byte, h, w int, truth []byte, th, tw int) {
	under := make([]byte, th*tw)
	mask.Scale(under, tw, th, tw, marks, w, h)
	for i, m := range under {
		if m != 0 {
			s.marks++
		}
		if truth != nil && truth[i] != 0 {
			s.truths++
			if m != 0 {
				s.both++
			}
		}
	}
}

// marked tells whether the filter would mark the frame.
func (s *shot) marked() bool { return s.score >= s.threshold }

// rankAs returns the shot's rank in a kind, and whether it is of that kind. Hits are
// ranked by intersection over union of mask and truth, without pixel truth by score.
func (s *shot) rankAs(kind int) (rank [2]float64, ok bool) {
	over := s.score - s.threshold
	switch kind {
	case hit:
		if !s.masked {
			return [2]float64{-1, over}, s.irregular && s.marked()
		}
		return [2]float64{float64(s.both) / float64(max(1, s.truths+s.marks-s.both)), over}, s.irregular && s.marked() && s.both > 0
	case weakest:
		return [2]float64{-over, float64(s.truths)}, s.irregular
	}
	return [2]float64{over, float64(s.marks)}, !s.irregular
}

// longestKept is the side of the largest picture that is kept as it is.
const longestKept = 960

// keep copies the picture, made smaller when it is large: gray levels by their
// mean, the truth where any pixel has it.
func (s *shot) keep(p datasets.Picture, truth, mask []byte) {
	n := (max(p.Width, p.Height) + longestKept - 1) / longestKept
	s.w, s.h = max(1, p.Width/n), max(1, p.Height/n)
	s.mask = slices.Clone(mask)
	s.gray = make([]byte, s.w*s.h)
	if truth != nil {
		s.truth = make([]byte, s.w*s.h)
	}
	for i := range s.gray {
		sum, any := 0, byte(0)
		for y := range min(n, p.Height) {
			from := (i/s.w*n+y)*p.Width + i%s.w*n
			for x := range min(n, p.Width) {
				sum += int(p.Gray[from+x])
				if truth != nil {
					any |= truth[from+x]
				}
			}
		}
		s.gray[i] = byte(sum / (min(n, p.Height) * min(n, p.Width)))
		if truth != nil {
			s.truth[i] = any
		}
	}
}

func (s *shot) name() string { return fmt.Sprintf("clip %s, frame %d", s.clip, s.k) }

// verdict is what became of the frame, in words.
func (s *shot) verdict() string {
	word, sign := "rightly not marked", "<"
	switch {
	case s.irregular && s.marked():
		word = "found"
	case s.irregular:
		word = "missed"
	case s.marked():
		word = "false alarm"
	}
	if s.marked() {
		sign = "≥"
	}
	text := fmt.Sprintf("%s: score %s %s %s", word, signed(s.score), sign, signed(s.threshold))
	if s.irregular && s.masked && s.marked() {
		text += fmt.Sprintf(", %.0f %% of the truth marked", 100*float64(s.both)/float64(max(1, s.truths)))
	}
	return text
}

// signed is a score with the proper sign.
func signed(v float64) string {
	if math.IsInf(v, 0) {
		return strings.NewReplacer("-", "−", "+", "", "Inf", "∞").Replace(fmt.Sprint(v))
	}
	return strings.ReplaceAll(fmt.Sprintf("%.2f", v), "-", "−")
}

// ranking are shots of a kind, the most telling first, at most sheetRows; of one
// clip they are apart.
type ranking []*shot

// wants tells whether s has a place.
func (r ranking) wants(s *shot) bool {
	for _, o := range r {
		if s.near(o) && s.order(o) <= 0 {
			return false
		}
	}
	return len(r) < sheetRows || s.order(r[len(r)-1]) > 0
}

// add gives s, which is wanted, its place.
func (r *ranking) add(s *shot) {
	*r = slices.DeleteFunc(*r, s.near)
	at := 0
	for at < len(*r) && s.order((*r)[at]) <= 0 {
		at++
	}
	*r = slices.Insert(*r, at, s)
	*r = slices.Delete(*r, min(len(*r), sheetRows), len(*r))
}

func (s *shot) near(o *shot) bool { return s.file == o.file && max(s.k-o.k, o.k-s.k) < apart }

// order is positive when s is more telling than o.
func (s *shot) order(o *shot) int {
	return cmp.Or(cmp.Compare(s.rank[0], o.rank[0]), cmp.Compare(s.rank[1], o.rank[1]))
}

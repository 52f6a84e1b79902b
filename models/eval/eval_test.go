package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

var inf = float32(math.Inf(1))

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func labels(s string) []bool {
	b := make([]bool, len(s))
	for i := range s {
		b[i] = s[i] == '1'
	}
	return b
}

func TestROCByHand(t *testing.T) {
	for _, c := range []struct {
		name     string
		scores   []float32
		labels   string
		auc, eer float64
	}{
		{"perfect", []float32{3, 2, 1, 0}, "1100", 1, 0},
		{"reversed", []float32{0, 1, 2, 3}, "1100", 0, 1},
		{"all equal", []float32{5, 5, 5, 5}, "1010", 0.5, 0.5},
		{"one pair of four wrong", []float32{4, 3, 2, 1}, "1010", 0.75, 0.5},
		// Points (0,1/3) (0,2/3) (1/3,2/3) (1/3,1) …: FPR = 1-TPR at 1/3.
		{"three and three", []float32{6, 5, 4, 3, 2, 1}, "110100", 8.0 / 9, 1.0 / 3},
		// (0,.5) then a tie of one each: (0,.5) to (.5,1), crossing at .25.
		{"tie", []float32{3, 2, 2, 1}, "1100", 0.875, 0.25},
		{"one never found", []float32{2, -inf, 1, -inf}, "1100", 0.625, 0.5},
		{"infinite", []float32{inf, 1, 0, -inf}, "1100", 1, 0},
	} {
		curve, err := ROC(c.scores, labels(c.labels))
		if err != nil {
			t.Fatal(c.name, err)
		}
		if !near(curve.AUC(), c.auc) || !near(curve.EER(), c.eer) {
			t.Errorf("%s: AUC %.4f EER %.4f, want %.4f %.4f", c.name, curve.AUC(), curve.EER(), c.auc, c.eer)
		}
		if last := curve[len(curve)-1]; last.FalsePositive != 1 || last.TruePositive != 1 {
			t.Errorf("%s: curve ends at %+v", c.name, last)
		}
	}
}

func TestROCRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		scores []float32
		labels string
		want   error
	}{
		{nil, "", ErrOneClass}, {[]float32{1, 2}, "11", ErrOneClass}, {[]float32{1, 2}, "00", ErrOneClass},
		{[]float32{1, nan}, "10", ErrScore}, {[]float32{1}, "10", ErrSize},
	} {
		if _, err := ROC(c.scores, labels(c.labels)); !errors.Is(err, c.want) {
			t.Errorf("ROC(%v, %s): %v, want %v", c.scores, c.labels, err, c.want)
		}
	}
}

// TestROCAgainstPairs: the area is the share of pairs in the right order.
func TestROCAgainstPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		n := 2 + r.IntN(40)
		scores, positive := make([]float32, n), make([]bool, n)
		for i := range scores {
			scores[i], positive[i] = float32(r.IntN(8)), r.IntN(3) == 0
		}
		positive[0], positive[1] = true, false
		sum, pairs := 0.0, 0.0
		for i := range scores {
			for j := range scores {
				if positive[i] && !positive[j] {
					pairs++
					if scores[i] > scores[j] {
						sum++
					} else if scores[i] == scores[j] {
						sum += 0.5
					}
				}
			}
		}
		curve, err := ROC(scores, positive)
		if err != nil {
			t.Fatal(err)
		}
		if !near(curve.AUC(), sum/pairs) {
			t.Fatalf("AUC %v, by pairs %v", curve.AUC(), sum/pairs)
		}
	}
}

// painted judges a frame at threshold t by painting it, pixel by pixel.
func painted(scores []float32, h, w int, truth []byte, th, tw int, t float32) (plain, dual, any bool) {
	all, on, total := 0, 0, 0
	for y := range th {
		for x := range tw {
			cy := int((float64(y) + 0.5) * float64(h) / float64(th))
			cx := int((float64(x) + 0.5) * float64(w) / float64(tw))
			mark := scores[cy*w+cx] >= t
			if mark {
				all++
			}
			if truth[y*tw+x] != 0 {
				total++
				if mark {
					on++
				}
			}
		}
	}
	plain = total > 0 && 10*on >= 4*total
	return plain, plain && 10*on >= all, all > 0
}

// TestPixelsAgainstPainting: every point of both curves against the plain
// definition, on random frames with equal scores and -Inf among them.
func TestPixelsAgainstPainting(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const h, w, th, tw = 4, 6, 8, 9
	for range 20 {
		var p Pixels
		var scores [][]float32
		var truths [][]byte
		for k := range 14 {
			s, m := make([]float32, h*w), make([]byte, th*tw)
			for i := range s {
				s[i] = float32(r.IntN(6))
				if r.IntN(4) == 0 {
					s[i] = -inf
				}
			}
			if k%2 == 0 {
				x, y := r.IntN(tw-3), r.IntN(th-2)
				for d := range 6 {
					m[(y+d/3)*tw+x+d%3] = 255
				}
			}
			scores, truths = append(scores, s), append(truths, m)
			if err := p.Add(s, h, w, m, th, tw); err != nil {
				t.Fatal(err)
			}
		}
		plain, err := p.Plain()
		if err != nil {
			t.Fatal(err)
		}
		dual, err := p.Dual()
		if err != nil {
			t.Fatal(err)
		}
		judge := func(curve Curve, isDual bool) {
			best := 0
			for _, point := range curve {
				tp, fp := 0, 0
				for k := range scores {
					a, b, any := painted(scores[k], h, w, truths[k], th, tw, float32(point.Threshold))
					if k%2 == 0 && (a && !isDual || b && isDual) {
						tp++
					}
					if k%2 == 1 && any {
						fp++
					}
				}
				if best = max(best, tp); isDual {
					tp = best
				}
				if !near(point.TruePositive, float64(tp)/7) || !near(point.FalsePositive, float64(fp)/7) {
					t.Fatalf("dual %v, threshold %v: %+v, by painting %d and %d of 7", isDual, point.Threshold, point, tp, fp)
				}
			}
		}
		judge(plain, false)
		judge(dual, true)
		if dual.AUC() > plain.AUC()+1e-9 {
			t.Errorf("dual %v above plain %v", dual.AUC(), plain.AUC())
		}
	}
}

// TestPixelsByHand: one irregular frame of ten truth pixels, of which the
// fourth best scores 2, against a normal frame whose best scores 3 or 1.
func TestPixelsByHand(t *testing.T) {
	truth := []byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}
	hit := []float32{9, 5, 4, 2, 1, 1, 0, 0, 0, 0, -1, -1}
	for _, c := range []struct {
		name   string
		normal float32
		auc    float64
	}{{"found first", 1, 1}, {"alarm first", 3, 0}, {"together", 2, 0.5}} {
		var p Pixels
		quiet := make([]float32, 12)
		quiet[5] = c.normal
		if err := p.Add(hit, 3, 4, truth, 3, 4); err != nil {
			t.Fatal(err)
		}
		if err := p.Add(quiet, 3, 4, nil, 0, 0); err != nil {
			t.Fatal(err)
		}
		curve, err := p.Plain()
		if err != nil || !near(curve.AUC(), c.auc) {
			t.Errorf("%s: AUC %v, %v; want %v", c.name, curve.AUC(), err, c.auc)
		}
		if a, b := p.Frames(); a != 1 || b != 1 {
			t.Errorf("%d and %d frames", a, b)
		}
	}
}

// TestDualPunishesPainting: marking everything finds every frame at pixel
// level and none at dual-pixel level, as truth is one pixel in twenty.
func TestDualPunishesPainting(t *testing.T) {
	var p Pixels
	flat, truth := make([]float32, 20), make([]byte, 20)
	truth[3] = 255
	low := make([]float32, 20)
	for i := range low {
		low[i] = -5
	}
	if p.Add(flat, 4, 5, truth, 4, 5) != nil || p.Add(low, 4, 5, nil, 0, 0) != nil {
		t.Fatal("not taken")
	}
	plain, _ := p.Plain()
	dual, _ := p.Dual()
	if plain.AUC() != 1 || dual.AUC() != 0 || dual.EER() != 1 {
		t.Errorf("plain AUC %v, dual AUC %v EER %v; want 1, 0, 1", plain.AUC(), dual.AUC(), dual.EER())
	}
}

// TestDualPerfect: what finds the truth exactly is perfect, though painting
// everything, at the end of the sweep, would lose the frame again.
func TestDualPerfect(t *testing.T) {
	var p Pixels
	hit, none, truth := make([]float32, 20), make([]float32, 20), make([]byte, 20)
	for i := range hit {
		hit[i], none[i] = -inf, -inf
	}
	hit[3], truth[3] = 2, 255
	if p.Add(hit, 4, 5, truth, 4, 5) != nil || p.Add(none, 4, 5, nil, 0, 0) != nil {
		t.Fatal("not taken")
	}
	if dual, err := p.Dual(); err != nil || dual.AUC() != 1 || dual.EER() != 0 {
		t.Errorf("AUC %v, EER %v, %v", dual.AUC(), dual.EER(), err)
	}
}

func TestPixelsRefuse(t *testing.T) {
	var p Pixels
	if err := p.Add(make([]float32, 5), 2, 3, nil, 0, 0); !errors.Is(err, ErrSize) {
		t.Errorf("5 scores for 2x3: %v", err)
	}
	if err := p.Add(make([]float32, 6), 2, 3, make([]byte, 5), 2, 3); !errors.Is(err, ErrSize) {
		t.Errorf("5 truth pixels for 2x3: %v", err)
	}
	if err := p.Add([]float32{float32(math.NaN())}, 1, 1, nil, 0, 0); !errors.Is(err, ErrScore) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := p.Plain(); !errors.Is(err, ErrOneClass) {
		t.Errorf("no frames: %v", err)
	}
}

func TestCoverage(t *testing.T) {
	var c Coverage
	// A mask of 1x2 over pictures of 2x4: the left half is marked. Top left
	// two pixels are truth; one pixel on each side moves besides.
	truth := []byte{255, 255, 0, 0, 0, 0, 255, 0}
	now := []byte{200, 0, 0, 0, 50, 0, 0, 116}
	before := []byte{0, 0, 0, 15, 34, 0, 0, 100}
	if err := c.Add([]byte{255, 0}, 1, 2, now, before, truth, 2, 4); err != nil {
		t.Fatal(err)
	}
	if want := (Coverage{3, 2, 2, 1}); c != want {
		t.Errorf("coverage %+v, want %+v", c, want)
	}
	a, b := c.Shares()
	if !near(a, 2.0/3) || !near(b, 0.5) {
		t.Errorf("shares %v, %v", a, b)
	}
	if err := c.Add([]byte{255}, 1, 2, now, before, truth, 2, 4); !errors.Is(err, ErrSize) {
		t.Errorf("short mask: %v", err)
	}
	if a, b := (&Coverage{}).Shares(); a != 0 || b != 0 {
		t.Errorf("nothing seen: %v, %v", a, b)
	}
}

package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// pair adds a frame to t: pixel errors and region scores of h x w, truth of the
// same size or nil.
func pair(t *testing.T, two *TwoThresholds, e, d []float32, h, w int, truth []byte) {
	t.Helper()
	var errs, region ranked
	var g grid
	if errs.set(e, h, w) != nil || region.set(d, h, w) != nil || g.set(h, w, truth, h, w) != nil {
		t.Fatal("not taken")
	}
	two.add(&errs, &region, &g, g.total > 0)
}

// TestTwoThresholdsByHand: D alone is misled by a quiet place that it finds
// irregular, I alone by a loud one; an α between leaves only what both see.
func TestTwoThresholdsByHand(t *testing.T) {
	var two TwoThresholds
	pair(t, &two, []float32{0.1, 0, 0}, []float32{3, 0, 0}, 1, 3, []byte{1, 0, 0})
	pair(t, &two, []float32{0, 0, 0.3}, []float32{9, 0, 0}, 1, 3, nil)
	frame, err := two.Frame()
	if err != nil {
		t.Fatal(err)
	}
	pixel, err := two.Pixel()
	if err != nil {
		t.Fatal(err)
	}
	if frame.AUC() != 1 || pixel.AUC() != 1 || frame.EER() != 0 || pixel.EER() != 0 {
		t.Errorf("AUC %v and %v, want 1 with the best pair", frame.AUC(), pixel.AUC())
	}
	if _, err := (&TwoThresholds{}).Frame(); err == nil {
		t.Error("a curve of nothing")
	}
}

func TestAlphas(t *testing.T) {
	if n := len(Alphas); n != 25 || Alphas[0] != -inf || math.Abs(float64(Alphas[1])-0.001) > 1e-9 || math.Abs(float64(Alphas[n-1])-0.5) > 1e-6 {
		t.Errorf("%d thresholds: %v", len(Alphas), Alphas)
	}
	for k, a := range Alphas {
		if k > 0 && a <= Alphas[k-1] {
			t.Errorf("α %v after %v", a, Alphas[k-1])
		}
		if level(a) != k {
			t.Errorf("an error of α %v reaches number %d, want %d", a, level(a), k)
		}
	}
	if level(-0.01) != 0 || level(1) != len(Alphas)-1 || level(0.0005) != 0 {
		t.Error("errors between the thresholds")
	}
}

// TestEnvelopeOfOne: the envelope of one curve is that curve, and that of two
// has, at each number of false positives, the better of them.
func TestEnvelopeOfOne(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 40 {
		n := 4 + r.IntN(30)
		a, b, positive := make([]float32, n), make([]float32, n), make([]bool, n)
		for i := range a {
			a[i], b[i], positive[i] = float32(r.IntN(12)), r.Float32(), r.IntN(2) == 0
		}
		positive[0], positive[1] = true, false
		first, err := ROC(a, positive)
		if err != nil {
			t.Fatal(err)
		}
		second, err := ROC(b, positive)
		if err != nil {
			t.Fatal(err)
		}
		normal := n - count(positive)
		if one := envelope([]Curve{first}, normal); !near(one.AUC(), first.AUC()) || !near(one.EER(), first.EER()) {
			t.Fatalf("AUC %v EER %v, want %v %v", one.AUC(), one.EER(), first.AUC(), first.EER())
		}
		both := envelope([]Curve{first, second}, normal)
		if both.AUC() < max(first.AUC(), second.AUC())-1e-9 || both.EER() > min(first.EER(), second.EER())+1e-9 {
			t.Fatalf("AUC %v of the best of %v and %v", both.AUC(), first.AUC(), second.AUC())
		}
		if last := both[len(both)-1]; both[0] != (Point{Threshold: math.Inf(1)}) || last.TruePositive != 1 || last.FalsePositive != 1 {
			t.Fatalf("from %+v to %+v", both[0], last)
		}
	}
}

// TestTwoThresholdsAgainstPainting: no pair of thresholds is above the curves,
// and at frame level, where all scores differ, the best pair is on it.
func TestTwoThresholdsAgainstPainting(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	const h, w, frames = 3, 4, 16
	var two TwoThresholds
	var e, d [][]float32
	var truths [][]byte
	for k := range frames {
		ee, dd, m := make([]float32, h*w), make([]float32, h*w), make([]byte, h*w)
		for i := range ee {
			ee[i], dd[i] = float32(math.Exp(-7*r.Float64())), float32(r.NormFloat64())
			if k%2 == 0 && i%w < 2 {
				m[i], ee[i], dd[i] = 255, 1.3*ee[i], dd[i]+0.8
			}
		}
		ee[r.IntN(h*w)] = 0.6 // so that every α leaves a pixel
		e, d, truths = append(e, ee), append(d, dd), append(truths, m)
		pair(t, &two, ee, dd, h, w, m)
	}
	frame, err := two.Frame()
	if err != nil {
		t.Fatal(err)
	}
	pixel, err := two.Pixel()
	if err != nil {
		t.Fatal(err)
	}
	var best [2][frames/2 + 1]int // found by false positives
	for _, a := range Alphas {
		for _, scores := range d {
			for _, z := range scores {
				var tp, fp [2]int
				for k := range d {
					marked := make([]float32, h*w)
					for i := range marked {
						if marked[i] = -1; e[k][i] >= a && d[k][i] >= z {
							marked[i] = 1
						}
					}
					covered, _, any := painted(marked, h, w, truths[k], h, w, 0)
					for level, found := range []bool{any, covered} {
						if k%2 == 0 && found {
							tp[level]++
						}
						if k%2 == 1 && any {
							fp[level]++
						}
					}
				}
				for level := range best {
					best[level][fp[level]] = max(best[level][fp[level]], tp[level])
				}
			}
		}
	}
	for level, curve := range []Curve{frame, pixel} {
		top := map[int]float64{}
		for _, p := range curve {
			k := int(math.Round(p.FalsePositive * frames / 2))
			top[k] = max(top[k], p.TruePositive)
		}
		now := 0
		for k, n := range best[level] {
			now = max(now, n)
			want := float64(now) / (frames / 2)
			if top[k] < want-1e-9 || level == 0 && !near(top[k], want) {
				t.Errorf("level %d, %d false positives: %v, by painting %v", level, k, top[k], want)
			}
		}
	}
	errs, positive := make([]float32, frames), make([]bool, frames)
	for k := range errs {
		errs[k], positive[k] = slices.Max(e[k]), k%2 == 0
	}
	i, err := ROC(errs, positive)
	if err != nil {
		t.Fatal(err)
	}
	if best, err := two.Frame(i); err != nil || best.AUC() < max(i.AUC(), frame.AUC()) {
		t.Errorf("AUC %v, %v, beside %v of I alone", best.AUC(), err, i.AUC())
	}
	alone, err := sweep(append([]change(nil), two.frame[0]...), frames/2, frames/2)
	if err != nil || frame.AUC() <= alone.AUC() {
		t.Errorf("both thresholds free give AUC %v, D alone %v, %v: the case tests nothing", frame.AUC(), alone.AUC(), err)
	}
}

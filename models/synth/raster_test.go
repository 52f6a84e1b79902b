package synth

import (
	"math"
	"math/rand/v2"
	"testing"
)

func covered(c *canvas) float64 {
	sum := 0.0
	for _, v := range c.truth {
		sum += float64(v)
	}
	return sum
}

func TestCapsuleArea(t *testing.T) {
	for _, k := range []struct {
		name              string
		u0, v0, u1, v1, r float64
		want, tolerance   float64
	}{
		{"disc", 30.3, 30.7, 30.3, 30.7, 8, math.Pi * 64, 2},
		{"lying", 20, 30, 50, 30, 5, math.Pi*25 + 300, 2},
		{"slanted", 20, 20, 44, 52, 4, math.Pi*16 + 8*40, 3},
		{"thin", 10.2, 30, 50.2, 30, 0.25, 0.5 * 40, 4},
		{"half outside", 0, 30, 0, 30, 8, math.Pi * 32, 2},
		{"outside", -50, -50, -60, -60, 5, 0, 0},
	} {
		c := newCanvas(64, 64)
		c.capsule(k.u0, k.v0, k.r, k.u1, k.v1, k.r, colour{1, 1, 1}, light{vec{0, 0, -1}, 1}, 1)
		if got := covered(c); math.Abs(got-k.want) > k.tolerance {
			t.Errorf("%s: area %.1f, want %.1f", k.name, got, k.want)
		}
	}
}

func TestPolygonArea(t *testing.T) {
	for _, k := range []struct {
		name string
		u, v []float64
		want float64
	}{
		{"square on pixels", []float64{10, 20, 20, 10}, []float64{10, 10, 20, 20}, 100},
		{"square off pixels", []float64{10.5, 20.5, 20.5, 10.5}, []float64{10.25, 10.25, 20.25, 20.25}, 100},
		{"turning the other way", []float64{10, 10, 20, 20}, []float64{10, 20, 20, 10}, 100},
		{"diamond", []float64{30, 40, 30, 20}, []float64{20, 30, 40, 30}, 200},
		{"degenerate", []float64{30, 40, 50}, []float64{20, 20, 20}, 0},
	} {
		c := newCanvas(64, 64)
		c.polygon(k.u, k.v, colour{1, 1, 1}, 1)
		if got := covered(c); math.Abs(got-k.want) > 3 {
			t.Errorf("%s: area %.1f, want %.1f", k.name, got, k.want)
		}
	}
}

func TestProjectIsRayBackwards(t *testing.T) {
	c := newCamera(vec{1, 8, -10}, 0.1, 0.5, 380, 240, 360)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		u, v := 360*r.Float64(), 240*r.Float64()
		d := c.ray(u, v)
		if math.Abs(d.length()-1) > 1e-12 {
			t.Fatalf("ray of length %v", d.length())
		}
		gu, gv, depth := c.project(c.pos.add(d.scale(5 + 20*r.Float64())))
		if math.Abs(gu-u) > 1e-6 || math.Abs(gv-v) > 1e-6 || depth <= 0 {
			t.Fatalf("ray of %v,%v projects to %v,%v at %v", u, v, gu, gv, depth)
		}
	}
	if _, _, depth := c.project(c.pos.sub(c.forward)); depth > 0 {
		t.Error("a point behind the camera projects")
	}
}

func TestBendKeepsBoneLengths(t *testing.T) {
	for _, dir := range []float64{1, -1} {
		x, y := bend(0, 1, 0.3, 0.4, 0.45, 0.5, dir)
		if l := math.Hypot(x, y-1); math.Abs(l-0.45) > 1e-9 {
			t.Errorf("first bone %v, want 0.45", l)
		}
		if l := math.Hypot(x-0.3, y-0.4); math.Abs(l-0.5) > 1e-9 {
			t.Errorf("second bone %v, want 0.5", l)
		}
	}
	a, _ := bend(0, 1, 0, 0.2, 0.45, 0.5, 1)
	b, _ := bend(0, 1, 0, 0.2, 0.45, 0.5, -1)
	if a <= 0 || b >= 0 {
		t.Errorf("knee ahead at %v, elbow behind at %v", a, b)
	}
}

func TestNoiseIsBounded(t *testing.T) {
	for i := range 1000 {
		x := float64(i) * 0.37
		if v := value2(x, -x, 3); v < 0 || v > 1 {
			t.Fatalf("value2 = %v", v)
		}
		if v := value3(vec{x, -x, x / 3}, 3); v < 0 || v > 1 {
			t.Fatalf("value3 = %v", v)
		}
		if v := fractal(x, -x, 4, 3); v < -1 || v > 1 {
			t.Fatalf("fractal = %v", v)
		}
	}
}

// TestNobodyWalksThroughAnother: pedestrians keep 0.65 m between their middles.
func TestNobodyWalksThroughAnother(t *testing.T) {
	c := small()
	c.Pedestrians, c.Frames = 14, 200
	s := scene(t, c)
	for k := range c.Frames {
		now := float64(k) / c.Rate
		for i, a := range s.actors {
			for _, b := range s.actors[:i] {
				if a.present(now) && b.present(now) {
					if d := a.axes(now).at.sub(b.axes(now).at).length(); d < 0.3 {
						t.Fatalf("frame %d: %d and %d are %.2f m apart", k, a.id, b.id, d)
					}
				}
			}
		}
	}
}

package nets_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/onnx/ref"
)

// TestRelight: a ground with texture is found again under another exposure, a gradient
// of light, a shadow with a soft edge, and noise, with people in front of it; where they
// stand it is the ground too.
func TestRelight(t *testing.T) {
	const h, w = 64, 96
	rng := rand.New(rand.NewPCG(3, 3))
	g := onnx.NewGraph("test")
	g.Output("y", nets.Relight(g, g.Input("x", onnx.Float, 1, 3, h, w), g.Input("ground", onnx.Float, 1, 1, h, w)))
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	ground := make([]float64, h*w)
	for i := range ground {
		y, x := float64(i/w), float64(i%w)
		ground[i] = 0.4 + 0.1*math.Sin(y/9) + 0.1*math.Cos(x/7) + 0.03*rng.NormFloat64()
	}
	step := func(v, at, soft float64) float64 { return min(max((v-at)/soft+0.5, 0), 1) }
	for name, light := range map[string]func(y, x float64) float64{
		"the same":  func(_, _ float64) float64 { return 1 },
		"half":      func(_, _ float64) float64 { return 0.5 },
		"brighter":  func(_, _ float64) float64 { return 1.4 },
		"gradient":  func(y, x float64) float64 { return 0.8 + 0.4*x/w - 0.2*y/h },
		"a shadow":  func(_, x float64) float64 { return 1 - 0.35*step(x, 50, 30) },
		"in a spot": func(y, x float64) float64 { return 1 - 0.3*math.Exp(-((y-30)*(y-30)+(x-60)*(x-60))/800) },
	} {
		in, b := ref.New(1, 3, h, w), ref.New(1, 1, h, w)
		copy(b.Data, ground)
		for i := range ground {
			y, x := i/w, i%w
			v := ground[i] * light(float64(y), float64(x))
			if y > 20 && y < 40 && (x > 10 && x < 18 || x > 60 && x < 68) { // two people
				v = 0.05
			}
			in.Data[2*h*w+i] = v + 0.01*rng.NormFloat64()
		}
		out, err := ref.Run(g, map[string]*ref.Tensor{"x": in, "ground": b})
		if err != nil {
			t.Fatal(err)
		}
		var worst, before float64
		for i, v := range out["y"].Data {
			want := ground[i] * light(float64(i/w), float64(i%w))
			worst, before = max(worst, math.Abs(v-want)), max(before, math.Abs(ground[i]-want))
		}
		t.Logf("%s: off by up to %.3f, %.3f without", name, worst, before)
		if worst > 0.05 || before > 0.05 && worst > before/2 {
			t.Errorf("%s: off by up to %.3f, %.3f without", name, worst, before)
		}
	}
}

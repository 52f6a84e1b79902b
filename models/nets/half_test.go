package nets_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/models/train"
)

func packed(t *testing.T, spoil func(inpainter, detector []float32)) *bundle.Bundle {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 8))
	f := nets.Fused{Height: 32, Width: 48, ErrorBox: 3, Dilation: 3, RegionBox: 3,
		Inpainter: nets.Inpainter{BaseWidth: 12, Depth: 1, Stem: 2, Norm: "none", Ground: nets.Given}, Detector: nets.DefaultDetector(), GroundStep: 0.001}
	i, d := f.Inpainter.Layout().Init(rng), f.Detector.Layout().Init(rng)
	if spoil != nil {
		spoil(i, d)
	}
	b, err := train.Pack(f, i, d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInPrecision(t *testing.T) {
	b := packed(t, nil)
	before := b.Hash()
	half, err := nets.InPrecision(b, bundle.FP16)
	if err != nil {
		t.Fatal(err)
	}
	if half.Manifest.Precision != bundle.FP16 || b.Manifest.Precision != "" || b.Hash() != before {
		t.Errorf("precision %q, and %q of the bundle that was given", half.Manifest.Precision, b.Manifest.Precision)
	}
	for name, pair := range map[string][2][]byte{"I": {b.Inpainter, half.Inpainter}, "D": {b.Detector, half.Detector}, "fused": {b.Fused, half.Fused}} {
		full, err1 := onnx.Parse(pair[0])
		g, err2 := onnx.Parse(pair[1])
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(name, err)
		}
		for i, v := range g.Inputs {
			if v.Type != full.Inputs[i].Type || v.Name != full.Inputs[i].Name {
				t.Errorf("%s: input %s is %v", name, v.Name, v.Type)
			}
		}
		for i, v := range g.Outputs {
			if v.Type != full.Outputs[i].Type || v.Name != full.Outputs[i].Name {
				t.Errorf("%s: output %s is %v", name, v.Name, v.Type)
			}
		}
		if len(pair[1]) > len(pair[0])*2/3 {
			t.Errorf("%s has %d bytes, %d before", name, len(pair[1]), len(pair[0]))
		}
	}
	for name, c := range map[string]struct {
		b    *bundle.Bundle
		want string
	}{"fp32 to fp32": {b, bundle.FP32}, "fp16 to fp16": {half, bundle.FP16}} {
		if same, err := nets.InPrecision(c.b, c.want); err != nil || same != c.b {
			t.Errorf("%s: another bundle, %v", name, err)
		}
	}
}

func TestInPrecisionRefuses(t *testing.T) {
	b := packed(t, nil)
	half, err := nets.InPrecision(b, bundle.FP16)
	if err != nil {
		t.Fatal(err)
	}
	broken := *b
	broken.Detector = []byte("no model")
	for name, c := range map[string]struct {
		b         *bundle.Bundle
		precision string
		want      error
		says      string
	}{
		"unknown":    {b, "int8", nets.ErrPrecision, "want fp32 or fp16"},
		"empty":      {b, "", nets.ErrPrecision, "want fp32 or fp16"},
		"back":       {half, bundle.FP32, nets.ErrPrecision, "cannot be undone"},
		"damaged":    {&broken, bundle.FP16, onnx.ErrGraph, bundle.DetectorPart},
		"large in I": {packed(t, func(i, _ []float32) { i[0] = 1e5 }), bundle.FP16, onnx.ErrHalf, bundle.InpainterPart},
		"large in D": {packed(t, func(_, d []float32) { d[0] = -1e5 }), bundle.FP16, onnx.ErrHalf, bundle.DetectorPart},
	} {
		if _, err := nets.InPrecision(c.b, c.precision); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
	}
}

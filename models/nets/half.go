package nets

import (
	"errors"
	"fmt"

	"avid/models/bundle"
	"avid/models/onnx"
)

// ErrPrecision says that a bundle cannot be had in the wanted precision.
var ErrPrecision = errors.New("precision")

// InPrecision returns b with its networks in the given precision, bundle.FP32
// or bundle.FP16; b is not changed, and is returned itself where it is in that
// precision. FP16 converts all three graphs as onnx.Half does, I and D alone as
// well as the one that runs: half the bytes, and a GPU is faster. Thresholds,
// floor and all else stay. Errors wrap ErrPrecision for another precision and
// for FP16 to FP32, which cannot bring back what was rounded; onnx.ErrHalf; or
// onnx.ErrGraph.
func InPrecision(b *bundle.Bundle, precision string) (*bundle.Bundle, error) {
	have := b.Manifest.Precision
	if have == "" {
		have = bundle.FP32
	}
	switch {
	case precision != bundle.FP32 && precision != bundle.FP16:
		return nil, fmt.Errorf("%w %q: want %s or %s", ErrPrecision, precision, bundle.FP32, bundle.FP16)
	case have == precision:
		return b, nil
	case have == bundle.FP16:
		return nil, fmt.Errorf("%w %s: the bundle is in %s, whose rounding cannot be undone; convert the bundle that it was made from",
			ErrPrecision, precision, have)
	}
	out := *b
	out.Manifest.Precision = precision
	for _, p := range []struct {
		name string
		data *[]byte
	}{{bundle.InpainterPart, &out.Inpainter}, {bundle.DetectorPart, &out.Detector}, {bundle.FusedPart, &out.Fused}} {
		g, err := onnx.Parse(*p.data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		if g, err = onnx.Half(g); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		if *p.data, err = g.Marshal(); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return &out, nil
}

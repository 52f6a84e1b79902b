package appearance

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx"
)

// mostFeatures is how many features a memory keeps: 10 MB.
const mostFeatures = 16384

// fewestFeatures is how few say nothing of a place.
const fewestFeatures = 64

// Memory gathers the features of what passes in ordinary footage.
type Memory struct {
	weights *Weights
	model   *Model
	scorer  *Scorer
	rng     *rand.Rand
	kept    []float32
	seen    int
}

// NewMemory begins one of pictures of h×w pixels of the model.
func NewMemory(w *Weights, h, wide int, seed uint64, backend compute.Backend) (*Memory, error) {
	graph, err := marshal(w.Features(h, wide, slices.Repeat([]float32{1}, channels)))
	if err != nil {
		return nil, err
	}
	l, err := open(h, wide, graph, nil, backend)
	if err != nil {
		return nil, err
	}
	return &Memory{weights: w, model: l, scorer: NewScorer(l), rng: rand.New(rand.NewPCG(seed, 0))}, nil
}

// Close frees the network.
func (m *Memory) Close() error { return m.model.Close() }

// Add takes in what stands in front of the ground in a frame, as Scorer.Look has them.
func (m *Memory) Add(ctx context.Context, frame []byte, pixel []float32) error {
	m.scorer.cover(pixel)
	if !slices.Contains(m.scorer.there, true) {
		return nil
	}
	if err := m.model.see(ctx, frame); err != nil {
		return err
	}
	for i, there := range m.scorer.there {
		if !there {
			continue
		}
		// Each that was seen is as likely to be kept (Vitter, "Random sampling with a
		// reservoir", 1985, algorithm R).
		at := m.seen
		if m.seen++; at >= mostFeatures {
			if at = m.rng.IntN(m.seen); at >= mostFeatures {
				continue
			}
			copy(m.kept[at*channels:], m.model.out.F32[i*channels:(i+1)*channels])
			continue
		}
		m.kept = append(m.kept, m.model.out.F32[i*channels:(i+1)*channels]...)
	}
	return nil
}

// ErrTooFew says that too little passes in the footage to know what is ordinary.
var ErrTooFew = errors.New("appearance: too little passes in the footage")

// Into puts the networks into a bundle, which looks at one frame of so many; its
// calibration is the caller's. The error may be ErrTooFew.
func (m *Memory) Into(b *bundle.Bundle, every int) error {
	n := len(m.kept) / channels
	if n < fewestFeatures {
		return ErrTooFew
	}
	scale := spread(m.kept)
	for i := range m.kept {
		m.kept[i] *= scale[i%channels]
	}
	var err1, err2 error
	b.Appearance, err1 = marshal(m.weights.Features(m.model.h, m.model.w, scale))
	b.Memory, err2 = marshal(memoryGraph(m.kept))
	b.Manifest.Appearance = &bundle.Appearance{Every: every, Scale: 1, Clear: math.MaxFloat32}
	return errors.Join(err1, err2)
}

// spread is what makes each channel's variance over the features one over their number,
// so that no channel counts more than another.
func spread(features []float32) []float32 {
	n := float64(len(features) / channels)
	scale := make([]float32, channels)
	for c := range scale {
		var sum, square float64
		for i := c; i < len(features); i += channels {
			v := float64(features[i])
			sum += v
			square += v * v
		}
		variance := max(square/n-sum*sum/n/n, 1e-6)
		scale[c] = float32(1 / math.Sqrt(variance*float64(channels)))
	}
	return scale
}

func marshal(g *onnx.Graph, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return g.Marshal()
}

// Vet refuses graphs of a bundle's appearance networks, where it has them, that are none
// that avid writes. Errors are those of nets.VetGraph.
func Vet(b *bundle.Bundle) error {
	m := &b.Manifest
	if m.Appearance == nil {
		return nil
	}
	rows, cols := Cells(m.Height, m.Width)
	frame := nets.Port{Name: frameName, Type: onnx.Uint8, Shape: onnx.Shape{1, 1, int64(m.Height), int64(m.Width)}}
	features := nets.Port{Name: featuresName, Type: onnx.Float, Shape: onnx.Shape{int64(rows * cols), int64(channels)}}
	cells := nets.Port{Name: cellsName, Type: onnx.Float, Shape: onnx.Shape{chunk, int64(channels)}}
	near := nets.Port{Name: nearestName, Type: onnx.Float, Shape: onnx.Shape{chunk, nearest}}
	if err := nets.VetGraph(bundle.AppearancePart, b.Appearance, m, []nets.Port{frame}, []nets.Port{features}); err != nil {
		return err
	}
	return nets.VetGraph(bundle.MemoryPart, b.Memory, m, []nets.Port{cells}, []nets.Port{near})
}

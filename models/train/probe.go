package train

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/front"
	"avid/models/nets"
	"avid/models/pseudo"
)

// leastLogit is the least irregularity that is told apart.
const leastLogit = -16

// irregularity is −logit(O) of each region, from −16 to 16: farther from 0 float32
// cannot tell O from 1, and ONNX Runtime's sigmoid gives 0 or noise.
func irregularity(o []float32) []float32 {
	out := make([]float32, len(o))
	for i, v := range o {
		out[i] = float32(min(max(math.Log((1-float64(v))/max(float64(v), math.SmallestNonzeroFloat64)), leastLogit), -leastLogit))
	}
	return out
}

// probe runs a bundle's fused graph without thresholds.
type probe struct {
	h, w    int
	reach   int
	closing int
	trimmer *front.Trimmer
	shadow  *bundle.Shadow // as far as it is known
	rows    []float64      // location of normal logits, as far as it is known
	ground  []byte         // of the bundle, where its graph wants it
	session compute.Session
	io      *nets.FusedTensors
	in, out []*compute.Tensor
}

// newProbe loads the graph, of a bundle that may be from anywhere.
func newProbe(b *bundle.Bundle, backend compute.Backend) (*probe, error) {
	if err := nets.VetFused(b.Fused, &b.Manifest); err != nil {
		return nil, err
	}
	session, err := backend.Load(b.Fused, nets.FusedInputs(&b.Manifest), nets.FusedOutputs(&b.Manifest))
	if err != nil {
		return nil, fmt.Errorf("loading the fused graph: %w", err)
	}
	p := &probe{h: b.Manifest.Height, w: b.Manifest.Width, reach: b.Manifest.Dilation, closing: b.Manifest.Closing, session: session, trimmer: front.New(b.Manifest.Height, b.Manifest.Width), rows: b.Manifest.Calibration.RowShift, io: nets.NewFusedTensors(b.Manifest, 1)}
	p.in, p.out = p.io.Inputs(), p.io.Outputs()
	if b.Manifest.Ground {
		if p.ground = b.Background(); p.ground == nil {
			return nil, errors.Join(errors.New("the bundle has no picture of the place that its ground could begin with"), session.Close())
		}
	}
	p.restart()
	return p, nil
}

// restart forgets the windows before, as the engine does.
func (p *probe) restart() {
	p.io.Begin(p.rows)
	p.io.SetGround(p.ground)
}

// run infers one window and moves the state on.
func (p *probe) run(ctx context.Context, frames [][]byte, smoothing float64) error {
	if err := ctx.Err(); err != nil { // not every backend looks
		return err
	}
	for i, f := range frames {
		copy(p.io.Frames.U8[i*p.h*p.w:], f)
	}
	p.io.Smoothing.F32[0] = float32(smoothing)
	if err := p.session.Run(ctx, p.in, p.out); err != nil {
		return err
	}
	p.io.Advance()
	if p.ground != nil {
		p.io.Score.F32[0] = p.trimmer.Trim(front.Of(p.io), p.shadow, p.io.Pixel.F32, p.io.Mask.U8)
	}
	return nil
}

// each infers the windows of a clip in turn, from a fresh start, with a smoothing for the
// first and one for the others, and calls then after each of them.
func (p *probe) each(ctx context.Context, clip Clip, first, smoothing float64, then func()) error {
	p.restart()
	weight := first
	for t := average.Frames; t <= len(clip.Frames); t++ {
		if err := p.run(ctx, clip.Frames[t-average.Frames:t], weight); err != nil {
			return fmt.Errorf("calibrating on %s: %w", clip.Name, err)
		}
		weight = smoothing
		then()
	}
	return nil
}

// beside is how far from a shape pixels are its neighbours, in pixels of a
// model of 128 rows: half the detector's receptive field.
const beside = 16

// shapeErrors are the pixel errors, counted from the floor and within reach,
// inside irregularities made over normal footage, and of the unaffected pixels
// around them.
func (p *probe) shapeErrors(ctx context.Context, gen pseudo.Generator, floor []byte, seed uint64) (irregular, unaffected []float64, err error) {
	rng := rand.New(rand.NewPCG(seed, checkStream))
	s := pseudo.NewSample(p.h, p.w)
	size := p.h * p.w
	clean, changed, diff := make([]float32, average.Channels*size), make([]float32, average.Channels*size), make([]float32, size)
	over := make([]float32, size)
	for range alphaWindows {
		gen.Draw(rng, s)
		p.restart()
		if err := p.run(ctx, s.Pseudo[:], 1); err != nil {
			return nil, nil, err
		}
		bundle.AboveFloor(over, p.io.Error.F32, floor, p.h, p.w, p.reach, p.closing)
		average.Stack(clean, s.Clean, 1)
		average.Stack(changed, s.Pseudo, 1)
		box := image.Rectangle{}
		for i := range diff {
			diff[i] = 0
			for c := range average.Channels {
				diff[i] += abs(clean[c*size+i]-changed[c*size+i]) / average.Channels
			}
			if diff[i] > movingAt {
				box = box.Union(image.Rect(i%p.w, i/p.w, i%p.w+1, i/p.w+1))
				irregular = append(irregular, float64(over[i]))
			}
		}
		if box.Empty() {
			continue
		}
		box = box.Inset(-int(beside * float64(p.h) / 128)).Intersect(image.Rect(0, 0, p.w, p.h))
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				if i := y*p.w + x; diff[i] < agrees {
					unaffected = append(unaffected, float64(over[i]))
				}
			}
		}
	}
	return irregular, unaffected, nil
}

package train

import (
	"context"
	"errors"
	"slices"
	"testing"

	"avid/models/compute"
	"avid/models/onnx/ref"
)

// cutting is the reference backend, whose training Run number at is cut off by the
// end of the context, half written.
type cutting struct {
	ref.Backend
	at     int
	cancel context.CancelFunc
}

func (c *cutting) Load(model []byte, inputs, outputs []string) (compute.Session, error) {
	s, err := c.Backend.Load(model, inputs, outputs)
	if err != nil || !slices.Contains(inputs, "clean") || !slices.Contains(outputs, "losses") {
		return s, err
	}
	return &cutSession{s, c}, nil
}

type cutSession struct {
	compute.Session
	by *cutting
}

var errCut = errors.New("cut")

func (s *cutSession) Run(ctx context.Context, inputs, outputs []*compute.Tensor) error {
	if s.by.at--; s.by.at != 0 {
		return s.Session.Run(ctx, inputs, outputs)
	}
	for _, t := range outputs {
		for i := range t.F32 {
			t.F32[i] = 1e9
		}
	}
	s.by.cancel()
	return errCut
}

// TestInterruptedRun: Ctrl-C in the middle of a Run loses its steps and nothing
// else: there is a bundle, and what resumes goes on as if nothing had been.
func TestInterruptedRun(t *testing.T) {
	for _, c := range []struct {
		name      string
		each, cut int // steps a Run, which Run is cut
		done      int // steps made before it
	}{{"each step by itself", 1, 3, 2}, {"many in one Run", 2, 2, 2}} {
		t.Run(c.name, func(t *testing.T) {
			whole := tiny()
			whole.Optimizer, whole.AdversarialShare, whole.Steps, whole.StepsPerRun, whole.AuxiliarySteps = SGD, 0, 6, c.each, 1
			want := losses(train(t, whole, Options{}))
			ctx, cancel := context.WithCancel(t.Context())
			backend := &cutting{at: c.cut, cancel: cancel}
			var saved *State
			var got []Losses
			b, err := Run(ctx, whole, footage(160, whole.Height, whole.Width), backend, Options{
				Progress: func(p Progress) { got = append(got, p.Losses) },
				Save:     func(s *State) error { saved = s; return nil },
			})
			if err != nil || b == nil || len(got) != c.done {
				t.Fatalf("%d steps, bundle %v, %v", len(got), b != nil, err)
			}
			got = append(got, losses(train(t, whole, Options{Resume: saved}))...)
			if !slices.Equal(got, want) {
				t.Errorf("losses\n%v\nwant\n%v", got, want)
			}
		})
	}
}

// TestFirstStepIsMade: without a step there is no bundle, so that what fails in the
// first is an error, whatever ended meanwhile.
func TestFirstStepIsMade(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := tiny()
	_, err := Run(ctx, c, footage(160, c.Height, c.Width), &cutting{at: 1, cancel: cancel}, Options{})
	if !errors.Is(err, errCut) {
		t.Errorf("%v", err)
	}
}

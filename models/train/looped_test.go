package train

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"avid/models/onnx/ref"
)

// trained is what a run leaves: every loss, and the state it ended in.
func trained(t *testing.T, c Config, resume *State) ([]Progress, *State) {
	t.Helper()
	var last *State
	list := train(t, c, Options{Resume: resume, Save: func(s *State) error {
		data, err := s.Encode()
		if err != nil {
			return err
		}
		last, err = DecodeState(data)
		return err
	}})
	return list, last
}

// TestStepsPerRun: any number of steps a Run gives the losses and weights of
// one, also where it does not divide the steps and across a validation.
// runtime/engine has the same on ONNX Runtime, for more settings.
func TestStepsPerRun(t *testing.T) {
	c := tiny()
	c.Steps = 12
	want, end := trained(t, c, nil)
	c.StepsPerRun = 5
	got, ended := trained(t, c, nil)
	compareRuns(t, got, want, ended, end)
}

func compareRuns(t *testing.T, got, want []Progress, gotEnd, wantEnd *State) {
	t.Helper()
	if !slices.Equal(losses(got), losses(want)) {
		t.Errorf("losses\n%v\nwant\n%v", losses(got), losses(want))
	}
	for i, p := range got {
		if p.Step != i+1 {
			t.Errorf("step %d is told of as step %d", i+1, p.Step)
		}
	}
	for name, pair := range map[string][2]Weights{"I": {gotEnd.Inpainter, wantEnd.Inpainter}, "D": {gotEnd.Detector, wantEnd.Detector}} {
		g, w := pair[0], pair[1]
		if !slices.Equal(g.Theta, w.Theta) || !reflect.DeepEqual(g.State, w.State) || g.Updates != w.Updates {
			t.Errorf("%s ends with other weights, state or updates (%d, want %d)", name, g.Updates, w.Updates)
		}
	}
	if !slices.Equal(gotEnd.Random, wantEnd.Random) || gotEnd.Step != wantEnd.Step {
		t.Errorf("ends at step %d, want %d, or with other random numbers to come", gotEnd.Step, wantEnd.Step)
	}
}

// TestLoopedLimits: Runs of many steps keep the limits, and a cancelled training
// ends with its Run.
func TestLoopedLimits(t *testing.T) {
	c := tiny()
	c.Steps, c.Duration, c.StepsPerRun = 0, time.Minute, 8
	r := &run{c: c, start: time.Now()}
	for _, w := range []struct {
		name       string
		step, want int
		pace       time.Duration
		change     func(*run)
	}{
		{"to learn the pace", 0, 1, 0, nil},
		{"time enough", 8, 8, time.Second, nil},
		{"to the validation", 45, 5, time.Second, nil},
		{"to the end of the time", 8, 2, 25 * time.Second, nil},
		{"what comes after the steps is counted", 8, 1, 25 * time.Second, func(r *run) { r.finish = 20 * time.Second }},
		{"to the last step", 12, 3, time.Second, func(r *run) { r.c.Duration, r.c.Steps = 0, 15 }},
		{"one without a setting", 12, 1, time.Second, func(r *run) { r.c.StepsPerRun = 0 }},
	} {
		r.step, r.pace = w.step, w.pace
		if w.change != nil {
			w.change(r)
		}
		if got := r.atOnce(context.Background()); got != w.want {
			t.Errorf("%s: %d steps at once, want %d", w.name, got, w.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	c = tiny()
	c.Steps, c.StepsPerRun = 1000, 3
	steps := 0
	b, err := Run(ctx, c, footage(160, 32, 32), ref.Backend{}, Options{Progress: func(Progress) {
		if steps++; steps == 2 {
			cancel()
		}
	}})
	if err != nil || b == nil || steps != 3 {
		t.Errorf("cancelled at 2 of the 3 steps of a Run: %d steps, bundle %v, error %v", steps, b != nil, err)
	}
}

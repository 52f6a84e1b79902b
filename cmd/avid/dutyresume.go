//go:build !nogst

package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"avid/runtime/api"
	"avid/runtime/hours"
)

// training is that of a camera, as it is kept over restarts.
type training struct {
	api.Retraining
	Asked api.Wanted `json:"asked,omitzero"`
	// Began is when it began to train, or the one did that it goes on from: what was saved
	// before is another one's. Zero: it waits, or nothing is known of it.
	Began time.Time `json:"began,omitzero"`
}

// stoppedWords say why a training has failed that ended with the process.
const stoppedWords = "avid serve was stopped while it was under way"

// mostFootage bounds what the page may ask a training to learn from: at 10 frames/s and the
// usual size it is 3.6 GB of memory, beside the cameras.
const mostFootage = 4 * time.Hour

// mayBeAsked tells whether a training can be asked for so.
func mayBeAsked(w api.Wanted) error {
	if _, err := hours.ParseDaily(w.Hours); err != nil {
		return fmt.Errorf("hours: %w", err)
	}
	if !(w.Days >= 0 && w.Days <= 365) {
		return fmt.Errorf("%g days: want 0 to 365", w.Days)
	}
	if length, err := time.ParseDuration(w.Footage); w.Footage != "" && (err != nil || length <= 0 || length > mostFootage) {
		return fmt.Errorf("footage %q: want a time with its unit, as in 50m, up to %v", w.Footage, mostFootage)
	}
	return nil
}

// flagsOf are the flags of avid train for what is asked for. Only one that begins anew may
// write over the bundle that is there; one that goes on refuses another place's footage.
func flagsOf(w api.Wanted) (flags []string) {
	if w.Hours != "" {
		flags = append(flags, "--hours="+w.Hours)
	}
	if w.Days > 0 {
		flags = append(flags, fmt.Sprintf("--days=%g", w.Days))
	}
	if w.Footage != "" {
		flags = append(flags, "--footage="+w.Footage)
	}
	if w.Resume {
		return append(flags, "--resume")
	}
	return append(flags, "--force")
}

// askLocked notes what is asked for. It needs mu.
func (t *retrainer) askLocked(one wantedTraining) {
	s := t.state[one.camera]
	if s.Asked = one.asked; !one.asked.Resume {
		s.Began = time.Time{}
	}
	s.Asked.Resume = false
	t.state[one.camera] = s
}

// begin notes that a training begins, and gives its flags.
func (t *retrainer) begin(one wantedTraining) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.state[one.camera]; !one.asked.Resume {
		s.Began = time.Now()
		t.state[one.camera] = s
	}
	return flagsOf(one.asked)
}

// resumable tells whether the training of a camera that has a model ended before its time and
// has saved something to go on from.
func (t *retrainer) resumable(camera, model string) bool {
	t.mu.Lock()
	s := t.state[camera]
	t.mu.Unlock()
	if s.Began.IsZero() || s.State != api.RetrainCancelled && s.State != api.RetrainFailed {
		return false
	}
	saved, err := os.Stat(beside(model, nextEnding) + stateEnding)
	return err == nil && saved.ModTime().After(s.Began)
}

// again is what is asked for of a training that goes on: what it began with. The error is
// api.ErrRefused.
func (t *retrainer) again(camera, model string, w api.Wanted) (api.Wanted, error) {
	var wrong error
	switch {
	case w != (api.Wanted{Resume: true}):
		wrong = errors.New("a training that goes on has the hours that it began with: leave hours, days and footage out")
	case !t.resumable(camera, model):
		wrong = errors.New("no training of it has left anything to go on from: begin it anew")
	}
	if wrong != nil {
		return w, fmt.Errorf("%w: %w", api.ErrRefused, wrong)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w = t.state[camera].Asked
	w.Resume = true
	return w, nil
}

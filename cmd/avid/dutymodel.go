//go:build !nogst

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"avid/models/compare"
	"avid/runtime/api"
	"avid/runtime/event"
	"avid/runtime/state"
)

// Detail is all that is known of a camera: see api.Trainer.
func (d *duty) Detail(name string) (api.Detail, error) {
	for _, c := range d.Cameras() {
		if c.Name != name {
			continue
		}
		out := api.Detail{Camera: c}
		if p := d.post(name); p != nil {
			out.Shadow = p.shadow()
		}
		if d.train != nil {
			out.Retrain = d.train.of(name)
		}
		if is, known := d.ofFile(name); known {
			out.Model = modelOf(d.judging(is))
			if out.Retrain != nil {
				out.Retrain.Resumable = d.train.resumable(name, is.Model)
			}
		}
		return out, nil
	}
	return api.Detail{}, api.ErrUnknown
}

// modelOf is what is told of the bundle of a path; nil where it cannot be read.
func modelOf(path string) *api.Model {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	b, err := openBundle(path)
	if err != nil {
		return nil
	}
	is, q := event.BundleOf(b, path), b.Manifest.Quality()
	m := &api.Model{File: filepath.Base(path), SHA256: is.SHA256, Name: b.Manifest.Name, Since: info.ModTime().UTC().Truncate(time.Second),
		Grade: string(q.Grade), Advice: q.Advice(), Previous: isFile(beside(path, previousEnding))}
	if made, err := time.Parse(time.RFC3339, b.Manifest.Created); err == nil {
		m.Made = &made
	}
	if q.Found >= 0 {
		m.Found = &q.Found
	}
	return m
}

// comparedOf are the figures of a comparison.
func comparedOf(c *compare.Comparison) *api.Compared {
	known := func(who compare.Who) int { return c.KnownBy(who, false) }
	alarms := func(who compare.Who) int { return c.Count(who) }
	by := func(count func(compare.Who) int) api.ByWhom {
		return api.ByWhom{Both: count(compare.Both), OnlyPresent: count(compare.OnlyOld), OnlyNew: count(compare.OnlyNew), Neither: count(compare.Neither)}
	}
	return &api.Compared{Hours: c.Seconds / 3600, Alarms: by(alarms), Events: by(known)}
}

// cancel cancels the training of a camera, whether it waits or is under way; false where
// there is none.
func (t *retrainer) cancel(camera string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !unfinished(t.state[camera].State) {
		return false
	}
	before := len(t.queue)
	t.queue = slices.DeleteFunc(t.queue, func(w wantedTraining) bool { return w.camera == camera })
	switch {
	case len(t.queue) < before:
		t.setLocked(camera, api.Retraining{State: api.RetrainCancelled})
	default: // it is the one that is under way
		t.stop()
	}
	return true
}

// reportOf is the address of the report of a camera's new bundle.
func reportOf(camera string) string { return "/api/cameras/" + camera + "/report" }

// become gives a training another state, with what is known of its comparison.
func (t *retrainer) become(camera, now, words string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.state[camera]
	t.setLocked(camera, api.Retraining{State: now, Words: words, Against: was.Against, Compared: was.Compared, Report: reportOf(camera)})
}

// Stay cancels a training, or keeps the present bundle: see api.Trainer.
func (d *duty) Stay(name string) error {
	if _, err := d.trained(name); err != nil {
		return err
	}
	if d.train.cancel(name) {
		return nil
	}
	if s := d.train.of(name); s == nil || s.State != api.RetrainReady {
		return fmt.Errorf("%w: no training of it is under way or ready", api.ErrRefused)
	}
	d.train.become(name, api.RetrainKept, "")
	return nil
}

// Back undoes the last promotion: see api.Trainer.
func (d *duty) Back(name string) error {
	c, err := d.trained(name)
	if err != nil {
		return err
	}
	to := c.Model
	s := d.train.of(name)
	switch {
	case s == nil || !isFile(beside(to, previousEnding)):
	case unfinished(s.State):
		return fmt.Errorf("%w: a training of it is under way", api.ErrRefused)
	case slices.Contains([]string{api.RetrainKept, api.RetrainCancelled, api.RetrainFailed}, s.State):
		// Nobody wants the new bundle, whose place the present one is to have.
		next := beside(to, nextEnding)
		if err := errors.Join(state.Remove(next), state.Remove(next+stateEnding)); err != nil {
			d.tell("%s: %v", name, err)
			return err
		}
	}
	if err := goBack(to); err != nil {
		return fmt.Errorf("%w: %w", api.ErrRefused, err)
	}
	d.train.become(name, api.RetrainReady, "the previous bundle is in place again")
	d.tell("%s: its previous bundle is in place", name)
	return nil
}

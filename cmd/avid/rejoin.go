//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/runtime/supervise"
)

// rejoin plays a live input of avid run, and again when it is gone: after a second, then
// after twice that, as avid serve does (supervise). It is for one goroutine.
type rejoin struct {
	name string // as the terminal has it, without secrets
	tell func(text string)
	once func(context.Context) (avidfilter.Stats, error) // plays it to its end, and returns what that run counted
	away func(err error)                                 // told when it is gone; nil: nobody is
	lone bool                                            // it is not tried again
	ends bool                                            // the input has an end, so that to be at it is no failure

	total avidfilter.Stats
	gone  time.Time // since when; zero: it is there
}

// run plays until ctx ends, the input ends that has an end, or it fails in a way that it
// would fail in again. One that never gave a frame is not tried again.
func (r *rejoin) run(ctx context.Context) (avidfilter.Stats, error) {
	var last error
	again := func(_ string, err error) bool { return !r.lone && r.total.Frames > 0 && isAway(err) }
	failed := func(_ string, err error, wait time.Duration) {
		if wait < 0 {
			return
		}
		last = nil // it is waited for
		if !r.gone.IsZero() {
			return
		}
		r.gone = time.Now()
		if r.away != nil {
			r.away(err)
		}
		r.tell(fmt.Sprintf("%s: %s; trying again until it is back, Ctrl-C ends", r.name, reason(err)))
	}
	keep := supervise.New(ctx, supervise.Options{Again: again, Failed: failed})
	defer keep.Close()
	keep.Apply(map[string]supervise.Job{r.name: {Run: func(ctx context.Context) error {
		last = r.play(ctx)
		return last
	}}})
	keep.Wait()
	if state := keep.States()[r.name]; state.Done {
		return r.total, state.Err
	}
	return r.total, last
}

// play plays it once.
func (r *rejoin) play(ctx context.Context) error {
	s, err := r.once(ctx)
	frames, judged := r.total.Frames+s.Frames, r.total.Inferences+s.Inferences
	if s.Frames > 0 || r.total.Frames == 0 {
		r.total = s // of a run without a frame its reasons say nothing
	}
	r.total.Frames, r.total.Inferences = frames, judged
	if err == nil && ctx.Err() == nil && frames > 0 && !r.lone && !r.ends {
		err = errEnded
	}
	return err
}

// back looks whether frames come again, and tells so.
func (r *rejoin) back(p *pipeline.Pipeline) {
	if r.gone.IsZero() {
		return
	}
	if stats, err := statsOf(p); err != nil || stats.Frames == 0 {
		return
	}
	r.tell(fmt.Sprintf("%s: it is back after %s", r.name, clock(time.Since(r.gone))))
	r.gone = time.Time{}
}

// videoFile is the element of avid run that writes the file of the video.
const videoFile = "file"

// isAway tells whether an error is of the camera or the way to it, and not of what is made
// of its pictures here.
func isAway(err error) bool {
	var e *pipeline.ElementError
	return errors.Is(err, errEnded) || errors.As(err, &e) && e.Source != videoFile && !forGood(err)
}

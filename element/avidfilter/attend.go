package avidfilter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"avid/element/gstc"
	"avid/models/scene"
	"avid/runtime/analyze"
	"avid/runtime/event"
)

// attendEach is how often a stream is looked after while no frame of it comes.
const attendEach = 250 * time.Millisecond

// attend looks after a stream until ctx ends, for what no frame tells: a camera that is
// silent, and a run that does not come back.
func (f *filter) attend(ctx context.Context) {
	t := time.NewTicker(attendEach)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if run := f.run.Load(); run != nil {
				f.el.Guard("looking after the stream", func() { f.check(run) })
			}
		}
	}
}

// check looks at the stream once.
func (f *filter) check(run *session) {
	playing := f.el.Playing()
	f.mu.Lock()
	now := f.now()
	if f.idle || !playing {
		f.watch.Begin(now)
		f.mu.Unlock()
		return
	}
	tell := f.watch.Check(now)
	silent := now.Sub(f.watch.Seen())
	f.mu.Unlock()
	if tell {
		f.warnBlind()
	}
	if silent >= event.DefaultConfig().Hold && f.endSilent(run) {
		f.trail.send(f.el)
	}
}

// endSilent ends the events of a stream that has no frames, and says whether it could.
func (f *filter) endSilent(run *session) bool {
	// Who holds the lock has a frame, so the stream is not silent.
	if !run.mu.TryLock() {
		return false
	}
	defer run.mu.Unlock()
	f.tell(run, run.analyzer.End(), false)
	return true
}

// warn warns of what the last frame showed: that nothing is judged, or that the
// stream is slower than the bundle.
func (f *filter) warn() {
	f.mu.Lock()
	blind := f.watch.Check(f.now())
	samples, slow := f.watch.Slow()
	f.mu.Unlock()
	if blind {
		f.warnBlind()
	}
	if slow {
		rate := f.run.Load().model.FrameRate()
		f.el.PostWarning(fmt.Sprintf("This stream gives %.3g frames/s and the bundle was trained at %g: things seem to move %.1f times as fast, so that ordinary motion may alarm. Have the camera send more, or train with --rate %.0f.",
			samples, rate, rate/samples, max(samples, 1)), "")
	}
}

// warnPlace warns, once, that the stream shows another place than the bundle's. It
// needs run.mu.
func (f *filter) warnPlace(run *session) {
	p := run.analyzer.Place()
	like, known := p.Likeness()
	f.mu.Lock()
	f.stats.place, f.stats.placeKnown = like, known
	f.mu.Unlock()
	if !p.Tell() {
		return
	}
	text := fmt.Sprintf("This stream does not show the place that the bundle was trained on (likeness %.2f of 1): it is another camera, or one that was moved or turned, or the bundle of another.", like)
	if w, h := run.model.Footage(); w*h > 0 && scene.OtherRatio(run.area.Width, run.area.Height, w, h) {
		text += fmt.Sprintf(" Its pictures are %dx%d (width × height), those of the training were %dx%d.", run.area.Width, run.area.Height, w, h)
	}
	text += " Its verdicts mean nothing here: train a bundle for this camera."
	f.el.PostWarning(text, "")
	f.el.Logf(gstc.LogWarning, "%s", text)
}

// announce tells what begins and ends to keep the stream from being judged: each as a
// message, what begins as a warning too. It needs run.mu.
func (f *filter) announce(run *session, notices []analyze.Notice) {
	for i := range notices {
		n := &notices[i]
		set := f.settings()
		if set.AttachMeta {
			f.trail.add(run.scene(n))
		}
		if set.PostMessages {
			f.el.Post(run.scene(n))
		}
		f.el.Emit(sceneSignal, func() *gstc.Structure { return run.scene(n) })
		text := n.String()
		f.el.Logf(gstc.LogWarning, "%s", text)
		if n.Begin {
			f.el.PostWarning(strings.ToUpper(text[:1])+text[1:]+".", string(n.Scene))
		}
	}
}

// warnBlind warns that nothing is judged, and why.
func (f *filter) warnBlind() {
	f.mu.Lock()
	reason, state, counts := f.watch.Reason(), f.watch.State(), f.stats
	f.mu.Unlock()
	text := fmt.Sprintf("Nothing of this stream has been judged for %g s: %s.", analyze.Patience.Seconds(), reason)
	if counts.inferences == 0 && state == analyze.Blind {
		text = fmt.Sprintf("Nothing of this stream has been judged: %s.", reason)
	}
	f.el.PostWarning(text, fmt.Sprintf("%s; so far %d frames, %d samples, %d inferences, %d restarts of the window",
		state, counts.frames, counts.sampled, counts.inferences, counts.restarts))
	f.el.Logf(gstc.LogWarning, "%s", text)
}

package avidonvif

import (
	"time"

	"avid/element/gstc"
)

// wall tells when frames were taken. The zero value is ready; it is of one stream.
type wall struct {
	ran  bool      // the pipeline's clock has run
	zero time.Time // this machine's clock at running time 0; zero: not known yet
}

// A frame's measure of zero errs by as long as this thread was kept waiting between the
// two clocks: zero follows it by a steady part. What is further off than step was no
// wait, but a clock that was set or a pipeline that has rested.
const (
	steady = 100
	step   = time.Second
)

// at is when a frame was taken, given this machine's time now. Running time 0 lies as far
// back as the pipeline's clock says, or, before that runs, so that the frame is taken now:
// a file that is read faster or slower than it plays has the times at which it would play.
func (w *wall) at(p *gstc.Passing, s source, now time.Time) time.Time {
	switch {
	case s == auto && !p.Reference.IsZero():
		return p.Reference
	case s == clockTime:
		return time.Unix(0, int64(p.Base+p.Running))
	case p.Now >= 0:
		w.follow(now.Add(-p.Now))
	case w.zero.IsZero():
		w.zero = now.Add(-p.Running)
	}
	return w.zero.Add(p.Running)
}

// follow takes a measure of zero.
func (w *wall) follow(measured time.Time) {
	off := measured.Sub(w.zero)
	if !w.ran || off.Abs() > step {
		w.ran, w.zero = true, measured
		return
	}
	w.zero = w.zero.Add(off / steady)
}

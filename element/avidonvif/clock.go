package avidonvif

import (
	"time"

	"avid/element/gstc"
)

// wall tells when frames were taken. The zero value is ready; it is of one stream.
type wall struct {
	known bool
	zero  time.Time // this machine's clock at running time 0
}

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
		w.known, w.zero = true, now.Add(-p.Now)
	case !w.known:
		w.known, w.zero = true, now.Add(-p.Running)
	}
	return w.zero.Add(p.Running)
}

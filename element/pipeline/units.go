package pipeline

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
)

// Marks are what a filter wrote on a frame.
type Marks = gstc.Marks

// errNoFilter says that there is nothing to take verdicts from.
var errNoFilter = errors.New("the pipeline has no such filter")

// TakeVerdicts has take called, before the pipeline is started, with what the filter of
// that name wrote on each frame: see gstc.TakeVerdicts. The error is ErrClosed, or that
// there is no such filter.
func (p *Pipeline) TakeVerdicts(at string, take func(m *Marks, wall time.Time)) error {
	top := p.borrow()
	if top == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(top)
	if !gstc.TakeVerdicts(gst.UnsafeBinToGlibNone(top), at, take) {
		return fmt.Errorf("%w: %q", errNoFilter, at)
	}
	return nil
}

// Unit is an encoded frame.
type Unit = gstc.Unit

// TakeUnits has take called, before the pipeline is started, with each encoded frame
// that goes into a video decoder, or, with at, into the element of that name: see
// gstc.TakeUnits. The error is ErrClosed.
func (p *Pipeline) TakeUnits(at string, take func(Unit)) error {
	top := p.borrow()
	if top == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(top)
	gstc.TakeUnits(gst.UnsafeBinToGlibNone(top), at, take)
	return nil
}

package pipeline

import (
	"runtime"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
)

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

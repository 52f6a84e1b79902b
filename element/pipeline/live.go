package pipeline

import (
	"runtime"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
)

// Preset is a property of elements that a pipeline makes by itself.
type Preset = gstc.Preset

// Gate counts what a pipeline drops of a live source to stay in time.
type Gate = gstc.Gate

// KeepUp has the pipeline, before it is started, drop frames of a live source
// rather than fall behind, and gives the elements that it will make their
// presets: see gstc.Gate. force takes a source for live that does not say so.
// The error is ErrClosed. Close the gate.
func (p *Pipeline) KeepUp(presets []Preset, force bool) (*Gate, error) {
	top := p.borrow()
	if top == nil {
		return nil, ErrClosed
	}
	defer runtime.KeepAlive(top)
	return gstc.NewGate(gst.UnsafeBinToGlibNone(top), presets, force), nil
}

// Package harness pushes buffers and events into one element and shows what
// comes out, over GstHarness. It is for tests; it is part of the room with C
// because test files cannot hold cgo.
package harness

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-video-1.0 gstreamer-analytics-1.0 gstreamer-check-1.0
#cgo CFLAGS: -Wall -Wextra
#include "harness.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
	"avid/element/pipeline"
)

// Flow is a GstFlowReturn.
type Flow int

// The flows that the tests meet.
const (
	OK            Flow = C.GST_FLOW_OK
	EOS           Flow = C.GST_FLOW_EOS
	Flushing      Flow = C.GST_FLOW_FLUSHING
	NotNegotiated Flow = C.GST_FLOW_NOT_NEGOTIATED
	Error         Flow = C.GST_FLOW_ERROR
)

// Harness is an element between two pads. Not safe for concurrent use. Close
// it.
type Harness struct{ c *C.AvidHarness }

// New makes the element of a gst-launch description, as in "avidfilter
// model=x", and plays it. Whether it started shows on the bus.
func New(description string) (*Harness, error) { return NewPad(description, "src") }

// NewPad does so with what comes out of the pad of that name, while nothing is linked to
// others.
func NewPad(description, out string) (*Harness, error) {
	if err := gstc.Init(); err != nil {
		return nil, err
	}
	d := C.CString(description)
	defer C.free(unsafe.Pointer(d))
	o := C.CString(out)
	defer C.free(unsafe.Pointer(o))
	var text *C.char
	c := C.avid_harness_new(d, o, &text)
	if c == nil {
		defer C.g_free(C.gpointer(unsafe.Pointer(text)))
		return nil, fmt.Errorf("%s: %s", description, C.GoString(text))
	}
	return &Harness{c}, nil
}

// Close tears down; it may be called again.
func (h *Harness) Close() {
	if h.c != nil {
		C.avid_harness_free(h.c)
		h.c = nil
	}
}

// Caps sends caps; false when the element refuses them.
func (h *Harness) Caps(caps string) bool {
	c := C.CString(caps)
	defer C.free(unsafe.Pointer(c))
	return C.avid_harness_caps(h.c, c) != 0
}

// Layout gives a buffer a GstVideoMeta with odd strides or offsets.
type Layout struct {
	Format        string
	Width, Height int
	Strides       []int
	Offsets       []int
}

// In is a buffer to push. Times below 0 are none.
type In struct {
	Data          []byte
	PTS, Duration time.Duration
	Discont, Gap  bool
	Corrupted     bool
	Keep          bool // somebody else holds the buffer too
	Layout        *Layout
	Crop          *gstc.Area // a GstVideoCropMeta; its size is not 0
	Reference     time.Time  // when it was taken, as the source says; zero: it does not
}

// Push pushes a buffer. With Keep, intact says that the held buffer's bytes
// have not changed.
func (h *Harness) Push(in In) (flow Flow, intact bool) {
	data := C.CBytes(in.Data)
	defer C.free(data)
	c := (*C.AvidIn)(C.calloc(1, C.size_t(unsafe.Sizeof(C.AvidIn{}))))
	defer C.free(unsafe.Pointer(c))
	c.data, c.size = (*C.guint8)(data), C.gsize(len(in.Data))
	c.pts, c.duration = C.gint64(in.PTS), C.gint64(in.Duration)
	c.discont, c.gap, c.corrupted, c.keep = boolean(in.Discont), boolean(in.Gap), boolean(in.Corrupted), boolean(in.Keep)
	if !in.Reference.IsZero() {
		c.reference = C.gint64(in.Reference.UnixNano())
	}
	if l := in.Layout; l != nil {
		name := C.CString(l.Format)
		defer C.free(unsafe.Pointer(name))
		c.format = C.int(C.gst_video_format_from_string((*C.gchar)(name)))
		c.planes, c.width, c.height = C.int(len(l.Strides)), C.int(l.Width), C.int(l.Height)
		for i := range l.Strides {
			c.stride[i], c.offset[i] = C.gint(l.Strides[i]), C.gsize(l.Offsets[i])
		}
	}
	if a := in.Crop; a != nil {
		c.crop = [4]C.int{C.int(a.X), C.int(a.Y), C.int(a.Width), C.int(a.Height)}
	}
	var same C.gboolean
	flow = Flow(C.avid_harness_push(h.c, c, &same))
	return flow, same != 0
}

func boolean(b bool) C.gboolean {
	if b {
		return 1
	}
	return 0
}

// Out is a buffer that came out, with what hangs on it.
type Out struct {
	Data                  []byte
	PTS, Duration         time.Duration
	Discont               bool
	SameMemory            bool // the memory of the buffer pushed last, not a copy
	Boxes                 []gstc.Box
	Objects, Masks        int
	MaskWidth, MaskHeight int
	MaskSet               int // pixels of the mask that are set
	Confidence            float64
	Verdict               string    // the metadata of ours, as text; "": none
	Reference             time.Time // by a timestamp/x-ntp; zero: none
}

// Pull takes the next buffer that came out; false when there is none.
func (h *Harness) Pull() (Out, bool) {
	var c C.AvidOut
	if C.avid_harness_pull(h.c, &c) == 0 {
		return Out{}, false
	}
	defer C.avid_harness_out_free(&c)
	out := Out{PTS: time.Duration(c.pts), Duration: time.Duration(c.duration),
		Discont: c.discont != 0, SameMemory: c.same_memory != 0,
		Objects: int(c.objects), Masks: int(c.masks), MaskWidth: int(c.mask_width),
		MaskHeight: int(c.mask_height), MaskSet: int(c.mask_set), Confidence: float64(c.confidence)}
	if c.reference > 0 {
		out.Reference = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(c.reference)) // RFC 5905, figure 4
	}
	if c.verdict != nil {
		out.Verdict = C.GoString(c.verdict)
	}
	for i := range min(int(c.rois), len(c.x)) {
		out.Boxes = append(out.Boxes, gstc.Box{X: int(c.x[i]), Y: int(c.y[i]),
			W: int(c.w[i]), H: int(c.h[i]), Score: float64(c.score[i]), Zone: C.GoString(&c.zone[i][0])})
	}
	size := C.gst_buffer_get_size(c.buffer)
	out.Data = make([]byte, int(size))
	if size > 0 {
		C.gst_buffer_extract(c.buffer, 0, C.gpointer(unsafe.Pointer(&out.Data[0])), size)
	}
	return out, true
}

// EndOfStream ends the stream.
func (h *Harness) EndOfStream() bool { return h.event(0, 0, 0) }

// FlushStart begins a flush.
func (h *Harness) FlushStart() bool { return h.event(1, 0, 0) }

// FlushStop ends a flush; a Segment must follow.
func (h *Harness) FlushStop() bool { return h.event(2, 0, 0) }

// Segment begins a segment at the given time.
func (h *Harness) Segment(start time.Duration) bool { return h.event(3, start, 0) }

// Gap says that there is nothing from start on for d.
func (h *Harness) Gap(start, d time.Duration) bool { return h.event(4, start, d) }

func (h *Harness) event(kind int, a, b time.Duration) bool {
	return C.avid_harness_event(h.c, C.int(kind), C.gint64(a), C.gint64(b)) != 0
}

// QoS tells the element that the buffer of the given running time came late by
// d.
func (h *Harness) QoS(d, running time.Duration) {
	C.avid_harness_qos(h.c, C.gint64(d), C.gint64(running))
}

// SawQoS says whether the element let a QoS event out upstream.
func (h *Harness) SawQoS() bool { return C.avid_harness_saw_qos(h.c) != 0 }

// Ask asks the element for a key frame.
func (h *Harness) Ask() { C.avid_harness_ask(h.c) }

// Gaps is how many gap events came out since the last call, and whether a sparse stream
// began.
func (h *Harness) Gaps() (gaps int, sparse bool) {
	var c C.gboolean
	gaps = int(C.avid_harness_gaps(h.c, &c))
	return gaps, c != 0
}

// Latency is what a query answers when upstream has the given latency.
func (h *Harness) Latency(upstream time.Duration) time.Duration {
	return time.Duration(C.avid_harness_latency(h.c, C.guint64(upstream)))
}

// Time sets the running time of the element's clock, which stands still else.
func (h *Harness) Time(d time.Duration) { C.avid_harness_time(h.c, C.guint64(d)) }

// State sets the element's state; false when it fails.
func (h *Harness) State(s pipeline.State) bool {
	return C.avid_harness_state(h.c, C.int(s)) != C.GST_STATE_CHANGE_FAILURE
}

// Messages takes all messages off the element's bus.
func (h *Harness) Messages() []pipeline.Message {
	return pipeline.Drain(gst.UnsafeBusFromGlibBorrow(unsafe.Pointer(h.c.bus)))
}

// element lends the element; it is not to be released.
func (h *Harness) element() gst.Element {
	return gst.UnsafeElementFromGlibBorrow(unsafe.Pointer(h.c.element))
}

// Get reads a property as gst-launch would write it.
func (h *Harness) Get(property string) string {
	text, _ := pipeline.Text(h.element(), property)
	return text
}

// Set sets a property written as for gst-launch; false when there is none.
func (h *Harness) Set(property, value string) bool {
	return pipeline.SetText(h.element(), property, value)
}

// Fork makes and starts a pipeline in a forked child of this process, and gives
// 0 where the pipeline refuses that on its bus; 128 and a signal where the child
// hung.
func Fork(description string) int {
	d := C.CString(description)
	defer C.free(unsafe.Pointer(d))
	return int(C.avid_harness_fork(d))
}

package avidfilter

import (
	"context"
	"fmt"
	"testing"
	"time"

	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/average"
)

// stuckPipeline plays frames on which the model's run does not end, and returns
// once it is in it.
func stuckPipeline(t *testing.T, m *fake) *pipeline.Pipeline {
	t.Helper()
	m.stuck = make(chan bool, 1)
	use(t, m, nil)
	p, err := pipeline.Parse(fmt.Sprintf("videotestsrc pattern=solid-color foreground-color=0xff%02[1]x%02[1]x%02[1]x ! "+
		"video/x-raw,format=GRAY8,width=16,height=8,framerate=10/1 ! avidfaked model=x ! fakesink name=sink sync=false", stuckGrey))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	_ = p.SetState(pipeline.StatePlaying, 0) // it does not preroll
	<-m.stuck
	return p
}

// TestStopEndsRun: a pipeline whose inference hangs can be stopped, without an
// error, and another stream goes on meanwhile.
func TestStopEndsRun(t *testing.T) {
	m := &fake{h: 8, w: 16, rate: 10}
	p := stuckPipeline(t, m)
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	for i := range average.Frames {
		if out := push(t, h, i, gray(1)); (out.Masks == 1) != (i == average.Frames-1) {
			t.Errorf("beside a stream that hangs, frame %d has %d masks", i, out.Masks)
		}
	}
	if err := p.SetState(pipeline.StateNull, idle); err != nil {
		t.Fatalf("it does not stop: %v", err)
	}
	for {
		msg, ok := p.Pop(0)
		if !ok {
			break
		}
		if msg.Kind == pipeline.MessageError {
			t.Errorf("%+v", msg)
		}
	}
	if m.closed != 1 {
		t.Errorf("the model was closed %d times", m.closed)
	}
}

// TestInterruptLasts: a frame that comes between an interruption and its end, as one
// does that was on its way already, is not inferred either; after a stop none is.
func TestInterruptLasts(t *testing.T) {
	s := new(session)
	s.ctx, s.cancel = context.WithCancel(t.Context())
	s.resume()
	s.interrupt(false)
	if s.stream.Load().Err() == nil {
		t.Error("frames of a stream that is flushed are inferred")
	}
	s.resume()
	if s.stream.Load().Err() != nil {
		t.Error("frames after the flush are not inferred")
	}
	s.interrupt(true)
	s.resume()
	if s.stream.Load().Err() == nil {
		t.Error("frames of a stream that stops are inferred")
	}
}

// TestFlushEndsRun: so does a flush, and the stream goes on after it.
func TestFlushEndsRun(t *testing.T) {
	m := &fake{h: 8, w: 16, rate: 10, stuck: make(chan bool)}
	h := start(t, m, "", grayCaps)
	flows := make(chan harness.Flow)
	go func() {
		var flow harness.Flow
		for i := range average.Frames {
			flow, _ = h.Push(harness.In{Data: gray(stuckGrey), PTS: time.Duration(i) * frameStep, Duration: frameStep})
		}
		flows <- flow
	}()
	<-m.stuck
	h.FlushStart()
	if flow := <-flows; flow != harness.Flushing {
		t.Errorf("flow %d", flow)
	}
	h.FlushStop()
	h.Segment(0)
	for i := range average.Frames {
		if flow, _ := h.Push(harness.In{Data: gray(1), PTS: time.Duration(i) * frameStep, Duration: frameStep}); flow != harness.OK {
			t.Errorf("frame %d after the flush: flow %d, %v", i, flow, h.Messages())
		}
	}
}

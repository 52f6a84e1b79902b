package avidwebrtcsink

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"avid/element/pipeline"
	"avid/runtime/fanout"
)

// metaTimes are the times of the metas, and whether each frame has one.
func metaTimes(t *testing.T, o *fakeOutput) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	have := map[time.Duration]bool{}
	for _, m := range o.metas {
		have[m.PTS] = true
	}
	missing := 0
	for _, f := range o.frames {
		if !have[f.pts] {
			missing++
		}
	}
	if missing > 1 { // the one that opened the stream
		t.Errorf("%d of %d frames have no meta", missing, len(o.frames))
	}
}

// TestPacedMarks: what avidfilter finds on the shipped clip comes out beside the
// frames, with outlines and events.
func TestPacedMarks(t *testing.T) {
	need(t, "qtdemux", "avdec_h264")
	begun := make(chan bool)
	told := false
	f := use(t, &fakes{on: func(o *fakeOutput, i int) {
		if i == 0 {
			o.config.Joined(fanout.Viewer{ID: "1"})
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.metas) > 0 && o.metas[len(o.metas)-1].Event != nil && !told {
			told = true
			close(begun)
		}
	}})
	p, err := pipeline.Parse("filesrc location=../../demo/walkway.mp4 ! decodebin ! videoconvert ! " +
		"avidfilter name=filter model=../../demo/walkway.avid overlay=none ! avidwebrtcfaked codec=vp8")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	select {
	case <-begun:
	case <-time.After(idle):
		t.Fatal("no event")
	}
	o := f.output(t)
	if count, seconds, ok := o.config.Inference(); !ok || count == 0 || seconds <= 0 {
		t.Errorf("inferences: %d in %v s, %v", count, seconds, ok)
	}
	p.Close()
	metaTimes(t, o)
	outlined := 0
	for _, m := range o.metas {
		if m.Judged && m.Score >= m.Threshold && len(m.Outlines) > 0 && len(m.Boxes) > 0 {
			outlined++
		}
		if m.Judged && (m.Score >= m.Threshold) != (m.Confidence >= 0.5) {
			t.Errorf("score %v, confidence %v", m.Score, m.Confidence)
		}
	}
	if outlined == 0 {
		t.Errorf("none of %d metas has outlines", len(o.metas))
	}
	o.config.Left(fanout.Viewer{ID: "1"})
	if _, _, ok := o.config.Inference(); ok {
		t.Error("a stopped filter answers")
	}
}

// TestPacedLate: a live stream that falls behind asks the filter to catch up, and a
// file's does not by beginning late.
func TestPacedLate(t *testing.T) {
	need(t, "vp8enc")
	for source, late := range map[string]bool{
		"videotestsrc is-live=true num-buffers=40 ! video/x-raw,format=I420,framerate=20/1,width=192,height=128 ! " +
			"avidfilter name=filter model=../../demo/walkway.avid ! identity sleep-time=70000": true,
		"videotestsrc num-buffers=20 ! video/x-raw,format=I420,framerate=5/1,width=192,height=128 ! " +
			"avidfilter name=filter model=../../demo/walkway.avid": false,
	} {
		use(t, &fakes{})
		p, err := pipeline.Parse(source + " ! avidwebrtcfaked codec=vp8")
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Run(idle)
		if err != nil {
			t.Error(err)
		}
		stats, err := p.Get("filter", "stats")
		p.Close()
		if skipped := !strings.Contains(stats, "skipped=(guint64)0"); err != nil || skipped != late {
			t.Errorf("late %v: %s %v", late, stats, err)
		}
	}
}

// TestNoGarbage: in the steady state no Go memory is allocated a frame.
func TestNoGarbage(t *testing.T) {
	need(t, "vp8enc")
	cost := func(frames int) uint64 {
		use(t, &fakes{forget: true})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		mustPlay(t, fmt.Sprintf("videotestsrc num-buffers=%d ! video/x-raw,format=I420,framerate=400/1,width=96,height=64 ! avidwebrtcfaked codec=vp8", frames))
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	cost(10) // what is made once
	short, long := cost(50), cost(850)
	if long > short+200 {
		t.Errorf("800 frames more allocate %d times more", long-short)
	}
}

// TestMarksOnEncoded: what is written before an encoder upstream is found
// behind it.
func TestMarksOnEncoded(t *testing.T) {
	need(t, "x264enc")
	f := use(t, &fakes{on: func(o *fakeOutput, i int) {
		if i == 0 {
			o.config.Joined(fanout.Viewer{ID: "1"})
		}
	}})
	mustPlay(t, "videotestsrc num-buffers=30 ! video/x-raw,format=I420,framerate=10/1,width=192,height=128 ! "+
		"avidfilter model=../../demo/walkway.avid zeta=1 alpha=0 ! x264enc tune=zerolatency ! avidwebrtcfaked")
	o := f.output(t)
	metaTimes(t, o)
	var kinds []string
	for _, m := range o.metas {
		if m.Event != nil {
			kinds = append(kinds, m.Event.Kind)
		}
	}
	if all := strings.Join(kinds, " "); !strings.HasPrefix(all, "begin") || !strings.HasSuffix(all, "end") {
		t.Errorf("events %v", kinds)
	}
	for _, m := range o.metas[len(o.metas)/2 : len(o.metas)-1] {
		if len(m.Outlines) == 0 || len(m.Boxes) == 0 || m.Width != 192 {
			t.Fatalf("%+v", m)
		}
	}
}

// TestPacedNumbers: the filter's numbers get through what the elements between
// it and the sink do to a picture.
func TestPacedNumbers(t *testing.T) {
	need(t, "x264enc", "vp8enc")
	for _, between := range []string{"queue", "tee", "videoconvert ! video/x-raw,format=NV12", "videoscale ! video/x-raw,width=96,height=64", "videocrop left=4",
		"videoflip method=clockwise", "videorate ! video/x-raw,framerate=20/1", "x264enc tune=zerolatency", "vp8enc deadline=1"} {
		f := use(t, &fakes{})
		mustPlay(t, "videotestsrc num-buffers=12 ! video/x-raw,format=I420,framerate=10/1,width=192,height=128 ! "+
			"avidfilter model=../../demo/walkway.avid overlay=none ! "+between+" ! avidwebrtcfaked")
		o := f.output(t)
		judged := 0
		for _, m := range o.metas {
			if m.Captured.IsZero() { // the end of an event, after the last frame
				continue
			}
			if m.State != "filling" && m.State != "judging" {
				t.Fatalf("%s: %+v", between, m)
			}
			if m.Judged && m.State == "judging" && m.Threshold > 0 {
				judged++
			}
		}
		if judged < 5 {
			t.Errorf("%s: %d of %d frames have a verdict", between, judged, len(o.metas))
		}
	}
}

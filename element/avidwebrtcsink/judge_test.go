package avidwebrtcsink

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/runtime/fanout"
)

// fakeMarks are what is written on a frame.
type fakeMarks struct {
	old        bool // no numbers, as of an avidfilter of before
	numbers    gstc.Verdict
	confidence float64 // below 0: none
	fresh      bool
	boxes      []gstc.Box
	mask       []byte
	h, w       int
	reads      int
}

func (m *fakeMarks) Verdict() (gstc.Verdict, bool) { return m.numbers, !m.old }
func (m *fakeMarks) Confidence() (float64, bool)   { return m.confidence, m.confidence >= 0 }
func (m *fakeMarks) Fresh() bool                   { return m.fresh }
func (m *fakeMarks) Boxes() []gstc.Box             { return m.boxes }
func (m *fakeMarks) Mask(buf []byte) ([]byte, int, int) {
	m.reads++
	return append(buf[:0], m.mask...), m.h, m.w
}

// TestJudge: the outline is in pixels of the picture and made once a verdict,
// and only for viewers; scores are the filter's own.
func TestJudge(t *testing.T) {
	j := new(judge)
	j.resize(80, 40)
	m := &fakeMarks{confidence: 0.9, h: 4, w: 8, mask: make([]byte, 32), boxes: []gstc.Box{{X: 20, Y: 10, W: 20, H: 20, Score: 0.9}},
		numbers: gstc.Verdict{Serial: 7, Score: 28.25, Threshold: 6.875, State: gstc.Judging}}
	for _, i := range []int{10, 11, 18, 19} { // 2x2 pixels at (2,1)
		m.mask[i] = 255
	}
	meta := j.look(m, 0, false)
	if meta.Outlines != nil || m.reads != 0 || !meta.Judged || meta.Confidence < 0.99 || len(meta.Boxes) != 1 || meta.Event != nil {
		t.Errorf("unwatched: %+v", meta)
	}
	if meta.Score != 28.25 || meta.Threshold != 6.875 || meta.State != "judging" || meta.Reason != "" {
		t.Errorf("numbers: %+v", meta)
	}
	for i := range 5 { // the same verdict, held
		meta := j.look(m, time.Duration(i)*step, true)
		want := []fanout.Point{{X: 20, Y: 10}, {X: 40, Y: 10}, {X: 40, Y: 30}, {X: 20, Y: 30}}
		if len(meta.Outlines) != 1 || len(meta.Outlines[0]) != 4 || m.reads != 1 {
			t.Fatalf("%d reads, %+v", m.reads, meta)
		}
		for _, p := range want {
			if !slices.Contains(meta.Outlines[0], p) {
				t.Errorf("no %v in %v", p, meta.Outlines[0])
			}
		}
	}
	m.numbers.Serial++
	if j.look(m, 6*step, true); m.reads != 2 {
		t.Error("another verdict has the outlines of the one before")
	}
	blind := &fakeMarks{confidence: -1, numbers: gstc.Verdict{State: gstc.Blind, Reason: "fillers"}}
	if meta := j.look(blind, 7*step, true); meta.Judged || meta.State != "blind" || meta.Reason != "fillers" || meta.Outlines != nil {
		t.Errorf("blind: %+v", meta)
	}
}

// TestJudgeOldFilter: what an avidfilter of before wrote is shown, without events.
func TestJudgeOldFilter(t *testing.T) {
	j := new(judge)
	meta := j.look(&fakeMarks{old: true, confidence: 0.9, fresh: true, boxes: []gstc.Box{{W: 3, H: 3}}}, 0, false)
	if !meta.Judged || math.Abs(meta.Score-math.Log(9)) > 1e-6 || meta.Threshold != 0 || meta.State != "" || len(meta.Boxes) != 1 {
		t.Errorf("%+v", meta)
	}
}

// TestFollow: viewers are told of the filter's own events, each once, also where
// the frame that reported it was lost on the way.
func TestFollow(t *testing.T) {
	open := func(kind gstc.EventKind, id uint64, at int) gstc.FrameEvent {
		return gstc.FrameEvent{Kind: kind, ID: id, Start: time.Hour, Time: time.Hour + time.Duration(at)*step, Peak: float64(id)}
	}
	none := gstc.FrameEvent{}
	for name, c := range map[string]struct {
		frames []gstc.FrameEvent
		want   string
	}{
		"as it is":         {[]gstc.FrameEvent{none, open(gstc.EventBegin, 1, 1), open(gstc.EventOpen, 1, 2), open(gstc.EventChange, 1, 3), open(gstc.EventEnd, 1, 4), none}, "begin1@1 change1@3 end1@4"},
		"the begin lost":   {[]gstc.FrameEvent{none, none, open(gstc.EventOpen, 1, 2), open(gstc.EventEnd, 1, 3)}, "begin1@2 end1@3"},
		"the end lost":     {[]gstc.FrameEvent{open(gstc.EventBegin, 1, 0), open(gstc.EventOpen, 1, 1), none, none}, "begin1@0 end1@2"},
		"all of it lost":   {[]gstc.FrameEvent{none, open(gstc.EventEnd, 1, 1), none}, ""},
		"another at once":  {[]gstc.FrameEvent{open(gstc.EventBegin, 1, 0), open(gstc.EventBegin, 2, 1), open(gstc.EventOpen, 2, 2)}, "begin1@0 end1@1 begin2@2"},
		"the change first": {[]gstc.FrameEvent{none, open(gstc.EventChange, 3, 1), open(gstc.EventOpen, 3, 2)}, "begin3@1"},
	} {
		j := new(judge)
		var got []string
		for i, e := range c.frames {
			meta := j.look(&fakeMarks{confidence: -1, numbers: gstc.Verdict{Event: e}}, time.Duration(i)*step, false)
			if s := meta.Event; s != nil {
				got = append(got, fmt.Sprintf("%s%d@%d", s.Kind, s.ID, i))
				if s.Peak != float64(s.ID) {
					t.Errorf("%s: peak %v", name, s.Peak)
				}
			}
		}
		if all := strings.Join(got, " "); all != c.want {
			t.Errorf("%s: %s, want %s", name, all, c.want)
		}
	}
}

// TestFollowTimes: stream times become times of the viewers, which a break of the
// stream does not change.
func TestFollowTimes(t *testing.T) {
	j := new(judge)
	const s = time.Second
	e := gstc.FrameEvent{Kind: gstc.EventBegin, ID: 4, Start: 100 * s, Time: 101 * s, Duration: s, Score: 9, Peak: 12}
	meta := j.look(&fakeMarks{confidence: -1, numbers: gstc.Verdict{Event: e}}, 7*s, false)
	if got := *meta.Event; got != (fanout.EventStamp{Kind: "begin", ID: 4, Start: 6 * s, Time: 7 * s, Duration: s, Score: 9, Peak: 12}) {
		t.Errorf("%+v", got)
	}
	e.Kind, e.Time, e.Duration, e.Peak = gstc.EventOpen, 103*s, 3*s, 28.25
	j.look(&fakeMarks{confidence: -1, numbers: gstc.Verdict{Event: e}}, 9*s, false)
	if got := j.end(); got == nil || got.Kind != "end" || got.ID != 4 || got.Start != 6*s || got.Time != 9*s || got.Duration != 3*s || got.Peak != 28.25 {
		t.Errorf("%+v", got)
	}
	if got := j.end(); got != nil {
		t.Errorf("it ended twice: %+v", got)
	}
}

// TestJudgeNoGarbage: in the steady state a frame allocates nothing.
func TestJudgeNoGarbage(t *testing.T) {
	j := new(judge)
	j.resize(80, 40)
	m := &fakeMarks{confidence: 0.9, h: 4, w: 8, mask: []byte("0123456701234567\x00\x00\x00\x00\x00\x00\x00\x0001234567"), boxes: []gstc.Box{{W: 9, H: 9}, {W: 9, H: 9}}}
	at := time.Duration(0)
	if n := testing.AllocsPerRun(200, func() {
		at += step
		m.numbers.Serial++
		m.numbers.Event = gstc.FrameEvent{Kind: gstc.EventChange, ID: 1, Time: at}
		j.look(m, at, true)
	}); n > 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestTimeline(t *testing.T) {
	var l timeline
	check := func(what string, got, want time.Duration) {
		t.Helper()
		if got != want*time.Millisecond {
			t.Errorf("%s: %v, want %v", what, got, want*time.Millisecond)
		}
	}
	const ms = time.Millisecond
	check("first", l.enter(100*ms), 100)
	check("second", l.enter(120*ms), 120)
	check("out", l.exit(100*ms), 100)
	check("no time", l.enter(gstc.None), 140)
	check("no time out", l.exit(gstc.None), 120)
	check("out of order", l.enter(130*ms), 130)
	l.flush()
	check("after a flush", l.enter(0), 160)
	check("goes on", l.enter(20*ms), 180)
	check("out", l.exit(20*ms), 180)
	l.flush()
	check("a flush that went forward", l.enter(500*ms), 660)
	l.reset()
	l.flush()
	check("a flush before anything", l.enter(0), 0)
	check("none has left, no time", l.exit(gstc.None), 0)
	check("no time", l.exit(gstc.None), 40)
}

func TestProfileLevelID(t *testing.T) {
	for unit, want := range map[string]string{
		"\x00\x00\x00\x01\x09\x10\x00\x00\x00\x01\x67\x42\xc0\x1e\x99\x99": "42c01e",
		"\x00\x00\x01\x67\x64\x00\x28\x99":                                 "640028",
		"\x00\x00\x01\x67\x64":                                             "", "": "", "\x00\x00\x01\x65\x64\x00\x28\x99": "",
	} {
		if got := profileLevelID([]byte(unit)); got != want {
			t.Errorf("% x: %q, want %q", unit, got, want)
		}
	}
}

func FuzzProfileLevelID(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\x67\x64\x00\x28\x99"))
	f.Fuzz(func(t *testing.T, unit []byte) {
		if id := profileLevelID(unit); id != "" && len(id) != 6 {
			t.Errorf("%q", id)
		}
	})
}

// TestEncoderTable: each row has what it needs.
func TestEncoderTable(t *testing.T) {
	in := gstc.Input{Width: 321, Height: 240, RateN: 30, RateD: 1}
	if r := firstBitrate(in, 0, 1e9); r < 100e3 || r > 1e6 {
		t.Errorf("320x240 begins with %d", r)
	}
	if r := firstBitrate(gstc.Input{}, 5, 1e9); r != 5 {
		t.Errorf("nothing begins with %d", r)
	}
	for _, e := range encoders {
		all := e.settings(in, 1e6)
		for _, o := range all {
			if o.Property == "" || o.Value == "" || o.Value[0] == '{' {
				t.Errorf("%s: %+v", e.element, o)
			}
		}
		if e.rate != "" && e.unit == 0 || kinds[e.codec].name == "" {
			t.Errorf("%s is not whole", e.element)
		}
	}
}

package avidwebrtcsink

import (
	"math"
	"slices"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/runtime/preview"
	"avid/runtime/verdict"
)

// fakeMarks are what is written on a frame.
type fakeMarks struct {
	confidence float64 // below 0: none
	fresh      bool
	boxes      []gstc.Box
	mask       []byte
	h, w       int
	reads      int
}

func (m *fakeMarks) Confidence() (float64, bool) { return m.confidence, m.confidence >= 0 }
func (m *fakeMarks) Fresh() bool                 { return m.fresh }
func (m *fakeMarks) Boxes() []gstc.Box           { return m.boxes }
func (m *fakeMarks) Mask(buf []byte) ([]byte, int, int) {
	m.reads++
	return append(buf[:0], m.mask...), m.h, m.w
}

func newTestJudge(t *testing.T) *judge {
	t.Helper()
	j, err := newJudge()
	if err != nil {
		t.Fatal(err)
	}
	j.resize(80, 40)
	return j
}

// TestMargin: the margin is what avidfilter made the confidence of.
func TestMargin(t *testing.T) {
	for _, v := range []float32{-12, -3, -0.5, 0, 0.25, 1, 5, 9} {
		if got := margin(float64(verdict.Probability(v))); math.Abs(got-float64(v)) > 1e-3*math.Max(1, math.Exp(math.Abs(float64(v))-8)) {
			t.Errorf("%v became %v", v, got)
		}
	}
	for p, want := range map[float64]float64{0: -mostMargin, 1: mostMargin} {
		if got := margin(p); got != want {
			t.Errorf("%v became %v", p, got)
		}
	}
}

// TestJudge: the outline is in pixels of the picture and made once a verdict,
// and only for viewers; events follow the verdicts, not the frames.
func TestJudge(t *testing.T) {
	j := newTestJudge(t)
	m := &fakeMarks{confidence: 0.9, fresh: true, h: 4, w: 8, mask: make([]byte, 32), boxes: []gstc.Box{{X: 20, Y: 10, W: 20, H: 20, Score: 0.9}}}
	for _, i := range []int{10, 11, 18, 19} { // 2x2 pixels at (2,1)
		m.mask[i] = 255
	}
	if meta := j.look(m, 0, false); meta.Outlines != nil || m.reads != 0 || !meta.Judged || meta.Confidence != 0.9 || len(meta.Boxes) != 1 || meta.Event != nil {
		t.Errorf("unwatched: %+v", meta)
	}
	m.fresh = false
	for i := range 5 { // the same verdict, held
		meta := j.look(m, time.Duration(i)*step, true)
		want := []preview.Point{{X: 20, Y: 10}, {X: 40, Y: 10}, {X: 40, Y: 30}, {X: 20, Y: 30}}
		if len(meta.Outlines) != 1 || len(meta.Outlines[0]) != 4 || m.reads != 1 || meta.Event != nil {
			t.Fatalf("%d reads, %+v", m.reads, meta)
		}
		for _, p := range want {
			if !slices.Contains(meta.Outlines[0], p) {
				t.Errorf("no %v in %v", p, meta.Outlines[0])
			}
		}
	}
	m.fresh = true
	meta := j.look(m, 6*step, true)
	if meta.Event == nil || meta.Event.Kind != "begin" || meta.Event.ID != 1 || meta.Event.Start != 0 || math.Abs(meta.Event.Peak-math.Log(9)) > 1e-6 {
		t.Errorf("no event begins: %+v", meta.Event)
	}
	if meta = j.look(&fakeMarks{confidence: -1}, 7*step, true); meta.Judged || meta.Event == nil || meta.Event.Kind != "end" || meta.Outlines != nil {
		t.Errorf("the verdicts end: %+v", meta)
	}
	if e := j.end(); e != nil {
		t.Errorf("it ended twice: %+v", e)
	}
}

// TestJudgeNoGarbage: in the steady state a frame allocates nothing.
func TestJudgeNoGarbage(t *testing.T) {
	j := newTestJudge(t)
	m := &fakeMarks{confidence: 0.9, fresh: true, h: 4, w: 8, mask: []byte("0123456701234567\x00\x00\x00\x00\x00\x00\x00\x0001234567"), boxes: []gstc.Box{{W: 9, H: 9}, {W: 9, H: 9}}}
	at := time.Duration(0)
	if n := testing.AllocsPerRun(200, func() {
		at += step
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

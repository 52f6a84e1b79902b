package avidfilter

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/average"
	"avid/models/luma"
	"avid/runtime/pixel"
)

// idle is how long a pipeline of these tests may say nothing: it only bounds a
// hang.
const idle = time.Minute

// run plays a pipeline to its end and gives its messages.
func run(t *testing.T, description string) (*pipeline.Pipeline, []pipeline.Message) {
	t.Helper()
	p, err := pipeline.Parse(description)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	messages, err := p.Run(idle)
	if err != nil {
		t.Fatalf("%s: %v %v", description, err, messages)
	}
	return p, messages
}

// TestFormats: every format and odd sizes; white is irregular to the fake and
// black is not, and what comes out is marked or untouched.
func TestFormats(t *testing.T) {
	for _, format := range pixel.All() {
		for _, size := range []string{"width=353,height=241", "width=1,height=1", "width=176,height=144", "width=7,height=300"} {
			for _, pattern := range []string{"black", "white"} {
				use(t, &fake{h: 24, w: 32, rate: 10}, nil)
				_, messages := run(t, fmt.Sprintf(
					"videotestsrc num-buffers=%d pattern=%s ! video/x-raw,format=%v,%s,framerate=10/1 ! avidfaked model=x ! fakesink",
					average.Frames+2, pattern, format, size))
				begun := 0
				for _, m := range messages {
					if m.Kind == pipeline.MessageElement && strings.Contains(m.Text, "kind=(string)begin") {
						begun++
					}
				}
				if want := map[string]int{"black": 0, "white": 1}[pattern]; begun != want {
					t.Errorf("%s %s %s: %d events begun", format, size, pattern, begun)
				}
			}
		}
	}
}

// TestTee: what is drawn on one branch does not show on the other.
func TestTee(t *testing.T) {
	use(t, &fake{h: 24, w: 32, rate: 10}, nil)
	p, err := pipeline.Parse("videotestsrc num-buffers=8 pattern=white ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! tee name=t " +
		"t. ! queue ! avidfaked model=x ! appsink name=marked sync=false t. ! queue ! appsink name=plain sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	var marked, plain pipeline.Sample
	for i := range 8 {
		if err := p.Pull("marked", idle, &marked); err != nil {
			t.Fatal(err)
		}
		if err := p.Pull("plain", idle, &plain); err != nil {
			t.Fatal(err)
		}
		if differ := string(marked.Planes[2]) != string(plain.Planes[2]); differ != (i >= average.Frames-1) {
			t.Errorf("frame %d: differs %v", i, differ)
		}
		for _, v := range plain.Planes[0] {
			if v < 230 {
				t.Fatalf("frame %d: the other branch was drawn on (%d)", i, v)
			}
		}
	}
}

// TestCapsChange: size and format change in the middle of the stream.
func TestCapsChange(t *testing.T) {
	use(t, &fake{h: 24, w: 32, rate: 10}, nil)
	p, messages := run(t, "concat name=c ! avidfaked model=x name=f ! fakesink "+
		"videotestsrc num-buffers=10 ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! c. "+
		"videotestsrc num-buffers=10 ! video/x-raw,format=BGRx,width=353,height=241,framerate=10/1 ! c. "+
		"videotestsrc num-buffers=10 ! video/x-raw,format=GRAY8,width=1920,height=1080,framerate=30/1 ! c.")
	for _, m := range messages {
		if m.Kind == pipeline.MessageError || m.Kind == pipeline.MessageWarning {
			t.Errorf("%+v", m)
		}
	}
	if s, _ := p.Get("f", "stats"); !strings.Contains(s, "frames=(guint64)30") {
		t.Errorf("stats: %s", s)
	}
}

// TestTwoFilters: two in a pipeline do not meet.
func TestTwoFilters(t *testing.T) {
	use(t, &fake{h: 24, w: 32, rate: 10}, nil)
	source := "videotestsrc num-buffers=50 ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! "
	p, _ := run(t, source+"avidticking model=x name=a ! queue ! avidfaked model=x name=b ! fakesink")
	for _, name := range []string{"a", "b"} {
		if s, _ := p.Get(name, "stats"); !strings.Contains(s, "inferences=(guint64)45") {
			t.Errorf("%s: %s", name, s)
		}
	}
}

// TestStates goes through the states in odd orders, then plays.
func TestStates(t *testing.T) {
	m := &fake{h: 24, w: 32, rate: 10}
	use(t, m, nil)
	p, err := pipeline.Parse("videotestsrc ! video/x-raw,format=I420,width=64,height=48 ! avidfaked model=x ! fakesink sync=false")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []pipeline.State{pipeline.StateReady, pipeline.StateNull, pipeline.StatePaused, pipeline.StateReady, pipeline.StatePlaying,
		pipeline.StatePaused, pipeline.StatePlaying, pipeline.StateNull, pipeline.StatePlaying, pipeline.StateReady, pipeline.StateNull, pipeline.StatePaused} {
		if err := p.SetState(s, idle); err != nil {
			t.Fatalf("state %d: %v", s, err)
		}
	}
	p.Close()
	if m.closed != 4 { // as often as it left PAUSED downwards
		t.Errorf("the model was closed %d times", m.closed)
	}
	if n := gstc.Instances(); n != 0 {
		t.Errorf("%d elements live on", n)
	}
}

// TestNoGarbage: in the steady state no Go memory is allocated a frame. White
// is irregular, so that boxes are found, drawn and hung on.
func TestNoGarbage(t *testing.T) {
	const all = "overlay=mask+outline+heat+score"
	for _, c := range []struct{ format, properties string }{
		{"I420", all}, {"I420", "overlay=none attach-meta=false"}, {"I420", "interval=3"},
		{"YUY2", all}, {"P010_10LE", all}, {"BGRx", all},
	} {
		cost := func(frames int) uint64 {
			use(t, &fake{h: 24, w: 32, rate: 10, luma: luma.Full}, nil)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, _ := run(t, fmt.Sprintf("videotestsrc num-buffers=%d pattern=white ! video/x-raw,format=%s,width=96,height=64,framerate=10/1 ! "+
				"avidfaked model=x post-messages=false %s ! fakesink", frames, c.format, c.properties))
			runtime.ReadMemStats(&after)
			p.Close()
			return after.Mallocs - before.Mallocs
		}
		cost(10) // what is made once
		short, long := cost(100), cost(2100)
		if long > short+100 {
			t.Errorf("%s %s: 2000 frames more allocate %d times more", c.format, c.properties, long-short)
		}
	}
}

// TestManyStarts: memory and elements stay over many starts and stops.
func TestManyStarts(t *testing.T) {
	use(t, &fake{h: 24, w: 32, rate: 10}, nil)
	for range 30 {
		p, err := pipeline.Parse("videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=96,height=64 ! avidfaked model=x ! fakesink")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(idle); err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
	if n := gstc.Instances(); n != 0 {
		t.Errorf("%d elements live on", n)
	}
}

func BenchmarkFilter(b *testing.B) {
	if err := pipeline.Init(); err != nil {
		b.Fatal(err)
	}
	if err := gstc.Register(fakeClass); err != nil {
		b.Fatal(err)
	}
	for _, element := range []string{"identity", "avidfaked model=x overlay=none attach-meta=false", "avidfaked model=x"} {
		b.Run(element, func(b *testing.B) {
			current.model, current.err = &fake{h: 128, w: 192, rate: 10}, nil
			p, err := pipeline.Parse(fmt.Sprintf("videotestsrc num-buffers=%d pattern=smpte ! video/x-raw,format=I420,width=640,height=480,framerate=30/1 ! %s ! fakesink", b.N, element))
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := p.Run(idle); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// TestSeeks jumps about in a playing stream.
func TestSeeks(t *testing.T) {
	use(t, &fake{h: 24, w: 32, rate: 10}, nil)
	p, err := pipeline.Parse("videotestsrc pattern=white ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! avidfaked model=x name=f ! appsink name=out sync=false max-buffers=2")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	var s pipeline.Sample
	for i := range 30 {
		at := time.Duration(i%7) * time.Second
		if err := p.Seek(at); err != nil {
			t.Fatal(err)
		}
		for j := range average.Frames + 1 {
			if err := p.Pull("out", idle, &s); err != nil {
				t.Fatal(err)
			}
			if want := at + time.Duration(j)*frameStep; s.PTS != want {
				t.Fatalf("seek %d, frame %d: at %v, want %v", i, j, s.PTS, want)
			}
			// White is tinted as soon as a window of the new place is full.
			if tinted := s.Planes[0][64*24+32] < 230; tinted != (j >= average.Frames-1) {
				t.Errorf("seek %d, frame %d: tinted %v", i, j, tinted)
			}
		}
	}
	for {
		m, ok := p.Pop(0)
		if !ok {
			break
		}
		if m.Kind == pipeline.MessageError {
			t.Errorf("%+v", m)
		}
	}
}

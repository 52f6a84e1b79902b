package pipeline_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
)

// idle bounds a hang.
const idle = time.Minute

func parse(t *testing.T, description string) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse(description)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestParseErrors(t *testing.T) {
	for _, bad := range []string{"", "nosuchelement", "videotestsrc ! ! fakesink", "videotestsrc nosuchproperty=1 ! fakesink", "videotestsrc ! audioconvert ! fakesink"} {
		p, err := pipeline.Parse(bad)
		if !errors.Is(err, pipeline.ErrParse) || p != nil {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestPull: samples come packed, whatever stride GStreamer gave them, then
// io.EOF.
func TestPull(t *testing.T) {
	for _, c := range []struct {
		format string
		sizes  []int // of the planes at 353x241
	}{
		{"GRAY8", []int{353 * 241, 0, 0}},
		{"I420", []int{353 * 241, 177 * 121, 177 * 121}},
		{"NV12", []int{353 * 241, 354 * 121, 0}},
		{"RGB", []int{353 * 241 * 3, 0, 0}},
		{"BGRx", []int{353 * 241 * 4, 0, 0}},
	} {
		p := parse(t, "videotestsrc num-buffers=3 pattern=white ! video/x-raw,format="+c.format+",width=353,height=241,framerate=10/1 ! appsink name=out sync=false")
		if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
			t.Fatal(err)
		}
		var s pipeline.Sample
		for i := range 3 {
			if err := p.Pull("out", idle, &s); err != nil {
				t.Fatalf("%s %d: %v", c.format, i, err)
			}
			if s.Format != c.format || s.Width != 353 || s.Height != 241 {
				t.Fatalf("%s: got %s %dx%d", c.format, s.Format, s.Width, s.Height)
			}
			at := time.Duration(i) * 100 * time.Millisecond
			if s.PTS != at || s.StreamTime != at || s.Duration != 100*time.Millisecond {
				t.Errorf("%s %d: pts %v, stream time %v, duration %v", c.format, i, s.PTS, s.StreamTime, s.Duration)
			}
			for plane, want := range c.sizes {
				if len(s.Planes[plane]) != want {
					t.Errorf("%s: plane %d has %d bytes, want %d", c.format, plane, len(s.Planes[plane]), want)
				}
			}
			if last := s.Planes[0][353*241-1]; last < 235 {
				t.Errorf("%s: white reads as %d", c.format, last)
			}
		}
		if err := p.Pull("out", idle, &s); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the end: %v", c.format, err)
		}
	}
}

func TestPullErrors(t *testing.T) {
	p := parse(t, "appsrc name=in ! appsink name=out fakesrc num-buffers=0 ! fakesink name=other")
	var s pipeline.Sample
	if err := p.Pull("out", time.Millisecond, &s); !errors.Is(err, io.EOF) && !errors.Is(err, pipeline.ErrTimeout) {
		t.Errorf("stopped: %v", err)
	}
	if err := p.SetState(pipeline.StatePlaying, time.Millisecond); !errors.Is(err, pipeline.ErrState) {
		t.Errorf("a pipeline without data: %v", err)
	}
	if err := p.Pull("out", time.Millisecond, &s); !errors.Is(err, pipeline.ErrTimeout) {
		t.Errorf("no data: %v", err)
	}
	if err := p.Pull("nosuch", idle, &s); !errors.Is(err, pipeline.ErrElement) {
		t.Errorf("no such element: %v", err)
	}
	if err := p.Pull("other", idle, &s); err == nil {
		t.Error("a fakesink gave a sample")
	}
	p.Close()
	p.Close()
	if err := p.Pull("out", idle, &s); !errors.Is(err, pipeline.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestProperties(t *testing.T) {
	p := parse(t, "videotestsrc name=src ! fakesink name=sink uridecodebin name=bin ! fakesink")
	if err := p.Set("bin", "uri", "file:///nowhere"); err != nil {
		t.Errorf("a bin: %v", err)
	}
	if got, err := p.Get("bin", "uri"); err != nil || got != "file:///nowhere" {
		t.Errorf("a bin: got %q, %v", got, err)
	}
	if err := p.Set("src", "pattern", "snow"); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Get("src", "pattern"); err != nil || got != "snow" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := p.Set("src", "nosuch", "1"); !errors.Is(err, pipeline.ErrProperty) {
		t.Errorf("set: %v", err)
	}
	if _, err := p.Get("src", "nosuch"); !errors.Is(err, pipeline.ErrProperty) {
		t.Errorf("get: %v", err)
	}
	if err := p.Set("nosuch", "a", "1"); !errors.Is(err, pipeline.ErrElement) {
		t.Errorf("element: %v", err)
	}
}

func TestRun(t *testing.T) {
	p := parse(t, "videotestsrc num-buffers=3 ! fakesink name=sink")
	messages, err := p.Run(idle)
	if err != nil || messages[len(messages)-1].Kind != pipeline.MessageEOS {
		t.Errorf("%v %v", err, messages)
	}
	p = parse(t, "filesrc location=/nonexistent/file ! fakesink")
	messages, err = p.Run(idle)
	if err == nil || !strings.HasPrefix(err.Error(), "filesrc") {
		t.Errorf("%v", err)
	}
	if last := messages[len(messages)-1]; !strings.Contains(last.Debug, "/nonexistent/file") || last.Kind != pipeline.MessageError || !last.Known || last.Code != gstc.ResourceNotFound {
		t.Errorf("%+v (%v)", last, last.Code)
	}
}

func TestSeek(t *testing.T) {
	p := parse(t, "videotestsrc num-buffers=100 ! video/x-raw,format=GRAY8,width=16,height=16,framerate=10/1 ! appsink name=out sync=false max-buffers=1")
	if err := p.SetState(pipeline.StatePaused, idle); err != nil {
		t.Fatal(err)
	}
	if err := p.Seek(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	var s pipeline.Sample
	if err := p.Pull("out", idle, &s); err != nil || s.PTS != 5*time.Second {
		t.Errorf("%v, first picture at %v", err, s.PTS)
	}
}

func TestLatency(t *testing.T) {
	p := parse(t, "videotestsrc is-live=true ! video/x-raw,format=GRAY8,width=16,height=16,framerate=50/1 ! identity ! appsink name=out")
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	var s pipeline.Sample
	if err := p.Pull("out", idle, &s); err != nil {
		t.Fatal(err)
	}
	live, least, most, ok := p.Latency()
	if !ok || !live || least < 0 || most != pipeline.None && most < least {
		t.Errorf("live %v, from %v to %v, %v", live, least, most, ok)
	}
}

// TestTimes: position and length are known once there is a picture.
func TestTimes(t *testing.T) {
	p := parse(t, "videotestsrc num-buffers=20 ! video/x-raw,format=GRAY8,width=16,height=16,framerate=10/1 ! fakesink")
	if at := p.Position(); at != pipeline.None {
		t.Errorf("stopped, yet at %v", at)
	}
	if err := p.SetState(pipeline.StatePaused, idle); err != nil {
		t.Fatal(err)
	}
	if at, length := p.Position(), p.Length(); at != 0 || length != 2*time.Second {
		t.Errorf("at %v of %v", at, length)
	}
}

// TestClosed: a closed pipeline answers each verb.
func TestClosed(t *testing.T) {
	p := parse(t, "fakesrc ! fakesink")
	p.Close()
	for name, err := range map[string]error{"state": p.SetState(pipeline.StateReady, idle), "seek": p.Seek(0), "set": p.Set("a", "b", "c")} {
		if !errors.Is(err, pipeline.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.SendEOS()
	if m, ok := p.Pop(-1); ok {
		t.Errorf("%+v", m)
	}
	if _, _, _, ok := p.Latency(); ok || p.Position() != pipeline.None || p.Length() != pipeline.None {
		t.Error("it still runs")
	}
}

func TestVersion(t *testing.T) {
	if v := pipeline.Version(); !strings.HasPrefix(v, "1.") {
		t.Errorf("%q", v)
	}
}

// TestMessagesWithoutSecrets: sources repeat their address in what they say, which
// comes off the bus without what is secret in it.
func TestMessagesWithoutSecrets(t *testing.T) {
	p := parse(t, "filesrc location=/nonexistent/user=admin_password=hunter2 ! fakesink")
	messages, err := p.Run(idle)
	if err == nil {
		t.Fatal("it plays")
	}
	last := messages[len(messages)-1]
	for _, text := range []string{last.Text, last.Debug, err.Error()} {
		if strings.Contains(text, "hunter2") {
			t.Error(text)
		}
	}
	if !strings.Contains(last.Debug, "/nonexistent/user=***") {
		t.Errorf("%q: %q", last.Text, last.Debug)
	}
}

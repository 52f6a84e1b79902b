package avidwebrtcsink

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/runtime/fanout"
)

// checkTimes looks for a key frame first and for running times of the source's
// frames, each later than the one before.
func checkTimes(t *testing.T, o *fakeOutput) {
	t.Helper()
	if len(o.frames) == 0 || !o.frames[0].key {
		t.Fatalf("%d frames, the first is none to begin with", len(o.frames))
	}
	last := time.Duration(-1)
	for i, f := range o.frames {
		// Sources round to a nanosecond.
		if off := (f.pts + 10) % step; off > 20 || f.pts <= last || f.size == 0 {
			t.Fatalf("frame %d at %v after %v, %d bytes", i, f.pts, last, f.size)
		}
		last = f.pts
	}
}

// TestEncodes: with each encoder that is here, frames arrive with their times,
// a key frame first, in pictures that receivers can decode, odd sizes too.
func TestEncodes(t *testing.T) {
	for _, e := range encoders {
		for _, size := range [][2]int{{320, 240}, {321, 241}} {
			t.Run(fmt.Sprintf("%s %dx%d", e.element, size[0], size[1]), func(t *testing.T) {
				need(t, e.element)
				f := use(t, &fakes{only: e.element})
				const n = 40
				mustPlay(t, raw(n, fmt.Sprintf("format=I420,width=%d,height=%d", size[0], size[1]))+
					fmt.Sprintf("avidwebrtcfaked codec=%d", e.codec))
				o := f.output(t)
				checkTimes(t, o)
				c := o.config
				w, h := size[0], size[1]
				if kinds[e.codec].even {
					w, h = w&^1, h&^1
				}
				if c.Codec != kinds[e.codec].name || c.Width != w || c.Height != h || c.Rate != 50 || c.Path != "live" {
					t.Errorf("stream %+v", c)
				}
				if e.codec == codecH264 && (!bytes.Contains(o.frames[0].head, []byte{0, 0, 0, 1, 0x67}) || !strings.HasPrefix(c.Profile, "42")) {
					t.Errorf("profile %q, begins with % x", c.Profile, o.frames[0].head[:12])
				}
				if len(o.keys()) > 2 {
					t.Errorf("key frames %v", o.keys())
				}
				if o.closed != 1 || f.servers[0].closed != 1 {
					t.Errorf("the stream was closed %d times, the server %d", o.closed, f.servers[0].closed)
				}
				if len(o.metas) == 0 || o.metas[0].Judged || o.metas[0].Width != w || time.Since(o.metas[0].Captured) > idle {
					t.Errorf("%d metas, %+v", len(o.metas), o.metas[:min(len(o.metas), 1)])
				}
			})
		}
	}
}

// TestFormats: raw video in whatever form it comes.
func TestFormats(t *testing.T) {
	need(t, "vp8enc")
	for _, format := range []string{"NV12", "YUY2", "GRAY8", "BGRx", "RGB", "Y444", "I420_10LE", "v210"} {
		f := use(t, &fakes{only: "vp8enc"})
		mustPlay(t, raw(5, "format="+format+","+small)+"avidwebrtcfaked")
		checkTimes(t, f.output(t))
	}
}

// TestForceKey: who asks for a key frame gets it, from the element's encoder or
// from one upstream.
func TestForceKey(t *testing.T) {
	for name, line := range map[string]string{
		"x264enc":     "avidwebrtcfaked",
		"vp8enc":      "avidwebrtcfaked codec=vp8",
		"openh264enc": "openh264enc gop-size=1000 ! avidwebrtcfaked",
		"vp9enc":      "vp9enc deadline=1 lag-in-frames=0 keyframe-max-dist=1000 ! avidwebrtcfaked",
	} {
		t.Run(name, func(t *testing.T) {
			need(t, name)
			f := use(t, &fakes{on: func(o *fakeOutput, i int) {
				if i == 3 {
					o.config.KeyFrame()
				}
			}})
			mustPlay(t, raw(100, "format=I420,"+small)+line)
			o := f.output(t)
			if keys := o.keys(); len(keys) != 2 || keys[1] < 4 || keys[1] > 9 {
				t.Errorf("of %d frames, %v are key frames", len(o.frames), keys)
			}
			if o.config.Profile != "" && len(o.config.Profile) != 6 && o.config.Codec == fanout.H264 {
				t.Errorf("profile %q", o.config.Profile)
			}
			o.config.KeyFrame() // it has stopped
		})
	}
}

// TestBitrate: a new bit rate comes to the encoder in its own unit.
func TestBitrate(t *testing.T) {
	for _, c := range []struct{ encoder, property, first, want string }{
		{"x264enc", "bitrate", "200", "500"}, {"vp8enc", "target-bitrate", "200000", "500000"},
		{"openh264enc", "bitrate", "200000", "500000"}, {"av1enc", "target-bitrate", "200", "500"},
	} {
		t.Run(c.encoder, func(t *testing.T) {
			need(t, c.encoder)
			set := make(chan bool)
			f := use(t, &fakes{only: c.encoder, on: func(_ *fakeOutput, i int) {
				if i == 3 {
					close(set)
				}
			}})
			line := raw(100, "format=I420,"+small) + "avidwebrtcfaked"
			if c.encoder == "av1enc" {
				line += " codec=av1"
			}
			p, err := pipeline.Parse(line)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
				t.Fatal(err)
			}
			<-set
			if got, err := p.Get(nameEncoder, c.property); err != nil || got != c.first {
				t.Errorf("at first %s, %v", got, err)
			}
			o := f.output(t)
			o.config.Bitrate(500_000)
			if got, err := p.Get(nameEncoder, c.property); err != nil || got != c.want {
				t.Errorf("then %s, %v", got, err)
			}
			p.Close()
			o.config.Bitrate(600_000) // it has stopped
		})
	}
}

// TestPasses: encoded video goes through as it is, in the form that is sent.
func TestPasses(t *testing.T) {
	for _, c := range []struct {
		codec    codec
		encoders string
		line     string
	}{
		{codecH264, "x264enc", "x264enc tune=zerolatency ! video/x-h264,stream-format=avc"},
		{codecH264, "openh264enc", "openh264enc"},
		{codecH265, "x265enc", "x265enc tune=zerolatency speed-preset=ultrafast ! h265parse ! video/x-h265,stream-format=hvc1"},
		{codecVP8, "vp8enc", "vp8enc deadline=1"},
		{codecVP9, "vp9enc", "vp9enc deadline=1"},
		{codecAV1, "av1enc", "av1enc usage-profile=realtime cpu-used=9"},
	} {
		t.Run(c.encoders, func(t *testing.T) {
			need(t, c.encoders)
			f := use(t, &fakes{})
			mustPlay(t, raw(30, "format=I420,"+small)+c.line+" ! avidwebrtcfaked codec=vp8")
			o := f.output(t)
			checkTimes(t, o)
			if len(o.frames) < 28 || o.config.Codec != kinds[c.codec].name || o.config.Width != 96 || o.config.Bitrate != nil {
				t.Errorf("%d frames of %+v", len(o.frames), o.config)
			}
			if head := o.frames[0].head; kinds[c.codec].even && !bytes.HasPrefix(head, []byte{0, 0, 0, 1}) {
				t.Errorf("begins with % x", head[:8])
			}
		})
	}
}

// TestCapsChange: sizes and formats may change, the kind of video may not.
func TestCapsChange(t *testing.T) {
	need(t, "x264enc")
	f := use(t, &fakes{})
	mustPlay(t, "concat name=c ! avidwebrtcfaked "+raw(20, "format=I420,"+small)+"c. "+raw(20, "format=NV12,width=161,height=121")+"c. "+
		raw(20, "format=BGRx,width=320,height=240")+"c.")
	o := f.output(t)
	checkTimes(t, o)
	sizes := map[[2]int]bool{}
	for _, m := range o.metas {
		sizes[[2]int{m.Width, m.Height}] = true
	}
	if len(sizes) != 3 || !sizes[[2]int{160, 120}] || len(o.keys()) < 3 || o.frames[len(o.frames)-1].pts < 58*step {
		t.Errorf("sizes %v, key frames %v, the last at %v", sizes, o.keys(), o.frames[len(o.frames)-1].pts)
	}

	use(t, &fakes{})
	messages, err := play(t, "concat name=c ! avidwebrtcfaked "+raw(10, "format=I420,"+small)+"c. "+raw(10, "format=I420,"+small)+"x264enc tune=zerolatency ! c.")
	if err == nil {
		t.Error("raw video became encoded")
	}
	expect(t, messages, gstc.CoreNegotiation, "video/x-h264 after video/x-raw")
}

// TestEndOfStream: the end is told with data, without, and before any caps.
func TestEndOfStream(t *testing.T) {
	for _, line := range []string{"videotestsrc num-buffers=0 ! avidwebrtcfaked", "fakesrc num-buffers=0 ! avidwebrtcfaked",
		raw(3, small) + "tee name=t t. ! queue ! avidwebrtcfaked path=a t. ! queue ! avidwebrtcfaked path=b t. ! queue ! fakesink"} {
		use(t, &fakes{})
		messages := mustPlay(t, line)
		if last := messages[len(messages)-1]; last.Kind != pipeline.MessageEOS {
			t.Errorf("%s: %+v", line, last)
		}
	}
}

// TestSeek: viewers' time goes on where the stream's goes back.
func TestSeek(t *testing.T) {
	reached := make(chan bool, 100)
	f := use(t, &fakes{on: func(_ *fakeOutput, i int) {
		if i%10 == 9 {
			reached <- true
		}
	}})
	p, err := pipeline.Parse(raw(1000, "format=I420,"+small) + "avidwebrtcfaked codec=vp8")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-reached
		if err := p.Seek(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	<-reached
	p.Close()
	o := f.output(t)
	last := time.Duration(-1)
	for i, w := range o.frames {
		if w.pts <= last {
			t.Fatalf("frame %d at %v after %v", i, w.pts, last)
		}
		last = w.pts
	}
	if last > 10*time.Second {
		t.Errorf("the last frame is at %v", last)
	}
}

// TestStates goes through the states in odd orders, fifty times, and each run
// begins anew.
func TestStates(t *testing.T) {
	f := use(t, &fakes{})
	before := gstc.Instances()
	p, err := pipeline.Parse(raw(10000, "format=I420,"+small) + "avidwebrtcfaked name=sink codec=vp8")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		states := []pipeline.State{pipeline.StateReady, pipeline.StatePaused, pipeline.StatePlaying, pipeline.StateReady, pipeline.StatePlaying, pipeline.StateNull}
		for j, s := range states[i%3:] {
			if err := p.SetState(s, idle); err != nil {
				t.Fatalf("round %d, state %d: %v", i, j, err)
			}
			if _, err := p.Get("sink", "stats"); err != nil {
				t.Error(err)
			}
		}
	}
	p.Close()
	if n := gstc.Instances(); n != before {
		t.Errorf("%d elements live on", n-before)
	}
	for _, s := range f.servers {
		if s.closed != 1 {
			t.Errorf("a server was closed %d times", s.closed)
		}
		for _, o := range s.added {
			if o.closed != 1 {
				t.Errorf("a stream was closed %d times", o.closed)
			}
		}
	}
	if len(f.servers) != 50 {
		t.Errorf("%d servers", len(f.servers))
	}
}

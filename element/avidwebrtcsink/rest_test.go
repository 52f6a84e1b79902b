package avidwebrtcsink

import (
	"testing"
	"time"

	"avid/element/pipeline"
)

// frames and metas are how many have come so far.
func (o *fakeOutput) counts() (frames, metas int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.frames), len(o.metas)
}

// TestEncoderRests: while nobody watches nothing is encoded, and all is told of
// the frames; it begins again with a key frame.
func TestEncoderRests(t *testing.T) {
	for _, encoder := range []string{"x264enc", "vp8enc", "openh264enc"} {
		t.Run(encoder, func(t *testing.T) {
			need(t, encoder)
			const n, rest, wake = 100, 10, 60 // frames, and by the metas of which
			opened := make(chan *fakeOutput, 1)
			f := use(t, &fakes{only: encoder, on: func(o *fakeOutput, i int) {
				if i == 0 {
					opened <- o
				}
			}})
			p, err := pipeline.Parse(raw(n, "format=I420,"+small) + "avidwebrtcfaked")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			until := func(o *fakeOutput, metas int) (frames int) {
				for deadline := time.Now().Add(idle); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
					if frames, so := o.counts(); so >= metas {
						return frames
					}
				}
				t.Fatalf("no %d metas", metas)
				return 0
			}
			before, asleep, awake := 0, 0, 0
			done := make(chan struct{})
			go func() {
				defer close(done)
				o := <-opened
				before = until(o, rest)
				o.config.Watched(false)
				until(o, rest+5) // what was under way is there
				asleep, _ = o.counts()
				awake = until(o, wake)
				o.config.Watched(true)
			}()
			if _, err := p.Run(idle); err != nil {
				t.Fatal(err)
			}
			<-done
			o := f.output(t)
			frames, metas := o.counts()
			// The frames before the first key frame is out have no meta, however many those
			// are; the others have one in the rest too, as until has seen.
			if awake != asleep || asleep < before || frames < awake+20 || frames > n-(wake-rest)+10 {
				t.Errorf("%d metas; of %d frames %d before the rest, %d and %d in it", metas, frames, before, asleep, awake)
			}
			if awake < frames && !o.frames[awake].key {
				t.Errorf("frame %d, the first after the rest, is no key frame: %v", awake, o.keys())
			}
		})
	}
}

// TestWhatNeverRests: what is encoded already, and what is pushed to a media
// server, comes whoever watches.
func TestWhatNeverRests(t *testing.T) {
	for name, line := range map[string]string{
		"encoded": "x264enc tune=zerolatency ! avidwebrtcfaked",
		"pushed":  "avidwebrtcfaked whip-endpoint=http://127.0.0.1:1/whip",
	} {
		need(t, "x264enc")
		f := use(t, &fakes{})
		mustPlay(t, raw(5, "format=I420,"+small)+line)
		if f.output(t).config.Watched != nil {
			t.Errorf("%s: it can be told to rest", name)
		}
	}
}

// TestCapturedByTheCamera: a frame of a live source was captured when the camera
// took it, however long it has waited since. The queue holds half a second, which
// it gives at once in the end.
func TestCapturedByTheCamera(t *testing.T) {
	need(t, "x264enc")
	f := use(t, &fakes{})
	mustPlay(t, "videotestsrc is-live=true num-buffers=40 ! video/x-raw,format=I420,framerate=20/1,"+small+
		" ! queue min-threshold-buffers=11 max-size-buffers=0 ! avidwebrtcfaked")
	o := f.output(t)
	if len(o.metas) < 20 {
		t.Fatalf("%d metas", len(o.metas))
	}
	least, most := time.Duration(1<<62), time.Duration(-1<<62)
	for _, m := range o.metas {
		start := m.Captured.Sub(time.Unix(0, 0)) - m.PTS // of the camera's clock
		least, most = min(least, start), max(most, start)
	}
	if most-least > 200*time.Millisecond {
		t.Errorf("the camera's clock varies by %v: it is that of the arrival", most-least)
	}
}

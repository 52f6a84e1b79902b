package gstc_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
)

// camera is a live source of H.264 with a key frame a second, behind which all
// waits that nobody takes, as in the jitter buffer of an RTSP source.
const camera = "videotestsrc is-live=true num-buffers=%d ! video/x-raw,width=64,height=64,framerate=20/1 ! " +
	"x264enc tune=zerolatency speed-preset=ultrafast key-int-max=20 ! h264parse ! " +
	"queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! "

// tail is the decoder and what follows it.
const tail = "h264parse ! avdec_h264 ! queue name=late max-size-buffers=2 max-size-bytes=0 max-size-time=0 ! avidtestlagging sleep=%d ! fakesink sync=false"

// file is a source that is not live, of frames at a rate.
const file = "videotestsrc num-buffers=%d ! video/x-raw,width=64,height=64,framerate=%d/1 ! " +
	"queue name=late max-size-buffers=2 ! avidtestlagging sleep=%d ! fakesink sync=%v"

// bound is how old a picture may be shown: that of the whole, less what the
// elements behind the gate may take.
const bound = 1500 * time.Millisecond

// keepUp plays a line behind a gate.
func keepUp(t *testing.T, line string, force bool) (encoded, pictures uint64) {
	t.Helper()
	registerLagging(t)
	if err := gstc.Register(slowDecoderClass); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	gate, err := p.KeepUp(nil, force)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	if _, err := p.Run(time.Minute); err != nil {
		t.Fatal(err)
	}
	return gate.Dropped()
}

// TestGate: whatever is too slow, nothing that is shown is older than the bound,
// what was dropped is counted, and pictures are still shown at the end. What is
// fast enough, and what is not live, loses nothing.
func TestGate(t *testing.T) {
	for _, c := range []struct {
		name, line string
		n          int // frames that come
		force      bool
		encoded    bool // frames are dropped before the decoder
		pictures   bool // and behind it
		unmeasured bool // the source is not live: no lag is known
	}{
		{name: "all fast", n: 40, line: fmt.Sprintf(camera+tail, 40, 0)},
		{name: "slow filter", n: 60, line: fmt.Sprintf(camera+tail, 60, 200), pictures: true},
		{name: "slow decoder", n: 160, line: fmt.Sprintf(camera+"avidtestslowdecoder sleep=150 ! "+tail, 160, 0), encoded: true, pictures: true},
		{name: "both slow", n: 160, line: fmt.Sprintf(camera+"avidtestslowdecoder sleep=150 ! "+tail, 160, 200), encoded: true, pictures: true},
		{name: "a file", n: 60, unmeasured: true, line: fmt.Sprintf(file, 60, 1000, 5, false)},
		{name: "a file taken for live", n: 60, force: true, unmeasured: true, pictures: true, line: fmt.Sprintf(file, 60, 20, 100, true)},
	} {
		t.Run(c.name, func(t *testing.T) {
			encoded, pictures := keepUp(t, c.line, c.force)
			lags, times, unsure := lastLagging.seen()
			if c.encoded != (encoded > 0) || c.pictures != (pictures > 0) {
				t.Errorf("%d encoded frames and %d pictures were dropped", encoded, pictures)
			}
			if got := len(times) + int(encoded+pictures); got != c.n {
				t.Errorf("%d shown, %d and %d dropped: %d of %d frames", len(times), encoded, pictures, got, c.n)
			}
			if !c.unmeasured && (len(lags) == 0 || slices.Max(lags) > bound) || c.unmeasured && unsure != len(times) {
				t.Errorf("lags %v, none should be above %v", lags, bound)
			}
			if !slices.IsSorted(times) || len(times) < 5 {
				t.Errorf("shown at %v", times)
			}
		})
	}
}

// keyBody is a bin that notes which of the frames that come to it are key frames.
type keyBody struct {
	binBody
	pts  []time.Duration
	keys []bool
}

// lastKeys is the body that was made last.
var lastKeys *keyBody

func (b *keyBody) Write(f *gstc.Coded) error {
	b.pts, b.keys = append(b.pts, f.PTS), append(b.keys, f.Key)
	return nil
}

var keyClass = &gstc.BinClass{TypeName: "AvidTestKeys", Name: "avidtestkeys", LongName: "test", Klass: "Sink", Description: "test", Author: "test",
	Caps: "video/x-h264", New: func(bin *gstc.Bin) gstc.BinBody { lastKeys = &keyBody{binBody: binBody{bin: bin}}; return lastKeys }}

// TestGateBeginsAtKeyFrames: after frames were dropped a decoder gets a key frame,
// which the gate asks for: this camera makes none by itself.
func TestGateBeginsAtKeyFrames(t *testing.T) {
	if err := errors.Join(gstc.Init(), gstc.RegisterBin(keyClass)); err != nil {
		t.Fatal(err)
	}
	line := strings.Replace(camera, "key-int-max=20", "key-int-max=1000", 1) + "avidtestslowdecoder sleep=150 ! avidtestkeys"
	encoded, _ := keepUp(t, fmt.Sprintf(line, 120), false)
	anew := 0
	for i := 1; i < len(lastKeys.pts); i++ {
		if lastKeys.pts[i]-lastKeys.pts[i-1] < 75*time.Millisecond {
			continue
		}
		anew++
		if !lastKeys.keys[i] {
			t.Errorf("after %v comes %v, no key frame", lastKeys.pts[i-1], lastKeys.pts[i])
		}
	}
	if anew == 0 || encoded == 0 {
		t.Errorf("%d frames were dropped, with %d breaks", encoded, anew)
	}
}

// TestGatePresets: elements that a pipeline makes by itself get their settings,
// those of other kinds and settings that are not there none.
func TestGatePresets(t *testing.T) {
	registerLagging(t)
	p, err := pipeline.Parse("uridecodebin uri=file:///dev/null ! fakesink name=end")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	gate, err := p.KeepUp([]pipeline.Preset{{Factory: "filesrc", Property: "blocksize", Value: "1234"}, {Factory: "filesrc", Property: "nosuch", Value: "1"},
		{Factory: "nosuch", Property: "blocksize", Value: "1"}, {Factory: "fakesink", Property: "sync", Value: "true"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	_ = p.SetState(pipeline.StatePaused, time.Minute) // there is nothing in the file
	if size, err := p.Get("source", "blocksize"); err != nil || size != "1234" {
		t.Errorf("the source: %s, %v", size, err)
	}
	if sync, err := p.Get("end", "sync"); err != nil || sync != "true" {
		t.Errorf("the sink: %s, %v", sync, err)
	}
	gate.Close()
	if e, n := gate.Dropped(); e != 0 || n != 0 {
		t.Errorf("%d, %d after Close", e, n)
	}
	p.Close()
	if _, err := p.KeepUp(nil, false); !errors.Is(err, pipeline.ErrClosed) {
		t.Error(err)
	}
}

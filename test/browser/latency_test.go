package browser_test

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"avid/element/avidwebrtcsink"
	"avid/element/pipeline"
)

// format is a video of the latency's measurement.
type format struct {
	codec      string // of avidwebrtcsink
	w, h, rate int
}

// TestLatency: the time from a picture to the screen can be measured, and is
// no matter of seconds. BenchmarkGlassToGlass has the numbers.
func TestLatency(t *testing.T) {
	for _, codec := range []string{"vp8", "h264"} {
		t.Run(codec, func(t *testing.T) {
			took := glassToGlass(t, format{codec, 640, 360, 25}, 100)
			t.Logf("from picture to screen: median %v, 95 %% within %v", quantile(took, 0.5), quantile(took, 0.95))
			if quantile(took, 0.5) > 5*time.Second {
				t.Errorf("the median is %v", quantile(took, 0.5))
			}
		})
	}
}

// BenchmarkGlassToGlass measures the time from when a picture begins to be
// handed to GStreamer until the browser has it on screen: encoder, server,
// connection, jitter buffer and decoder, all on this machine. The picture has
// the time in it, as blocks, which are read back from the browser's canvas.
func BenchmarkGlassToGlass(b *testing.B) {
	for _, f := range []format{{"vp8", 640, 360, 25}, {"h264", 640, 360, 25}, {"h264", 1280, 720, 25}} {
		b.Run(fmt.Sprintf("%s-%dx%d", f.codec, f.w, f.h), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				took = append(took, glassToGlass(b, f, 250)...)
			}
			b.ReportMetric(0, "ns/op") // the run's length says nothing
			b.ReportMetric(quantile(took, 0.5).Seconds()*1000, "p50-ms")
			b.ReportMetric(quantile(took, 0.95).Seconds()*1000, "p95-ms")
		})
	}
}

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))]
}

// glassToGlass shows n pictures and gives how old each was on screen.
func glassToGlass(t testing.TB, f format, n int) []time.Duration {
	t.Helper()
	source := timecodes(t, f)
	p := newTab(t, 1280, 800)
	p.open(source.url)
	p.wait(playing(1))
	// The browser's wall clock is this process's: it is one machine. A picture
	// is on screen when it is expected to be there, but not before the page is
	// told of it.
	type sight struct {
		At   float64 // UNIX ms
		RTP  uint32
		Code int
	}
	sights := eval[[]sight](p, readsTimecode+fmt.Sprintf(`, new Promise((done) => {
		const video = document.querySelector("video"), sights = [];
		const look = (_, frame) => {
			const later = Math.max(0, frame.expectedDisplayTime - performance.now());
			sights.push({ At: Date.now() + later, RTP: frame.rtpTimestamp, Code: readTimecode(video) });
			if (sights.length >= %d) done(sights); else video.requestVideoFrameCallback(look);
		};
		video.requestVideoFrameCallback(look);
	})`, n))
	// The canvas may be given a picture that is decoded already while the one
	// before is on screen, which would look too good. So the codes that were
	// read say only which RTP timestamp the pictures began with, by majority,
	// and the timestamps which picture was on screen.
	step := uint32(90000 / f.rate)
	origins := map[uint32]int{}
	var origin uint32
	for _, s := range sights {
		if i, ok := source.index(s.Code); ok {
			o := s.RTP - uint32(i)*step
			origins[o]++
			if origins[o] > origins[origin] {
				origin = o
			}
		}
	}
	if origins[origin] < n/2 {
		t.Fatalf("the codes do not fit the timestamps: %v", origins)
	}
	var took []time.Duration
	for _, s := range sights {
		if made, ok := source.made(int((s.RTP - origin) / step)); ok {
			took = append(took, time.UnixMicro(int64(s.At*1000)).Sub(made))
		}
	}
	return took
}

// source is a stream of pictures with times in them.
type source struct {
	url   string
	start time.Time

	mu    sync.Mutex
	times []time.Duration // since start, of each picture
	codes map[int]int     // of each code the picture
}

// next is the code of the next picture: milliseconds since the start.
func (s *source) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := time.Since(s.start)
	code := int(since.Milliseconds())
	s.codes[code] = len(s.times)
	s.times = append(s.times, since)
	return code
}

func (s *source) index(code int) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.codes[code]
	return i, ok
}

func (s *source) made(i int) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < 0 || i >= len(s.times) {
		return time.Time{}, false
	}
	return s.start.Add(s.times[i]), true
}

// timecodes streams pictures through avidwebrtcsink until the test ends.
func timecodes(t testing.TB, f format) *source {
	t.Helper()
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := avidwebrtcsink.Register(); err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	size := f.w * f.h * 3 / 2
	line, err := pipeline.Parse(fmt.Sprintf("fdsrc fd=%d blocksize=%d ! rawvideoparse format=i420 width=%d height=%d framerate=%d/1 ! "+
		"avidwebrtcsink name=sink media-ips=127.0.0.1 listen=127.0.0.1:0 codec=%s", read.Fd(), size, f.w, f.h, f.rate, f.codec))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	made := &source{start: time.Now(), codes: map[int]int{}}
	var feeding sync.WaitGroup
	done := make(chan struct{})
	feeding.Go(func() {
		defer write.Close()
		ticker := time.NewTicker(time.Second / time.Duration(f.rate))
		defer ticker.Stop()
		for i := 0; ; i++ {
			p := newPicture(f.w, f.h)
			p.fill(sceneBox(i%sceneFrames), 210, 16, 146)
			p.writeTimecode(made.next())
			if _, err := write.Write(p.data); err != nil {
				return
			}
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		_, _ = io.CopyN(io.Discard, read, int64(2*size)) // a write that waits
		feeding.Wait()
	})
	if err := line.SetState(pipeline.StatePlaying, soon); err != nil {
		for {
			m, ok := line.Pop(0)
			if !ok {
				t.Fatal(err)
			}
			t.Log(m.Text, m.Debug)
		}
	}
	if made.url, err = line.Get("sink", "url"); err != nil {
		t.Fatal(err)
	}
	return made
}

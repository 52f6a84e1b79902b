package browser_test

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"avid/runtime/fanout"
	"avid/runtime/outline"
	"avid/runtime/preview"
)

// clip is encoded video of constant rate that begins with a key frame and can
// be shown again and again.
type clip struct {
	codec      fanout.Codec
	w, h, rate int
	frames     [][]byte
}

// encoders are GStreamer's, with a key frame each second.
var encoders = map[fanout.Codec]string{
	fanout.VP8: "vp8enc deadline=1 cpu-used=8 target-bitrate=2000000 keyframe-max-dist=%d",
	fanout.H264: "x264enc tune=zerolatency speed-preset=ultrafast bitrate=2000 key-int-max=%d ! video/x-h264,profile=constrained-baseline ! " +
		"h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au",
}

// encode makes a clip of n pictures; draw paints each.
func encode(t testing.TB, codec fanout.Codec, w, h, rate, n int, draw func(i int, p *picture)) *clip {
	t.Helper()
	var raw bytes.Buffer
	for i := range n {
		p := newPicture(w, h)
		draw(i, p)
		raw.Write(p.data)
	}
	dir := t.TempDir()
	line := fmt.Sprintf("fdsrc fd=0 blocksize=%d ! rawvideoparse format=i420 width=%d height=%d framerate=%d/1 ! "+
		encoders[codec]+" ! multifilesink next-file=buffer location=%s/%%06d", w*h*3/2, w, h, rate, rate, dir)
	return &clip{codec, w, h, rate, launch(t, line, &raw, dir)}
}

// launch runs a pipeline that writes frames into files, and reads them.
func launch(t testing.TB, line string, in *bytes.Buffer, dir string) [][]byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "gst-launch-1.0", append([]string{"-q"}, fields(line)...)...)
	if in != nil {
		cmd.Stdin = in
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no frames (%v)", line, err)
	}
	var frames [][]byte
	for _, f := range files { // Glob sorts
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, data)
	}
	return frames
}

func fields(line string) []string {
	var list []string
	for _, f := range bytes.Fields([]byte(line)) {
		list = append(list, string(f))
	}
	return list
}

// isKey says whether a frame can be decoded by itself: the first bit of a VP8
// frame (RFC 6386 §9.1), or an H.264 sequence parameter set (H.264 table 7-1).
func (c *clip) isKey(i int) bool {
	f := c.frames[i]
	if c.codec == fanout.VP8 {
		return f[0]&1 == 0
	}
	for n := bytes.Index(f, []byte{0, 0, 1}); n >= 0 && n+3 < len(f); {
		if f[n+3]&0x1f == 7 {
			return true
		}
		next := bytes.Index(f[n+3:], []byte{0, 0, 1})
		if next < 0 {
			break
		}
		n += 3 + next
	}
	return false
}

// play writes a clip to a stream at its rate, over and over, until the test
// ends or stop is called. verdict says what is told of frame i, where pts is
// its time; nil: nothing is.
func (c *clip) play(t testing.TB, out preview.Output, verdict func(i int, m *fanout.Meta)) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		every := time.Second / time.Duration(c.rate)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for n := 0; ; n++ {
			i := n % len(c.frames)
			pts := time.Duration(n) * every
			captured := time.Now()
			if verdict != nil {
				m := fanout.Meta{PTS: pts, Captured: captured, Width: c.w, Height: c.h}
				verdict(i, &m)
				out.WriteMeta(m)
			}
			if err := out.WriteFrame(fanout.Frame{PTS: pts, Key: c.isKey(i), Data: c.frames[i]}); err != nil {
				return // closed
			}
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	stop = sync.OnceFunc(func() { close(done); running.Wait() })
	t.Cleanup(stop)
	return stop
}

// The scene: a yellow box that runs over grey ground, irregular for a third of
// the time.
const (
	sceneW, sceneH, sceneRate = 640, 360, 20
	sceneFrames               = 120
	sceneBegin, sceneEnd      = 40, 80 // irregular frames
)

// sceneBox is where the box is in frame i.
func sceneBox(i int) image.Rectangle {
	x := 40 + 4*i
	return image.Rect(x, 140, x+80, 140+120)
}

var scenes sync.Map // of codec: func() *clip

// scene is the clip of the scene, encoded once.
func scene(t testing.TB, codec fanout.Codec) *clip {
	make, _ := scenes.LoadOrStore(codec, sync.OnceValue(func() *clip {
		return encode(t, codec, sceneW, sceneH, sceneRate, sceneFrames, func(i int, p *picture) {
			p.fill(sceneBox(i), 210, 16, 146)
			p.writeTimecode(i)
		})
	}))
	return make.(func() *clip)()
}

// sceneVerdicts gives what is said of the scene's frames. Each round has an
// event of its own.
func sceneVerdicts() func(i int, m *fanout.Meta) {
	var id uint64
	var start time.Duration
	return func(i int, m *fanout.Meta) {
		m.Judged, m.Score, m.Confidence = true, -4+0.3*float64(i%5), 0.02
		r := sceneBox(i)
		m.Outlines = [][]fanout.Point{{outline.Point{X: r.Min.X, Y: r.Min.Y}, {X: r.Max.X, Y: r.Min.Y}, {X: r.Max.X, Y: r.Max.Y}, {X: r.Min.X, Y: r.Max.Y}}}
		if i < sceneBegin || i >= sceneEnd {
			return
		}
		m.Score, m.Confidence = 1+float64(i-sceneBegin)/8, 0.9
		m.Boxes = []fanout.Box{{X: r.Min.X, Y: r.Min.Y, W: r.Dx(), H: r.Dy(), Score: 0.9}}
		kind := ""
		switch i {
		case sceneBegin:
			id, start, kind = id+1, m.PTS, "begin"
		case (sceneBegin + sceneEnd) / 2:
			kind = "change"
		case sceneEnd - 1:
			kind = "end"
		}
		if id > 0 && kind != "" {
			m.Event = &fanout.EventStamp{Kind: kind, ID: id, Start: start, Duration: m.PTS - start, Peak: m.Score}
		}
	}
}

// serve starts a server; it ends with the test.
func serve(t testing.TB, change func(*preview.Config)) *preview.Server {
	t.Helper()
	c := preview.DefaultConfig()
	c.Listen, c.MediaIPs = "127.0.0.1:0", []string{"127.0.0.1"}
	if change != nil {
		change(&c)
	}
	s, err := preview.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the test has seen what it wanted
	return s
}

// show plays a clip as a stream of a server.
func (c *clip) show(t testing.TB, s *preview.Server, path, title string, verdict func(i int, m *fanout.Meta)) *preview.Stream {
	t.Helper()
	stream, err := s.Add(fanout.StreamConfig{Path: path, Title: title, Codec: c.codec, Width: c.w, Height: c.h, Rate: float64(c.rate)})
	if err != nil {
		t.Fatal(err)
	}
	c.play(t, stream, verdict)
	return stream
}

//go:build !nogst

package video

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/models/luma"
)

// clip writes n frames of w x h grey pictures, frame k of grey level 16+10k,
// losslessly into a Matroska file in the given format.
func clip(t *testing.T, w, h, n int, format string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a clip.mkv")
	f, err := NewFeed(Packed("GRAY8", w, h, 1, 12.5), "videoconvert ! video/x-raw,format="+format+
		" ! matroskamux ! filesink name=file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Pipeline.Set("file", "location", path); err != nil {
		t.Fatal(err)
	}
	err = f.Run(context.Background(), func(out io.Writer) error {
		for k := range n {
			if _, err := out.Write(bytes.Repeat([]byte{byte(16 + 10*k)}, w*h)); err != nil {
				return err
			}
		}
		return nil
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReaderGivesEachPicture(t *testing.T) {
	for _, c := range []struct {
		format string
		w, h   int
	}{{"GRAY8", 36, 17}, {"I420", 36, 18}, {"YV12", 44, 30}} {
		t.Run(c.format, func(t *testing.T) {
			r, err := Open(clip(t, c.w, c.h, 7, c.format))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var levels []string
			for k := 0; ; k++ {
				p, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if p.Width != c.w || p.Height != c.h || len(p.Gray) != c.w*c.h {
					t.Fatalf("%dx%d, %d bytes", p.Width, p.Height, len(p.Gray))
				}
				if want := time.Duration(k) * 80 * time.Millisecond; p.PTS != want {
					t.Errorf("picture %d at %v, want %v", k, p.PTS, want)
				}
				if bytes.Count(p.Gray, p.Gray[:1]) != len(p.Gray) {
					t.Errorf("picture %d is not flat", k)
				}
				levels = append(levels, fmt.Sprint(p.Gray[0]))
			}
			want := "16 26 36 46 56 66 76"
			if got := strings.Join(levels, " "); got != want {
				t.Errorf("grey levels %s, want %s", got, want)
			}
		})
	}
}

func TestOpenTellsWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "not a video.mp4")
	if err := os.WriteFile(text, []byte("plain text, no video at all\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing.mp4"), text} {
		r, err := Open(path)
		if err == nil {
			_, err = r.Next()
			r.Close()
		}
		if !errors.Is(err, ErrVideo) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestStreamKeepsTheRange(t *testing.T) {
	for _, format := range []string{"GRAY8", "I420"} {
		c := &datasets.Clip{Path: clip(t, 36, 18, 9, format), Range: datasets.Range{First: 3, End: 6}}
		s, err := OpenStream(c)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if raw := s.Raw(); raw.Format != format || raw.Width != 36 || raw.Height != 18 || raw.Rate != 12.5 {
			t.Errorf("pictures %+v", raw)
		}
		var out bytes.Buffer
		n := 0
		for {
			err := s.Next(&out)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 3 || out.Len() != 3*s.Raw().Size {
			t.Errorf("%s: %d pictures, %d bytes of %d", format, n, out.Len(), s.Raw().Size)
		}
		if got := out.Bytes()[0]; got != 46 {
			t.Errorf("%s: first picture is grey %d, want 46", format, got)
		}
	}
	c := &datasets.Clip{Path: clip(t, 32, 16, 4, "GRAY8"), Range: datasets.Range{First: 4}}
	if _, err := OpenStream(c); !errors.Is(err, datasets.ErrRange) || !strings.Contains(err.Error(), c.Path) {
		t.Errorf("range beyond the video: %v", err)
	}
}

// TestFeedKeepsOddSizes: planes without padding arrive as they were written,
// though GStreamer's own layout pads rows to four bytes.
func TestFeedKeepsOddSizes(t *testing.T) {
	const w, h = 33, 17
	f, err := NewFeed(Packed("GRAY8", w, h, 1, 10), "appsink name=out sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := make([]byte, w*h)
	for i := range want {
		want[i] = byte(i * 7)
	}
	if err := start(f.Pipeline); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = f.write.Write(want) // the other end sees what is missing
		f.write.Close()
	}()
	var s pipeline.Sample
	if err := f.Pipeline.Pull("out", 10*time.Second, &s); err != nil {
		t.Fatal(err)
	}
	got, values, err := new(grey).of(&s)
	if err != nil || values != luma.Full || !bytes.Equal(got, want) {
		t.Errorf("the picture changed on its way: %v", err)
	}
}

// TestPlayLosesNoMessage: messages that come while the pipeline starts count.
func TestPlayLosesNoMessage(t *testing.T) {
	for range 20 {
		p, err := pipeline.Parse("videotestsrc num-buffers=3 ! video/x-raw,width=16,height=16 ! videoanalyse message=true ! fakesink")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = Play(context.Background(), p, func(m pipeline.Message) {
			if m.Kind == pipeline.MessageElement {
				n++
			}
		}, nil)
		p.Close()
		if err != nil || n != 3 {
			t.Fatalf("%d of 3 messages, %v", n, err)
		}
	}
}

// TestPlayEndsWhenTold: an endless stream is ended properly by its context.
func TestPlayEndsWhenTold(t *testing.T) {
	p, err := pipeline.Parse("videotestsrc is-live=true ! video/x-raw,width=16,height=16,framerate=50/1 ! fakesink")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, stop := context.WithCancel(context.Background())
	ticks := 0
	if err := Play(ctx, p, nil, func() {
		if ticks++; ticks == 2 {
			stop()
		}
	}); err != nil {
		t.Error(err)
	}
}

func TestFeedTellsErrors(t *testing.T) {
	f, err := NewFeed(Packed("GRAY8", 32, 16, 1, 10), "filesink name=file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Pipeline.Set("file", "location", t.TempDir()+"/no/such/folder"); err != nil {
		t.Fatal(err)
	}
	endless := func(out io.Writer) error {
		for {
			if _, err := out.Write(make([]byte, 512)); err != nil {
				return err
			}
		}
	}
	if err := f.Run(context.Background(), endless, nil, nil); err == nil {
		t.Error("no error from a sink without a place")
	}
}

func TestGreyOfPaddedRows(t *testing.T) {
	s := pipeline.Sample{Format: "NV12"}
	s.Width, s.Height = 3, 2
	s.Planes[0], s.Strides[0] = []byte{1, 2, 3, 0, 4, 5, 6, 0}, 4
	if got, values, err := new(grey).of(&s); err != nil || values != luma.Limited || !bytes.Equal(got, []byte{1, 2, 3, 4, 5, 6}) {
		t.Errorf("padded rows: %v, %v, %v", got, values, err)
	}
	s.Format = "v210"
	if _, _, err := new(grey).of(&s); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `"v210"`) {
		t.Errorf("unknown format: %v", err)
	}
}

func TestEncoder(t *testing.T) {
	for ending, want := range map[string]string{".mp4": "mp4mux", ".mkv": "matroskamux", ".mov": "qtmux"} {
		if tail, err := Encoder(ending); err != nil || !strings.Contains(tail, want) {
			t.Errorf("%s: %s, %v", ending, tail, err)
		}
	}
	if _, err := Encoder(".gif"); !errors.Is(err, ErrEnding) {
		t.Errorf(".gif: %v", err)
	}
}

func TestFraction(t *testing.T) {
	for rate, want := range map[float64]string{10: "10/1", 12.5: "25/2", 29.97: "2997/100", 0.0001: "1/1000"} {
		if n, d := fraction(rate); fmt.Sprintf("%d/%d", n, d) != want {
			t.Errorf("%v: %d/%d, want %s", rate, n, d, want)
		}
	}
}

// TestEmptiness: a file in which nothing is found, and of which no error is told,
// is given up; one with video is not.
func TestEmptiness(t *testing.T) {
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs("../../../../demo/walkway.mp4")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(path, "fakesink")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	e := newEmptiness(p) // nothing is read yet, as where the demuxer's error was lost
	if err := e.check(); err != nil {
		t.Errorf("at once: %v", err)
	}
	e.until.at = time.Now().Add(-time.Hour)
	if err := e.check(); !errors.Is(err, ErrVideo) {
		t.Errorf("in the end: %v", err)
	}
	if err := p.SetState(pipeline.StatePaused, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := e.check(); err != nil || e.until.set() {
		t.Errorf("with video: %v, %v", err, e.until)
	}
}

// cutClip is the demo's clip, without its index and its second half. The index of
// the clip is at its front; files cut before theirs have pictures alone.
func cutClip(t *testing.T) []byte {
	t.Helper()
	whole, err := os.ReadFile("../../../../demo/walkway.mp4")
	if err != nil {
		t.Fatal(err)
	}
	head, pictures := int(binary.BigEndian.Uint32(whole)), bytes.Index(whole, []byte("mdat"))-4
	return slices.Concat(whole[:head], whole[pictures:len(whole)/2])
}

// TestLostError: a demuxer that failed is noticed by its standing still, long before
// the time is over, whatever became of its error.
func TestLostError(t *testing.T) {
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.mp4")
	if err := os.WriteFile(path, cutClip(t), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse(fmt.Sprintf("bin.( name=source filesrc location=%s ! qtdemux )", path))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	e := &emptiness{p: p, until: after(time.Hour)}
	if err := e.check(); err != nil {
		t.Errorf("before it reads: %v", err)
	}
	_ = p.SetState(pipeline.StatePaused, 0) // its error is on the bus, where nobody looks
	for err == nil && t.Context().Err() == nil {
		time.Sleep(poll)
		err = e.check()
	}
	if !errors.Is(err, ErrVideo) {
		t.Errorf("%v", err)
	}
}

// TestBadFiles: whatever is no video ends in an error that names it, and in no
// case in a wait for ever.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{"cut.mp4": cutClip(t), "empty.mp4": nil, "text.mp4": []byte(strings.Repeat("no video\n", 500)), "zeros.avi": make([]byte, 1<<16)}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.mp4"), 0o600); err != nil {
		t.Fatal(err)
	}
	files["pipe.mp4"], files["missing.mp4"], files["."] = nil, nil, nil
	for _, sound := range []string{"sound.wav", "sound.mka"} {
		muxer := map[string]string{".wav": "wavenc", ".mka": "matroskamux"}[filepath.Ext(sound)]
		if err := os.Rename(filmed(t, sound, "audiotestsrc num-buffers=50 ! "+muxer), filepath.Join(dir, sound)); err != nil {
			t.Fatal(err)
		}
		files[sound] = nil
	}
	for name := range files {
		path := filepath.Join(dir, name)
		r, err := Open(path)
		if err == nil {
			_, err = r.Next()
			r.Close()
		}
		if !errors.Is(err, ErrVideo) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: read: %v", name, err)
		}
		p, err := Parse(path, "fakesink")
		if err == nil {
			err = Play(t.Context(), p, nil, nil)
			p.Close()
		}
		if err == nil {
			t.Errorf("%s: played", name)
		}
		if strings.HasPrefix(name, "sound") && !strings.Contains(fmt.Sprint(err), "no video in it, only sound") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLoop: a file is played again and again at its pace, until it is told to end. (Taken as
// fast as it decodes, so short a one may end before it is sought in.)
func TestLoop(t *testing.T) {
	const frames = 12
	path := filmed(t, "short.mp4", fmt.Sprintf("videotestsrc num-buffers=%d ! video/x-raw,width=64,height=48,framerate=30/1 ! x264enc ! h264parse ! mp4mux", frames))
	p, err := Parse(path, "appsink name=out max-buffers=2")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePaused, patience); err != nil { // before, there is nothing to pull
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	pulled, over := make(chan int), make(chan struct{})
	isOver := func() bool {
		select {
		case <-over:
			return true
		default:
			return false
		}
	}
	go func() {
		n := 0
		var s pipeline.Sample
		for err := p.Pull("out", poll, &s); err == nil || errors.Is(err, pipeline.ErrTimeout); err = p.Pull("out", poll, &s) {
			if err != nil { // frames that nobody takes keep the end from coming
				if isOver() {
					break
				}
				continue
			}
			if n++; n == 5*frames {
				cancel()
			}
		}
		cancel()
		pulled <- n
	}()
	if err := Loop(ctx, p, nil, nil); err != nil {
		t.Fatal(err)
	}
	close(over)
	if n := <-pulled; n < 5*frames {
		t.Errorf("%d frames of %d were shown", n, frames)
	}
}

// TestExplain: what decodebin says of streams without a decoder is put in words, and
// other errors are left as they are.
func TestExplain(t *testing.T) {
	for debug, want := range map[string]string{
		"no suitable plugins found:\nMissing decoder: Vorbis (audio/x-vorbis, rate=(int)44100)":               "no video in it, only sound",
		"Missing decoder: SubRip (text/x-raw)":                                                                "only text",
		"Missing decoder: H.266 (video/x-h266, a=(int)1)\nMissing decoder: Opus (audio/x-opus)":               "no decoder for H.266 here",
		"Missing decoder: B (video/x-b)\nMissing decoder: A (image/x-a)\nMissing decoder: B (video/x-b, w=1)": "no decoder for A, B here",
		"gst_qt_mux_add_buffer (): mux:\nBuffer has no PTS.":                                                  "have the output end in .mkv",
		"no decoder is missing (video/x)":                                                                     "source: broken",
	} {
		err := explain(fmt.Errorf("wrapped: %w", &pipeline.ElementError{Message: pipeline.Message{Source: "source", Text: "broken", Debug: debug}}))
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", debug, err, want)
		}
	}
	if err := explain(ErrStall); !errors.Is(err, ErrStall) {
		t.Errorf("%v", err)
	}
}

package element_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/models/average"
	"avid/runtime/engine"
)

// perSource is how many frames a source of these tests gives: three windows.
const perSource = average.Frames + 2

// size is the size of a picture.
type size struct{ w, h int }

// sizes are those of a telephone, a webcam, a modern camera, and an odd one.
var sizes = []size{{176, 144}, {640, 480}, {1920, 1080}, {353, 241}}

func (s size) String() string { return fmt.Sprintf("%dx%d", s.w, s.h) }

// caps are raw caps of this size at the rate that the bundle was made for.
func (s size) caps(format string) string {
	return fmt.Sprintf("video/x-raw,format=%s,width=%d,height=%d,framerate=10/1", format, s.w, s.h)
}

// generated is a source of test pictures.
func generated(s size, format string) string {
	return fmt.Sprintf("videotestsrc num-buffers=%d ! %s", perSource, s.caps(format))
}

// host makes this process one that has avidfilter built in, as the tool has.
func host(t *testing.T) {
	t.Helper()
	t.Setenv(engine.LibraryEnv, filepath.Join(build(t), "lib", "libonnxruntime.so.1"))
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := avidfilter.Register(); err != nil {
		t.Fatal(err)
	}
}

// play runs a line in this process to its end; MODEL stands for the bundle.
func play(t *testing.T, line string) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse(strings.ReplaceAll(line, "MODEL", filepath.Join(build(t), "cam.avid")))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	t.Cleanup(p.Close)
	messages, err := p.Run(hang)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	for _, m := range messages {
		if m.Kind == pipeline.MessageWarning {
			t.Errorf("%s: %s: %s", line, m.Source, m.Text)
		}
	}
	return p
}

// photographs writes a sequence of JPEG pictures, perSource of each size in
// turn, and gives the source that reads it.
func photographs(t *testing.T, all ...size) string {
	t.Helper()
	dir := t.TempDir()
	for i, s := range all {
		play(t, fmt.Sprintf("%s ! jpegenc ! multifilesink location=%s/%%02d.jpg index=%d", generated(s, "I420"), dir, i*perSource))
	}
	return fmt.Sprintf("multifilesrc location=%s/%%02d.jpg caps=image/jpeg,framerate=10/1 ! jpegdec", dir)
}

// film writes an mp4 file and gives the source that reads it. H.264 of 4:2:0
// has even sides; an odd picture is cut out of a larger one, which also gives
// it rows that are longer than the picture is wide.
func film(t *testing.T, s size) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.mp4")
	whole := size{(s.w + 15) / 16 * 16, (s.h + 15) / 16 * 16}
	play(t, generated(whole, "I420")+" ! x264enc speed-preset=ultrafast ! h264parse ! mp4mux ! filesink location="+path)
	// The decoder's own memory: with that of the next element, GStreamer
	// 1.26.2's avdec_h264 can abort.
	return fmt.Sprintf("filesrc location=%s ! qtdemux ! h264parse ! avdec_h264 ! identity drop-allocation=true ! videocrop right=%d bottom=%d",
		path, whole.w-s.w, whole.h-s.h)
}

// marking is a filter that finds everything irregular and draws all it can.
const marking = "avidfilter name=f model=MODEL zeta=1 alpha=0 overlay=mask+outline+heat+score"

// branched runs a line in gst-launch-1.0 that ends in a tee, of which one
// branch is encoded and the other is not, and looks for n buffers on each.
// Pictures with odd sides cannot be encoded with halved colour.
func branched(t *testing.T, n int, line, rest string) result {
	t.Helper()
	dir := t.TempDir()
	r := launch(t, fmt.Sprintf("%s ! tee name=t t. ! queue ! videoconvert ! video/x-raw,format=Y444 ! x264enc speed-preset=ultrafast tune=zerolatency ! "+
		"multifilesink location=%s/coded%%02d t. ! queue ! multifilesink location=%s/plain%%02d %s", line, dir, dir, rest))
	if r.code != 0 || strings.Contains(r.err, "CRITICAL") || strings.Contains(r.err, "WARNING") {
		t.Errorf("ends with %d\n%s\n%s", r.code, r.err, r.out)
	}
	for _, branch := range []string{"plain", "coded"} {
		if files, err := filepath.Glob(filepath.Join(dir, branch+"*")); err != nil || len(files) != n {
			t.Errorf("%d buffers came out of the branch %s, want %d", len(files), branch, n)
		}
	}
	return r
}

// TestStreams: generated pictures, a sequence of photographs and a film, each
// in several sizes, go through the filter into a tee and an encoder, and
// everything arrives.
func TestStreams(t *testing.T) {
	host(t)
	for _, s := range sizes {
		for name, source := range map[string]func() string{
			"generated":   func() string { return generated(s, "NV12") },
			"photographs": func() string { return photographs(t, s) },
			"film":        func() string { return film(t, s) },
		} {
			t.Run(name+" "+s.String(), func(t *testing.T) {
				r := branched(t, perSource, source()+" ! "+marking, "")
				if !strings.Contains(r.out, "avid-irregularity, kind=(string)begin") {
					t.Error("no event was told")
				}
			})
		}
	}
}

// TestCapsChange: size and format change in the middle of a stream, and what
// comes out is whole.
func TestCapsChange(t *testing.T) {
	branched(t, 4*perSource, "concat name=c ! "+marking, generated(sizes[0], "I420")+" ! c. "+generated(sizes[2], "NV12")+" ! c. "+
		generated(sizes[3], "BGRx")+" ! c. "+generated(sizes[1], "GRAY8")+" ! c.")
}

// TestCapsChangeRestarts: each change begins a new window, so that no window
// holds frames of two sources, and no frame is lost.
func TestCapsChangeRestarts(t *testing.T) {
	host(t)
	for _, c := range []struct {
		name, head string // what comes before the filter
		rest       string // what feeds the head
		changes    int
	}{
		{"none", generated(sizes[0], "I420"), "", 0},
		{"sizes", "concat name=c", generated(sizes[0], "I420") + " ! c. " + generated(sizes[1], "I420") + " ! c. " + generated(sizes[2], "I420") + " ! c. " + generated(sizes[3], "I420") + " ! c.", 3},
		{"there and back", "concat name=c", generated(sizes[3], "RGB") + " ! c. " + generated(sizes[0], "RGB") + " ! c. " + generated(sizes[3], "RGB") + " ! c.", 2},
		{"formats", "concat name=c", generated(sizes[3], "I420") + " ! c. " + generated(sizes[3], "BGRx") + " ! c. " + generated(sizes[3], "YV12") + " ! c.", 2},
		{"photographs", photographs(t, sizes[1], sizes[3], sizes[0]), "", 2},
		{"films", "concat name=c", film(t, sizes[0]) + " ! c. " + film(t, sizes[3]) + " ! c.", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := play(t, c.head+" ! "+marking+" ! queue ! fakesink "+c.rest)
			stats, err := p.Get("f", "stats")
			if err != nil {
				t.Fatal(err)
			}
			sources := c.changes + 1
			// The end of the stream ends the last window too.
			for field, want := range map[string]int{"frames": sources * perSource, "sampled": sources * perSource,
				"inferences": sources * (perSource - average.Frames + 1), "restarts": c.changes + 1} {
				if text := fmt.Sprintf("%s=(guint64)%d,", field, want); !strings.Contains(stats, text) {
					t.Errorf("no %s in %s", text, stats)
				}
			}
		})
	}
}

// number reads a field of the element's stats.
func number(t testing.TB, stats, field string) float64 {
	t.Helper()
	m := regexp.MustCompile(field + `=\(\w+\)(-?[\d.e-]+)`).FindStringSubmatch(stats)
	if m == nil {
		t.Fatalf("no %s in %s", field, stats)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatalf("%v in %s", err, stats)
	}
	return v
}

// TestSharedSession: streams of one bundle that share a session are each judged
// frame by frame as with one of their own.
func TestSharedSession(t *testing.T) {
	host(t)
	scores := func(shared string) (all []float64) {
		var line strings.Builder
		for i := range 3 {
			fmt.Fprintf(&line, "%s ! %s name=f%d ! queue ! fakesink ", generated(sizes[i], "I420"), strings.Replace(marking, "name=f", shared, 1), i)
		}
		p := play(t, line.String())
		for i := range 3 {
			stats, err := p.Get(fmt.Sprintf("f%d", i), "stats")
			if err != nil {
				t.Fatal(err)
			}
			if n, batch := number(t, stats, "inferences"), number(t, stats, "mean-batch"); n != perSource-average.Frames+1 || batch < 1 || batch > 3 || shared == "max-batch=1" && batch != 1 {
				t.Errorf("%s: stats %s", shared, stats)
			}
			all = append(all, number(t, stats, "score"))
		}
		return all
	}
	alone, shared := scores("max-batch=1"), scores("max-batch=8")
	for i := range alone {
		if math.Abs(alone[i]-shared[i]) > 1e-3 { // sums in another order
			t.Errorf("last scores %v alone, %v together", alone, shared)
		}
	}
}

// TestFilmIsWhole: what the filter marked is encoded and can be read again,
// frame for frame.
func TestFilmIsWhole(t *testing.T) {
	host(t)
	path := filepath.Join(t.TempDir(), "marked.mp4")
	play(t, film(t, sizes[1])+" ! "+marking+" ! queue ! x264enc speed-preset=ultrafast ! h264parse ! mp4mux ! filesink location="+path)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Fatal(info, err)
	}
	p, err := pipeline.Parse("filesrc location=" + path + " ! decodebin ! identity drop-allocation=true ! videoconvert ! video/x-raw,format=RGBx ! appsink name=out sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, hang); err != nil {
		t.Fatal(err)
	}
	var s pipeline.Sample
	for i := range perSource {
		if err := p.Pull("out", hang, &s); err != nil || s.Width != sizes[1].w || s.Height != sizes[1].h {
			t.Fatalf("frame %d: %v, %dx%d", i, err, s.Width, s.Height)
		}
	}
	if err := p.Pull("out", hang, &s); err == nil {
		t.Errorf("more than %d frames", perSource)
	}
}

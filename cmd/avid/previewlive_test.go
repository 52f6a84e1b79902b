//go:build !nogst

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"avid/element/pipeline"
	"avid/element/pipeline/testcamera"
	"avid/runtime/preview"
)

// openCamera starts a camera that ends with the test.
func openCamera(t *testing.T) *testcamera.Camera {
	t.Helper()
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	camera, err := testcamera.Open(192, 128, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(camera.Close)
	return camera
}

// metric reads a number of a stream from /metrics.
func metric(body, name, stream string) (value float64, ok bool) {
	for line := range strings.Lines(body) {
		if rest, found := strings.CutPrefix(line, fmt.Sprintf("avid_%s{stream=%q} ", name, stream)); found {
			_, err := fmt.Sscan(rest, &value)
			return value, err == nil
		}
	}
	return 0, false
}

// TestPreviewOfACamera: it has the name and title that were given, is asked as the
// flags say, tells how late it is, encodes nothing while nobody watches and is
// well then; when the camera goes, the line says which one, without a password.
func TestPreviewOfACamera(t *testing.T) {
	camera := openCamera(t)
	out, errOut, stop := watch(t, camera.URL(), "-m", demoBundle, "--path", "yard", "--title", "Behind the house", "--transport", "tcp", "--latency", "50")
	address := out.find(t, `1 input at (http://\S+),`)
	waitFor(t, address+"metrics", func(body string) bool {
		lag, ok := metric(body, "lag_seconds", "yard")
		n, _ := metric(body, "inferences_total", "yard")
		_, counted := metric(body, "input_dropped_frames_total", "yard")
		return ok && lag > 0 && lag < 60 && n > 5 && counted
	})
	waitFor(t, address+"api/streams", func(body string) bool {
		return strings.Contains(body, `"title":"Behind the house"`) && strings.Contains(body, `"idle":true`)
	})
	before, _ := metric(page(t, address+"metrics"), "metas_total", "yard")
	encoded, _ := metric(page(t, address+"metrics"), "frames_total", "yard")
	waitFor(t, address+"metrics", func(body string) bool {
		metas, _ := metric(body, "metas_total", "yard")
		return metas > before+20
	})
	if now, _ := metric(page(t, address+"metrics"), "frames_total", "yard"); now > encoded+2 {
		t.Errorf("%g frames were encoded for nobody", now-encoded)
	}
	if status, body := get(t, address+"healthz", ""); status != 200 {
		t.Errorf("health %d %s", status, body)
	}
	if asked := camera.Transports(); len(asked) != 1 || !strings.HasPrefix(asked[0], "RTP/AVP/TCP") {
		t.Errorf("transports %q", asked)
	}
	camera.Close()
	errOut.find(t, `(Behind the house \(rtsp://127.0.0.1:\d+\): .*trying again)`)
	if status := stop(); status != 0 || strings.Contains(errOut.String()+out.String(), "password") {
		t.Errorf("status %d, %s%s", status, out.String(), errOut.String())
	}
}

func page(t *testing.T, address string) string {
	t.Helper()
	_, body := get(t, address, "")
	return body
}

// TestRunOfACamera: what is recorded of a camera goes on in its time, and Ctrl-C
// leaves whole files.
func TestRunOfACamera(t *testing.T) {
	needLibrary(t)
	camera := openCamera(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errOut lines
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"run", camera.URL(), "-m", demoBundle, "-o", dir + "/camera.mkv", "--latency", "50", "--transport", "tcp"}, &out, &errOut)
	}()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline) && largest(t, dir) < 20_000; {
		time.Sleep(50 * time.Millisecond)
	}
	cancel()
	ended := <-status
	if info, err := os.Stat(dir + "/camera.mkv"); ended != 0 || err != nil || info.Size() < 20_000 || strings.Contains(errOut.String(), "password") {
		t.Errorf("status %d, %v, %s%s", ended, err, out.String(), errOut.String())
	}
}

// largest is the size of the largest file in a folder.
func largest(t *testing.T, dir string) (size int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			size = max(size, info.Size())
		}
	}
	return size
}

// TestDroppedIsTold: of frames that were dropped the terminal hears once a minute,
// and the page of all, over reconnections too.
func TestDroppedIsTold(t *testing.T) {
	c := preview.DefaultConfig()
	c.Listen, c.MediaIPs = "127.0.0.1:0", []string{"127.0.0.1"}
	s, err := preview.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	expected, err := s.Expect("yard", "Yard")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	tell := func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	in := &post{name: "Yard", expected: expected}
	now := time.Unix(1000, 0)
	for _, step := range []struct {
		after  time.Duration
		frames uint64
		begins bool // another attempt
	}{{0, 3, false}, {30 * time.Second, 5, false}, {31 * time.Second, 7, false}, {time.Second, 8, false}, {time.Second, 2, true}, {time.Minute, 2, false}, {time.Hour, 2, false}} {
		if step.begins {
			in.lost = in.dropped
		}
		now = now.Add(step.after)
		in.count(step.frames, now, tell)
	}
	if want := "Yard: 7 frames dropped to keep up with it: this machine is too slow|Yard: 3 frames dropped to keep up with it: this machine is too slow"; strings.Join(told, "|") != want {
		t.Errorf("told %q", told)
	}
	if n, ok := metric(page(t, s.URL()+"metrics"), "input_dropped_frames_total", "yard"); !ok || n != 10 {
		t.Errorf("%g dropped", n)
	}
}

// TestLiveFlags: what cannot be is refused before anything is opened.
func TestLiveFlags(t *testing.T) {
	for _, c := range []struct{ words, args string }{
		{"--latency 70000: want 0 to 60000", "preview rtsp://c/1 --latency 70000"},
		{`--transport "tls": want one of auto, tcp, udp`, "preview rtsp://c/1 --transport tls"},
		{`--transport "tls": want one of auto, tcp, udp`, "run rtsp://c/1 -o out.mkv --transport tls"},
		{"1 path and 2 inputs", "preview rtsp://c/1 rtsp://c/2 --path yard"},
		{`--path "metrics": want`, "preview rtsp://c/1 --path metrics"},
		{`--path "a/b": want`, "preview rtsp://c/1 --path a/b"},
		{`--path "yard": it is given twice`, "preview rtsp://c/1 rtsp://c/2 --path yard --path yard"},
	} {
		status, _, errOut := avid(t, append(strings.Fields(c.args), "-m", demoBundle)...)
		if status == 0 || !strings.Contains(errOut, c.words) {
			t.Errorf("%s: status %d, %s", c.args, status, errOut)
		}
	}
	f := liveFlags{latency: 70, transport: "udp", isLive: true}
	for input, live := range map[string]bool{"rtsp://c/1": true, "/dev/video0": true, "http://c/film.mp4": true, "film.mp4": false, "file:///film.mp4": false, "frames/": false} {
		if l := f.live(input); (l != nil) != live || live && (l.Latency != 70*time.Millisecond || l.Transport != "udp" || !l.Force) {
			t.Errorf("%s: %+v", input, l)
		}
	}
}

// TestNamesInLines: each line says which camera.
func TestNamesInLines(t *testing.T) {
	inputs := []input{{Path: "rtsp://u:secret@c/1"}, {Path: "film.mp4"}, {Path: "film.mp4"}, {Name: "Gate", Path: "rtsp://u:secret@c/2"}}
	f := previewFlags{}
	var names []string
	for i, title := range titlesOf(inputs) {
		names = append(names, f.nameOf(inputs, i, title))
	}
	f.titles = []string{"Yard", "Film", "film.mp4", "Door"}
	for i, title := range f.titles {
		names = append(names, f.nameOf(inputs, i, title))
	}
	text, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	const want = `["camera1 (rtsp://c)","film (film.mp4)","film 2 (film.mp4)","Gate (rtsp://c)","Yard (rtsp://c)","Film (film.mp4)","film.mp4","Door (rtsp://c)"]`
	if string(text) != want {
		t.Errorf("%s", text)
	}
}

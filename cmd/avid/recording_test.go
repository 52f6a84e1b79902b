//go:build !nogst

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/runtime/record"
)

// childArgs has the command line, in JSON, of an avid that is a process of its own, for
// a test to kill.
const childArgs = "AVID_TEST_CHILD"

func TestMain(m *testing.M) {
	var args []string
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") { // of the children of avid serve
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	if text := os.Getenv(childArgs); text == "" {
		os.Exit(m.Run())
	} else if err := json.Unmarshal([]byte(text), &args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(run(context.Background(), args, os.Stdout, os.Stderr))
}

// killed runs avid until a condition holds, and kills it.
func killed(t *testing.T, enough func() bool, args ...string) {
	t.Helper()
	needLibrary(t)
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childArgs+"="+string(text))
	var told strings.Builder
	cmd.Stdout, cmd.Stderr = &told, &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(2 * time.Minute)
	for !enough() && time.Now().Before(until) {
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	held := enough()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if !held {
		t.Fatalf("avid %v does not come that far: %s", args, told.String())
	}
}

// length is how many pictures a video has, decoded, and what ends it.
func length(t *testing.T, path string) (n int) {
	t.Helper()
	r, err := video.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			t.Fatalf("%s after %d pictures: %v", path, n, err)
		}
		n++
	}
}

// bytesBelow is the size of all files below a folder whose names fit.
func bytesBelow(dir, pattern string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // it is not there yet
		}
		if fits, _ := filepath.Match(pattern, d.Name()); fits {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

// cameraLine is a command line for a camera, with a threshold that all is above.
func cameraLine(url, out string, more ...string) []string {
	return append([]string{"run", url, "--transport", "tcp", "-m", demoBundle, "-o", out, "--device", "cpu", "--alpha", "-1", "--zeta", "-1"}, more...)
}

// TestRecordingOfACamera: avid run records a camera's own stream with its events into a
// folder, which is whole when the process is killed and goes on with the next one.
func TestRecordingOfACamera(t *testing.T) {
	camera := openCamera(t)
	dir := t.TempDir()
	enough := func() bool {
		return bytesBelow(filepath.Join(dir, "camera1"), "??-??-??.mp4") > 30_000 && bytesBelow(dir, "*-1.mp4") > 20_000 &&
			bytesBelow(filepath.Join(dir, "camera1-annotated"), "??-??-??.mp4") > 30_000
	}
	killed(t, enough,
		cameraLine(camera.URL(), dir, "--annotated")...)
	s, err := record.Open(dir, record.DefaultConfig(), record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	events, err := s.Events(record.Query{})
	if err != nil || len(events) != 1 || events[0].Camera != "camera1" || events[0].State != record.StateCut {
		t.Fatalf("events %+v, %v", events, err)
	}
	clips, err1 := s.Clips("camera1", events[0].ID)
	own, err2 := s.Segments("camera1", time.Time{}, time.Time{})
	marked, err3 := s.Segments("camera1-annotated", time.Time{}, time.Time{})
	if err := errors.Join(err1, err2, err3); err != nil || len(clips) != 1 || len(own) != 1 || len(marked) != 1 {
		t.Fatalf("clips %+v, segments %+v, with marks %+v, %v", clips, own, marked, err)
	}
	for _, r := range []record.Recording{clips[0], own[0], marked[0]} {
		n, span := length(t, s.Path(r.Path)), r.End.Sub(r.Start)
		if at := float64(n) / span.Seconds(); n < 20 || at < 8 || at > 12 {
			t.Errorf("%s has %d pictures in %v, of a camera of 10 a second", r.Path, n, span)
		}
	}
	if c := clips[0]; c.Start.After(events[0].Start) || events[0].Start.Sub(c.Start) > 12*time.Second {
		t.Errorf("the clip begins at %v, its event at %v", c.Start, events[0].Start)
	}
	side, err := record.ReadSidecar(record.SidecarOf(s.Path(clips[0].Path)))
	if err != nil || side.Bundle.Name != "walkway" || len(side.Bundle.SHA256) != 64 || side.Settings["alpha"] != -1 || side.Begin.Width != 192 {
		t.Errorf("sidecar %+v, %v", side, err)
	}
	if text, err := os.ReadFile(record.SidecarOf(s.Path(clips[0].Path))); err != nil || strings.Contains(string(text), "password") {
		t.Errorf("the sidecar has the camera's password: %s, %v", text, err)
	}
	replays(t, s.Path(clips[0].Path), s.Path(own[0].Path), events[0].ID)
}

// TestRecordingHides: what a zone hides is in no file, neither segment nor clip.
func TestRecordingHides(t *testing.T) {
	camera := openCamera(t)
	dir := t.TempDir()
	enough := func() bool {
		return bytesBelow(filepath.Join(dir, "camera1"), "??-??-??.mp4") > 30_000 && bytesBelow(dir, "*-1.mp4") > 10_000
	}
	killed(t, enough, cameraLine(camera.URL(), dir, "--zones", `[{"name":"desk","kind":"private","points":[[0,0],[0.5,0],[0.5,1],[0,1]]}]`)...)
	if a, err := record.ReadArchive(dir, "camera1", time.Time{}, time.Now(), time.Now()); err != nil || !strings.Contains(a.Marked, "a zone is private") {
		t.Errorf("nobody is told that nothing can be learnt from these recordings: %+v, %v", a, err)
	}
	seen := 0
	for _, pattern := range []string{"camera1/*/??-??-??.mp4", "camera1/events/*-1.mp4"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, path := range files {
			seen += hiddenIn(t, path)
		}
	}
	if seen < 20 {
		t.Errorf("%d pictures were looked at", seen)
	}
}

// hiddenIn is how many pictures a video has, in all of which the left half is black and
// the right half is not.
func hiddenIn(t *testing.T, path string) (n int) {
	t.Helper()
	r, err := video.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for ; ; n++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			t.Fatalf("%s after %d pictures: %v", path, n, err)
		}
		left, right := 0, 0
		for i, v := range p.Gray {
			switch x := i % p.Width; {
			case x < p.Width/2-8: // beside the border, which coders smear
				left = max(left, int(v))
			case x > p.Width/2+8:
				right = max(right, int(v))
			}
		}
		if left > 40 || right < 80 {
			t.Fatalf("%s, picture %d: the hidden half has grey levels up to %d, the other up to %d", path, n, left, right)
		}
	}
}

// TestRecordingEnded: with Ctrl-C an event has its end, its clip and its pictures, of
// the camera's own size.
func TestRecordingEnded(t *testing.T) {
	needLibrary(t)
	camera := openCamera(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, errOut := new(lines), new(lines)
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, cameraLine(camera.URL(), dir, "--record", "events", "--pre-roll", "1s"), out, errOut)
	}()
	for until := time.Now().Add(time.Minute); bytesBelow(dir, "*-1.mp4") < 20_000 && time.Now().Before(until); {
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	cancel()
	if s := <-status; s != 0 || bytesBelow(dir, "??-??-??.mp4") > 0 {
		t.Fatalf("status %d, segments of %d bytes", s, bytesBelow(dir, "??-??-??.mp4"))
	}
	s, err := record.Open(dir, record.DefaultConfig(), record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	events, err := s.Events(record.Query{})
	if err != nil || len(events) != 1 || events[0].State != record.StateEnded {
		t.Fatalf("events %+v, %v", events, err)
	}
	pictures, err := s.Pictures("camera1", events[0].ID)
	if err != nil || len(pictures) != 2 || pictures[0].Marked == pictures[1].Marked {
		t.Fatalf("pictures %+v, %v", pictures, err)
	}
	for _, p := range pictures {
		f, err := os.Open(s.Path(p.Path))
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(f)
		if err = errors.Join(err, f.Close()); err != nil || img.Bounds().Dx() != 192 || img.Bounds().Dy() != 128 {
			t.Fatalf("%s: %v, %v", p.Path, img.Bounds(), err)
		}
		reds := 0
		for y := range 128 {
			for x := range 192 {
				if r, g, b, _ := img.At(x, y).RGBA(); r > 0xB000 && g < 0x5000 && b < 0x5000 {
					reds++
				}
			}
		}
		if marked := reds > 20; marked != p.Marked {
			t.Errorf("%s has %d red pixels", p.Path, reds)
		}
	}
}

// replays shows a clip and a segment with the same event, and judges the clip again.
func replays(t *testing.T, clip, segment, id string) {
	t.Helper()
	for _, path := range []string{clip, segment} {
		status, out, errOut := avid(t, "replay", path)
		if status != 0 || !strings.Contains(out, "event "+id+" of camera1, cut; bundle walkway (") || !strings.Contains(out, "\nbegin") {
			t.Errorf("replay %s: status %d, %s%s", path, status, out, errOut)
		}
	}
	marked := filepath.Join(t.TempDir(), "marked.mp4")
	status, out, errOut := avid(t, "replay", clip, "-m", demoBundle, "--device", "cpu", "--alpha", "-1", "--zeta", "-1", "-o", marked, "--json")
	var r replayed
	if err := json.Unmarshal([]byte(out), &r); status != 0 || err != nil {
		t.Fatalf("replay -m: status %d, %s%s, %v", status, out, errOut, err)
	}
	if r.Again == nil || len(r.Again.Records) < 2 || r.Again.Bundle != r.Events[0].Bundle || len(r.Events[0].Lines) == 0 {
		t.Fatalf("judged again: %+v", r)
	}
	// The same bundle says the same of the same film, but for the frames before it.
	was, is := *r.Events[0].Begin.Threshold, *r.Again.Records[0].Threshold
	if at := r.Again.Records[0].Time; was != is || at < float64(r.Start.Unix()) || at > float64(r.End.Unix())+1 {
		t.Errorf("threshold %g, again %g; at %g of %v to %v", was, is, at, r.Start, r.End)
	}
	if a, b := length(t, clip), length(t, marked); a != b {
		t.Errorf("%d pictures in the clip, %d with marks", a, b)
	}
	status, out, errOut = avid(t, "replay", clip, "-m", demoBundle, "--device", "cpu")
	if status != 0 || !strings.Contains(out, "judged again; bundle walkway (") || !strings.Contains(out, "\nrecorded ") {
		t.Errorf("replay -m: status %d, %s%s", status, out, errOut)
	}
	for words, args := range map[string][]string{"name a bundle with -m": {clip, "-o", marked}, "no recording": {demoBundle}} {
		if status, _, errOut := avid(t, append([]string{"replay"}, args...)...); status != 1 || !strings.Contains(errOut, words) {
			t.Errorf("replay %v: status %d, %q", args, status, errOut)
		}
	}
}

// TestVideoOfACameraKilled: a video with marks of a camera can be played after a kill.
func TestVideoOfACameraKilled(t *testing.T) {
	camera := openCamera(t)
	for _, ending := range []string{".mp4", ".mkv"} {
		out := filepath.Join(t.TempDir(), "today"+ending)
		killed(t, func() bool { return bytesBelow(filepath.Dir(out), "today*") > 20_000 }, cameraLine(camera.URL(), out)...)
		if n := length(t, out); n < 10 {
			t.Errorf("%s has %d pictures", out, n)
		}
	}
}

// TestScriptKilled: what pipelines/rtsp.sh records can be played after a kill.
func TestScriptKilled(t *testing.T) {
	plugin, err := filepath.Abs("../../build/gstreamer-1.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(plugin, "libgstavid.so")); err != nil {
		t.Skip("the plugin is not built: make test builds it")
	}
	needLibrary(t)
	camera := openCamera(t)
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "bash", "../../pipelines/rtsp.sh", camera.URL(), demoBundle, filepath.Join(dir, "c-%05d.mp4"))
	cmd.Env = append(os.Environ(), "GST_PLUGIN_PATH="+plugin, "GST_REGISTRY="+filepath.Join(dir, "registry.bin"))
	var told strings.Builder
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(2 * time.Minute); bytesBelow(dir, "c-*.mp4") < 20_000 && time.Now().Before(until); {
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if bytesBelow(dir, "c-*.mp4") == 0 {
		t.Fatal(told.String())
	}
	if n := length(t, filepath.Join(dir, "c-00000.mp4")); n < 10 {
		t.Errorf("%d pictures", n)
	}
}

// TestRecordFlags: what cannot be is refused, and what would do nothing.
func TestRecordFlags(t *testing.T) {
	for line, words := range map[string]string{
		"rtsp://127.0.0.1:1/x -o DIR --max-size lots":     "want a size such as 500MB",
		"rtsp://127.0.0.1:1/x -o DIR --max-size -1GB":     "want a size such as 500MB",
		"rtsp://127.0.0.1:1/x -o DIR --min-free 100%":     "want a share such as 5%",
		"rtsp://127.0.0.1:1/x -o DIR --keep-days -1":      "--keep-days -1: want 0",
		"rtsp://127.0.0.1:1/x -o DIR --record some":       "mode \"some\"",
		"rtsp://127.0.0.1:1/x -o DIR --segment 1s":        "want 10s to 24h",
		"rtsp://127.0.0.1:1/x -o DIR/a.mp4 --pre-roll 2s": "it is for a folder",
		"film.mp4 -o DIR --max-size 1GB":                  "it is for a folder",
	} {
		args := append([]string{"run", "-m", demoBundle}, strings.Fields(strings.ReplaceAll(line, "DIR", t.TempDir()))...)
		if status, _, errOut := avid(t, args...); status != 1 || !strings.Contains(errOut, words) {
			t.Errorf("%s: status %d, %q, want %q", line, status, errOut, words)
		}
	}
	for text, want := range map[string]int64{"0": 0, "50GB": 50e9, "1.5 tb": 15e11, "700": 700} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}

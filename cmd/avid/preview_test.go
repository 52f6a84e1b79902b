//go:build !nogst

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines is a writer that another goroutine reads.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find waits for a pattern in what was written and gives its first group.
func (l *lines) find(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if m := re.FindStringSubmatch(l.String()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("no %s in %q", pattern, l.String())
	return ""
}

// watch runs avid preview in the background; stop ends it and gives its status.
func watch(t *testing.T, args ...string) (out, errOut *lines, stop func() int) {
	t.Helper()
	return start(t, append([]string{"preview", "--listen", "127.0.0.1:0", "--media-ips", "127.0.0.1", "--no-browser"}, args...)...)
}

// start runs a command in the background; stop ends it and gives its status.
func start(t *testing.T, args ...string) (out, errOut *lines, stop func() int) {
	t.Helper()
	needLibrary(t)
	ctx, cancel := context.WithCancel(t.Context())
	out, errOut = new(lines), new(lines)
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, args, out, errOut)
	}()
	stop = sync.OnceValue(func() int {
		cancel()
		select {
		case s := <-status:
			return s
		case <-time.After(time.Minute):
			t.Error("it does not end")
			return -1
		}
	})
	t.Cleanup(func() { stop() })
	return out, errOut, stop
}

// get reads a page of the server.
func get(t *testing.T, address, token string) (status int, body string) {
	t.Helper()
	return exchange(t, http.MethodGet, address, token, "")
}

// exchange makes a request of the server, with a token if there is one, and returns the
// answer.
func exchange(t *testing.T, method, address, token, body string) (status int, answer string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// waitFor asks for a page until it is as wanted.
func waitFor(t *testing.T, address string, good func(body string) bool) {
	t.Helper()
	body := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, body = get(t, address, ""); good(body) {
			return
		}
	}
	t.Fatalf("%s: %s", address, body)
}

// streams are the paths that the server lists.
func streams(body string) (paths []string) {
	var list []struct{ Path string }
	if json.Unmarshal([]byte(body), &list) != nil {
		return nil
	}
	for _, s := range list {
		paths = append(paths, s.Path)
	}
	slices.Sort(paths)
	return paths
}

// TestPreview: two inputs, one of them twice, are on one page; inferences are
// counted; it ends as told.
func TestPreview(t *testing.T) {
	const clip = "../../demo/walkway.mp4"
	out, errOut, stop := watch(t, clip, clip, "-m", demoBundle, "--loop")
	address := out.find(t, `2 inputs at (http://\S+),`)
	waitFor(t, address+"api/streams", func(body string) bool {
		return slices.Equal(streams(body), []string{"walkway", "walkway-2"})
	})
	waitFor(t, address+"metrics", func(body string) bool {
		var n float64
		for line := range strings.Lines(body) {
			if rest, ok := strings.CutPrefix(line, `avid_inferences_total{stream="walkway-2"} `); ok {
				_, _ = fmt.Sscan(rest, &n) // 0 where it is no number
			}
		}
		return n > 5
	})
	if status, body := get(t, address, ""); status != http.StatusOK || !strings.Contains(body, "<html") {
		t.Errorf("the page: %d, %.200s", status, body)
	}
	if status := stop(); status != 0 || errOut.String() != "" {
		t.Errorf("status %d, %s", status, errOut.String())
	}
}

// TestPreviewLoops: with --loop a file begins again on the same stream: its counters
// go on, its viewers stay, and nothing is warned of.
func TestPreviewLoops(t *testing.T) {
	dir := t.TempDir()
	if status, _, errOut := avid(t, "synth", "--seconds", "2", "--size", "96x64", "--place", "1", "-o", dir+"/short.mp4"); status != 0 {
		t.Fatal(errOut)
	}
	out, _, stop := watch(t, dir+"/short.mp4", "-m", demoBundle, "--loop")
	address := out.find(t, `1 input at (http://\S+),`)
	most := 0.0
	waitFor(t, address+"metrics", func(body string) bool {
		n := -1.0
		for line := range strings.Lines(body) {
			if rest, ok := strings.CutPrefix(line, `avid_inferences_total{stream="short"} `); ok {
				_, _ = fmt.Sscan(rest, &n) // below 0 where it is no number
			}
		}
		if n < most && most > 0 {
			t.Fatalf("inferences went from %v to %v", most, n)
		}
		most = max(most, n)
		return n > 50 // of which one round has 15
	})
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestPreviewOfFilesEnds: without --loop it ends with its input.
func TestPreviewOfFilesEnds(t *testing.T) {
	dir := t.TempDir()
	if status, _, errOut := avid(t, "synth", "--seconds", "2", "--size", "96x64", "-o", dir+"/short.mp4"); status != 0 {
		t.Fatal(errOut)
	}
	out, errOut, stop := watch(t, dir+"/short.mp4", "-m", demoBundle)
	errOut.find(t, `(short.mp4 has ended)`)
	if status := stop(); status != 0 {
		t.Errorf("status %d, %s%s", status, out.String(), errOut.String())
	}
}

// TestPreviewWaitsForCameras: a camera that does not answer is tried again,
// and the page stays.
func TestPreviewWaitsForCameras(t *testing.T) {
	out, errOut, stop := watch(t, "rtsp://user:password@127.0.0.1:1/camera", "-m", demoBundle, "--token", "secret")
	address := out.find(t, `1 input at (http://\S+),`)
	errOut.find(t, `(trying again in 2s)`)
	if _, body := get(t, address+"api/streams", "secret"); !strings.Contains(body, `"missing":true,"note":"No video: `) || strings.Contains(body, "password") {
		t.Errorf("streams: %s", body)
	}
	if status, _ := get(t, address+"api/streams", ""); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", status)
	}
	if status, _ := get(t, address+"api/streams", "secret"); status != http.StatusOK {
		t.Errorf("with the token: %d", status)
	}
	errOut.find(t, `(warning: the token is weak: .*)`)
	for range 6 {
		get(t, address+"api/streams", "wrong")
	}
	errOut.find(t, `(more wrong tokens than by mistake.*127\.0\.0\.1)`)
	if status := stop(); status != 0 || strings.Contains(errOut.String()+out.String(), "secret") || strings.Contains(errOut.String(), "password") {
		t.Errorf("status %d, %s", status, errOut.String())
	}
}

// TestPreviewFailsForGood: what trying again does not mend ends it.
func TestPreviewFailsForGood(t *testing.T) {
	dir := t.TempDir()
	if status, _, errOut := avid(t, "synth", "--seconds", "1", "--size", "96x64", "-o", dir+"/short.mp4"); status != 0 {
		t.Fatal(errOut)
	}
	status, _, errOut := avid(t, "preview", dir+"/short.mp4", "-m", demoBundle, "--no-browser", "--listen", "127.0.0.1:0", "--media-ips", "127.0.0.1", "--alpha", "0.5", "--zeta", "0.5", "--false-alarms-per-day", "3")
	if status != 1 || !strings.Contains(errOut, "exclude each other") {
		t.Errorf("status %d, %s", status, errOut)
	}
}

// TestInputNames: titles and paths are those of files, of lines in a file of
// inputs, or numbers, and never of an address.
func TestInputNames(t *testing.T) {
	var inputs []input
	for _, path := range []string{"rtsp://u:p@door.example:554/cam/1", "/dev/video0", "films/Door 1.mp4", "other/door_1.mkv", "..", "rtsp://door.example:554/cam/1", "door-1-2.mp4",
		"rtsp://admin:p%zz@cam.example:554/1?secret=p%zz", "metrics.mkv", strings.Repeat("long", 30) + ".mp4", strings.Repeat("long", 30) + ".mkv",
		"file:///films/day.mp4", "clips/user=admin_password=hunter2_channel=1.mp4", "camera1.mp4"} {
		inputs = append(inputs, input{Path: path})
	}
	inputs = append(inputs, input{Name: "Hof Süd", Path: "rtsp://u:p@yard.example/1"}, input{Path: "udp://239.0.0.1:5000"})
	titles := titlesOf(inputs)
	if want := []string{"camera1", "video0", "Door 1", "door_1", ".", "camera2", "door-1-2", "camera3", "metrics", strings.Repeat("long", 30), strings.Repeat("long", 30) + " 2",
		"day", "user=***", "camera1 2", "Hof Süd", "camera5"}; !slices.Equal(titles, want) {
		t.Errorf("titles %q, want %q", titles, want)
	}
	if want := []string{"camera1", "video0", "door-1", "door-1-2", "live", "camera2", "door-1-2-2",
		"camera3", "metrics-1", strings.Repeat("long", 14), strings.Repeat("long", 14) + "-2", "day", "user", "camera1-2", "hof-s-d", "camera5"}; !slices.Equal(pathsOf(inputs), want) {
		t.Errorf("paths %q, want %q", pathsOf(inputs), want)
	}
}

func TestLasting(t *testing.T) {
	for in, want := range map[string][2]bool{
		"/dev/video0": {true, true}, "rtsp://c/1": {true, true}, "HTTP://c/film.mp4": {true, false},
		"film.mp4": {false, false}, "file:///film.mp4": {false, false}, "frames/": {false, false},
	} {
		if again, endless := lasting(in); [2]bool{again, endless} != want {
			t.Errorf("%s: again %v, endless %v", in, again, endless)
		}
	}
}

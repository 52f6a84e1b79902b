//go:build !nogst

package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"avid/runtime/event"
	"avid/runtime/record"
)

// cameraFile is a file of cameras that a test writes anew.
type cameraFile struct {
	t    *testing.T
	path string
}

func newCameraFile(t *testing.T, text string) cameraFile {
	f := cameraFile{t, filepath.Join(t.TempDir(), "cameras.yaml")}
	f.write(text)
	return f
}

// write replaces the file; BUNDLE and CLIP in it are those of the demo.
func (f cameraFile) write(text string) {
	f.t.Helper()
	for word, path := range map[string]string{"BUNDLE": demoBundle, "CLIP": "../../demo/walkway.mp4"} {
		path, err := filepath.Abs(path)
		if err != nil {
			f.t.Fatal(err)
		}
		text = strings.ReplaceAll(text, word, path)
	}
	if err := os.WriteFile(f.path+".new", []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(f.path+".new", f.path); err != nil {
		f.t.Fatal(err)
	}
}

const serveHead = `listen: 127.0.0.1:0
media-ips: 127.0.0.1
defaults: {model: BUNDLE, loop: true}
cameras:
`

// TestServe: cameras come and go with the file while the others go on, a mistake in it
// changes nothing, and one that fails is tried again while the others are shown.
func TestServe(t *testing.T) {
	file := newCameraFile(t, serveHead+"  door: {input: CLIP}\n  yard: {input: none.mp4, title: Yard}\n")
	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `2 cameras at (http://\S+),`)
	frames := func(name string, least float64) func(string) bool {
		return func(body string) bool { n, _ := metric(body, "metas_total", name); return n > least }
	}
	waitFor(t, address+"metrics", frames("door", 5))
	errOut.find(t, `(yard: .*none.mp4.*trying again in)`)
	waitFor(t, address+"api/streams", func(body string) bool { return strings.Contains(body, `"title":"Yard"`) })

	file.write(serveHead + "  door: {input: CLIP}\n  gate: {input: CLIP}\n")
	errOut.find(t, `(added: gate)`)
	errOut.find(t, `(removed: yard)`)
	waitFor(t, address+"metrics", frames("gate", 5))
	if got := streams(page(t, address+"api/streams")); !slices.Equal(got, []string{"door", "gate"}) {
		t.Errorf("streams are %q", got)
	}
	if strings.Contains(errOut.String(), "door") {
		t.Errorf("the camera that stayed was touched: %s", errOut)
	}

	before, _ := metric(page(t, address+"metrics"), "metas_total", "door")
	file.write(serveHead + "  door: {input: CLIP, latency: 5}\n  gate: {inputs: CLIP}\n")
	errOut.find(t, `(cameras.yaml:5: camera "door": latency is "5")`)
	errOut.find(t, `(cameras.yaml:6: camera "gate" has no "inputs"; is "input" meant)`)
	waitFor(t, address+"metrics", frames("door", before+5))
	waitFor(t, address+"metrics", frames("gate", 5))

	file.write(serveHead + "  door: {input: CLIP, false-alarms-per-day: 3}\n  gate: {input: CLIP}\n")
	errOut.find(t, `(started anew: door)`)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	errOut.find(t, `(read again: nothing has changed)`)
	waitFor(t, address+"metrics", frames("door", 5))
	if status := stop(); status != 0 {
		t.Errorf("status %d, %s", status, errOut)
	}
}

// TestServeReload: once the page is announced a reload ends nothing.
func TestServeReload(t *testing.T) {
	file := newCameraFile(t, serveHead+"  door: {input: CLIP}\n")
	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	out.find(t, `1 camera at (http://\S+),`)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	errOut.find(t, `(read again: nothing has changed)`)
	if status := stop(); status != 0 {
		t.Errorf("status %d, %s", status, errOut)
	}
}

// TestServeEnded: a file that has ended has no place any more that it would be missed in,
// also once the file of cameras was read again.
func TestServeEnded(t *testing.T) {
	short := filepath.Join(t.TempDir(), "short.mp4")
	if status, _, errOut := avid(t, "synth", "--normal", "--seconds", "2", "-o", short); status != 0 {
		t.Fatal(errOut)
	}
	file := newCameraFile(t, serveHead+"  door: {input: CLIP}\n  film: {input: "+short+", loop: false, title: Old film}\n")
	out, errOut, _ := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `2 cameras at (http://\S+),`)
	errOut.find(t, `(film has ended)`)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	errOut.find(t, `(read again: nothing has changed)`)
	waitFor(t, address+"api/streams", func(body string) bool { return slices.Equal(streams(body), []string{"door"}) })
	if status, body := get(t, address+"api/cameras", ""); !strings.Contains(body, `"name":"film","title":"Old film","state":"ended"`) {
		t.Errorf("%d %s", status, body)
	}
}

// TestServeCheck: each mistake with its line, and no password.
func TestServeCheck(t *testing.T) {
	for _, c := range []struct {
		text   string
		status int
		words  string
	}{
		{serveHead + "  door: {input: CLIP}\n", 0, "1 camera, page at 127.0.0.1:0, no mistakes"},
		{serveHead + "  door: {input: rtsp://u:sesame@h/1, modl: x}\n", 1, `cameras.yaml:5: camera "door" has no "modl"; is "model" meant?`},
		{serveHead + "\n  door: {input: rtsp://u:sesame@h/1, model: cameras.yaml}\n", 1, `cameras.yaml:6: camera "door": `},
		{serveHead + "  door: {input: \"rtsp://u:sesame@h/1\", device: gpu}\n", 1, `cameras.yaml:5: camera "door": `},
		{"listen: 0.0.0.0:1\n" + "cameras:\n  a: {input: CLIP, model: BUNDLE}\n", 1, `is open to other machines`},
	} {
		file := newCameraFile(t, c.text)
		status, out, errOut := avid(t, "serve", "--check", file.path)
		if status != c.status || !strings.Contains(out+errOut, c.words) || strings.Contains(out+errOut, "sesame") {
			t.Errorf("%s\nstatus %d: %s%s", c.text, status, out, errOut)
		}
	}
}

// TestServeNewBundle: a bundle that is replaced judges from then on, without the camera
// being started anew, and one that is damaged is refused.
func TestServeNewBundle(t *testing.T) {
	bundle, err := os.ReadFile(demoBundle)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cam.avid")
	write := func(data []byte) {
		if err := os.WriteFile(path+".new", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	write(bundle)
	file := newCameraFile(t, strings.ReplaceAll(serveHead, "BUNDLE", path)+"  door: {input: CLIP}\n")
	out, errOut, _ := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `1 camera at (http://\S+),`)
	judged := func(least float64) {
		t.Helper()
		waitFor(t, address+"metrics", func(body string) bool { n, _ := metric(body, "inferences_total", "door"); return n > least })
	}
	judged(3)
	write(bundle[:len(bundle)/2])
	errOut.find(t, `(door: warning: .*cut off.*goes on)`)
	write(bundle)
	errOut.find(t, `(door: its bundle has changed, and the new one judges)`)
	before, _ := metric(page(t, address+"metrics"), "inferences_total", "door")
	judged(before + 3)
	if strings.Contains(errOut.String(), "trying again") || strings.Contains(errOut.String(), "anew: door") {
		t.Errorf("the camera was started anew: %s", errOut)
	}
}

// TestServeUsers: users of the file sign in with their tokens, and are gone with it.
func TestServeUsers(t *testing.T) {
	_, made, _ := avid(t, "token", "anna")
	token, hash := strings.Fields(made)[7], made[strings.Index(made, "users:"):]
	const cameras = "  door: {input: CLIP}\n  yard: {input: CLIP}\n"
	file := newCameraFile(t, "token: 0123456789abcdef\n"+serveHead+cameras+hash)
	out, errOut, _ := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `2 cameras at (http://\S+),`)
	for who, want := range map[string]int{"": 401, token: 200, "0123456789abcdef": 200, "anna": 401} {
		if status, body := get(t, address+"api/cameras", who); status != want {
			t.Errorf("%q: %d %s, want %d", who, status, body, want)
		}
	}
	file.write("token: 0123456789abcdef\n" + serveHead + cameras + "users:\n  bert: {token: b, cameras: [yard]}\n")
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		status, body := get(t, address+"api/cameras", "b")
		if status == 200 && strings.Contains(body, "yard") && !strings.Contains(body, "door") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("bert gets %d %s; %s", status, body, errOut)
		}
	}
	if status, _ := get(t, address+"api/cameras", token); status != 401 {
		t.Errorf("anna gets %d after", status)
	}
}

// ask makes a request with a body.
func ask(t *testing.T, method, address, body string) (status int, answer string) {
	t.Helper()
	return exchange(t, method, address, "", body)
}

// TestServeChange: the rate of false alarms is changed while a camera runs, goes on after
// it is started anew, and is kept over a restart of the process.
func TestServeChange(t *testing.T) {
	file := newCameraFile(t, "state: state\n"+serveHead+"  door: {input: CLIP}\n  yard: {input: CLIP, zeta: 0.01}\n")
	change := func(address, body string) (int, string) { return ask(t, http.MethodPatch, address, body) }
	threshold := func(body string) float64 { v, _ := metric(body, "threshold", "door"); return v }
	out, _, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `2 cameras at (http://\S+),`)
	before := 0.0
	waitFor(t, address+"metrics", func(body string) bool { before = threshold(body); return before != 0 })
	for path, want := range map[string]int{"door": 204, "yard": 409, "gate": 404} {
		if status, answer := change(address+"api/cameras/"+path, `{"false_alarms_per_day":5000}`); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, answer, want)
		}
	}
	after := 0.0
	waitFor(t, address+"metrics", func(body string) bool { after = threshold(body); return after < before })
	waitFor(t, address+"api/cameras", func(body string) bool {
		return strings.Contains(body, `"name":"door","title":"door","state":"running"`) && strings.Contains(body, `"false_alarms_per_day":5000`)
	})
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
	out, _, _ = start(t, "serve", file.path, "--no-browser")
	address = out.find(t, `2 cameras at (http://\S+),`)
	waitFor(t, address+"metrics", func(body string) bool { return threshold(body) == after })
	if status, answer := change(address+"api/cameras/door", `{"false_alarms_per_day":0}`); status != 204 {
		t.Errorf("%d %s", status, answer)
	}
	waitFor(t, address+"metrics", func(body string) bool { return threshold(body) == before })
}

// TestServeKeepsAndTells: a live camera is recorded with its events, and they go to the
// addresses that the file names; to those of a camera alone where it says so, and to
// nobody while its schedule is off or somebody has switched it off.
func TestServeKeepsAndTells(t *testing.T) {
	camera := openCamera(t)
	dir := t.TempDir()
	// A day of the week that is not today, wherever this runs.
	other := strings.ToLower(time.Now().Add(72 * time.Hour).Weekday().String()[:3])
	file := newCameraFile(t, "publish: {all: \"file://"+dir+"/all.jsonl\", yard: \"file://"+dir+"/yard.jsonl\"}\nrecordings: {folder: "+dir+"/kept}\nstate: "+dir+"/state\n"+
		serveHead+"  door: {input: \""+camera.URL()+"\", transport: tcp, publish: all, zones: [{name: gate, kind: judge, points: [[0,0],[1,0],[1,1],[0,1]]}]}\n"+
		"  yard: {input: \""+camera.URL()+"\", transport: tcp, schedule: "+other+", record: false}\n"+
		"  desk: {input: \""+camera.URL()+"\", transport: tcp, schedule: "+other+", zones: [{name: screen, kind: private, points: [[0,0],[1,0],[0,1]]}]}\n")
	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `3 cameras at (http://\S+),`)
	errOut.find(t, `(desk\S*: it is not recorded, as a zone of it is private)`)
	waitFor(t, address+"metrics", func(body string) bool {
		door, _ := metric(body, "events_total", "door")
		yard, _ := metric(body, "events_total", "yard")
		return door > 0 && yard > 0 && bytesBelow(dir+"/kept/door", "??-??-??.mp4") > 30_000 && bytesBelow(dir, "*-1.mp4") > 10_000
	})
	if status, body := get(t, address+"api/cameras", ""); status != 200 || !strings.Contains(body, `"name":"yard","title":"yard","state":"running"`) || !strings.Contains(body, `"armed":false`) {
		t.Errorf("%d %s", status, body)
	}
	waitFor(t, address+"metrics", func(body string) bool {
		return strings.Contains(body, `avid_publish_up{address="all"} 1`) && strings.Contains(body, `avid_publish_sent_total{address="yard"} 0`) &&
			strings.Contains(body, `avid_record_failing{stream="door"} 0`) && !strings.Contains(body, `avid_record_failing{stream="yard"}`)
	})
	waitFor(t, address+"api/events?camera=door", func(body string) bool {
		return strings.Contains(body, `"zone":"gate"`) && strings.Contains(body, "/clips/1")
	})
	if status := stop(); status != 0 || strings.Contains(out.String()+errOut.String(), "password") {
		t.Errorf("status %d, %s", status, errOut)
	}
	text, err := os.ReadFile(dir + "/all.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for line := range strings.Lines(string(text)) {
		r, err := event.ParseRecord([]byte(line))
		if err != nil || r.Camera != "door" || r.Zone != "gate" && r.Label == event.Label || r.Bundle.SHA256 == "" {
			t.Errorf("%s: %v", line, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "kept", r.Clip)); r.Label == event.Label && (err != nil || r.Clip == "") {
			t.Errorf("%s: its clip is not there: %v", line, err)
		}
		types = append(types, r.Type)
	}
	if !slices.Contains(types, "begin") {
		t.Errorf("records %q", types)
	}
	if told, err := os.ReadFile(dir + "/yard.jsonl"); err == nil && len(told) > 0 {
		t.Error("something was told of a camera whose schedule is off, or to another's address")
	}
	for _, name := range []string{"yard", "desk"} {
		if n := bytesBelow(dir+"/kept/"+name, "*"); n > 0 {
			t.Errorf("%d bytes were kept of %s, which is not to be recorded", n, name)
		}
	}
	s, err := record.Open(dir+"/kept", record.DefaultConfig(), record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	events, err := s.Events(record.Query{})
	if err != nil || len(events) == 0 || events[0].Camera != "door" || events[0].Zone != "gate" {
		t.Errorf("events %+v, %v", events, err)
	}
	scores, err := s.Scores("door", time.Now().Add(-time.Hour), time.Now())
	if err != nil || !slices.ContainsFunc(scores, func(s record.Score) bool { return s.Judged > 0 && s.Sure >= s.Threshold }) {
		t.Errorf("scores %+v, %v", scores, err)
	}
	clips, err := s.Clips("door", events[0].ID)
	if err != nil || len(clips) == 0 {
		t.Fatalf("clips %+v, %v", clips, err)
	}
	d, err := record.Describe(s.Path(clips[0].Path))
	if err != nil || len(d.Events) != 1 || !slices.ContainsFunc(d.Events[0].Lines, func(l record.Line) bool { return l.Verdict != nil && l.Verdict.Score >= l.Verdict.Threshold }) {
		t.Errorf("the event has no verdicts: %+v, %v", d, err)
	}
}

// TestServeLook: what changes in the files while they are read is seen by the next look.
func TestServeLook(t *testing.T) {
	file := newCameraFile(t, serveHead+"  door: {input: CLIP}\n")
	f := serveFlags{file: file.path, command: newServe()}
	config, seen, err := f.look([]string{file.path})
	if err != nil || !bytes.Equal(seen, fingerprint(config.Files)) {
		t.Fatalf("a file that stays: %v", err)
	}
	address := filepath.Join(filepath.Dir(file.path), "door.url")
	if err := os.WriteFile(address, []byte("rtsp://127.0.0.1:1/x"), 0o600); err != nil {
		t.Fatal(err)
	}
	file.write(serveHead + "  door: {input: {file: door.url}}\n")
	if config, seen, err = f.look(config.Files); err != nil || bytes.Equal(seen, fingerprint(config.Files)) {
		t.Errorf("another file belongs to it, and is not looked at again: %v, %v", config.Files, err)
	}
	if config, seen, err = f.look(config.Files); err != nil || !bytes.Equal(seen, fingerprint(config.Files)) {
		t.Errorf("files that stay: %v, %v", config.Files, err)
	}
}

//go:build !nogst

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"avid/runtime/api"
)

// irregular is how many frames of a clip a bundle calls irregular, as avid learn counts
// them.
func irregular(t *testing.T, clip, bundle string) int {
	t.Helper()
	_, out, errOut := avid(t, "learn", clip, "-m", bundle, "-o", filepath.Join(t.TempDir(), "x.avid"), "--device", "cpu", "--force")
	if strings.Contains(errOut, errOrdinary.Error()) {
		return 0
	}
	found := regexp.MustCompile(`of (\d+) marked frames`).FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("%s%s", out, errOut)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestServeNormal: an event that somebody calls normal is learnt from its film while the
// camera is judged, by the bundle that the camera then takes: its clip is irregular no
// more, something else is still, and it is found again once it is forgotten.
func TestServeNormal(t *testing.T) {
	needLibrary(t)
	camera, dir := openCamera(t), t.TempDir()
	data, err := os.ReadFile(demoBundle)
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(dir, "cam.avid")
	if err := os.WriteFile(bundle, data, 0o600); err != nil {
		t.Fatal(err)
	}
	file := newCameraFile(t, "recordings: {folder: "+dir+"/kept}\nstate: "+dir+"/state\n"+strings.ReplaceAll(serveHead, "BUNDLE", bundle)+
		"  door: {input: \""+camera.URL()+"\", transport: tcp, device: cpu}\n")
	out, _, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `1 camera at (http://\S+),`)
	waitFor(t, address+"metrics", func(string) bool { return bytesBelow(dir, "*-1.mp4") > 40_000 })
	var page struct{ Events []api.Event }
	open := func(body string) *api.Event {
		if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Events) == 0 {
			t.Fatalf("%s, %v", body, err)
		}
		return &page.Events[len(page.Events)-1]
	}
	_, body := ask(t, "GET", address+"api/events", "")
	e := open(body)
	if e.State == "open" {
		if status, body := ask(t, "POST", address+"api/events/door/"+e.ID+"/normal", ""); status != 409 || !strings.Contains(body, "goes on") {
			t.Errorf("an event that goes on: %d %s", status, body)
		}
	}
	if status := stop(); status != 0 {
		t.Fatalf("status %d", status)
	}
	clip := filepath.Join(dir, "kept", "door", "events", e.ID+".mp4")
	if n := irregular(t, clip, bundle); n == 0 {
		t.Fatal("nothing in the clip is irregular: this test tests nothing")
	}

	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	address = out.find(t, `1 camera at (http://\S+),`)
	waitFor(t, address+"metrics", func(body string) bool { n, _ := metric(body, "inferences_total", "door"); return n > 3 })
	normal := address + "api/events/door/" + e.ID + "/normal"
	if status, body := ask(t, "DELETE", normal, ""); status != 409 || !strings.Contains(body, "nobody has called") {
		t.Errorf("forgotten before: %d %s", status, body)
	}
	if status, body := ask(t, "POST", normal, ""); status != 202 {
		t.Fatalf("%d %s; %s", status, body, errOut)
	}
	waitFor(t, normal, func(body string) bool {
		return strings.Contains(body, `"state":"done"`) || strings.Contains(body, `"state":"failed"`)
	})
	if _, body := ask(t, "GET", normal, ""); !strings.Contains(body, `"state":"done"`) {
		t.Fatalf("%s", body)
	}
	errOut.find(t, `(door: its bundle has changed, and the new one judges)`)
	if _, body := ask(t, "GET", address+"api/events/door/"+e.ID, ""); !strings.Contains(body, `"acknowledged":true`) || !strings.Contains(body, `"ordinary":"event `+e.ID) {
		t.Errorf("%s", body)
	}
	if n := irregular(t, clip, bundle); n > 0 {
		t.Errorf("%d frames of the clip are irregular still", n)
	}
	other := filepath.Join(dir, "cart.mp4")
	if status, _, errOut := avid(t, "synth", "-o", other, "--seed", "1002", "--irregular", "cart", "--seconds", "12"); status != 0 {
		t.Fatal(errOut)
	}
	if n := irregular(t, other, bundle); n == 0 {
		t.Error("something else is irregular no more")
	}
	if status, body := ask(t, "DELETE", normal, ""); status != 202 {
		t.Errorf("%d %s", status, body)
	}
	waitFor(t, address+"api/events/door/"+e.ID, func(body string) bool { return !strings.Contains(body, `"ordinary"`) })
	if n := irregular(t, clip, bundle); n == 0 {
		t.Error("it is forgotten, and not found again")
	}
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

//go:build !nogst

package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestServeZones: zones that are set while a camera runs count from then on, without it
// being started anew, and over a restart; with a private one it is recorded no more; those
// of the file count again once they are dropped.
func TestServeZones(t *testing.T) {
	camera := openCamera(t)
	dir := t.TempDir()
	file := newCameraFile(t, "recordings: {folder: "+dir+"/kept}\nstate: "+dir+"/state\n"+serveHead+
		"  door: {input: \""+camera.URL()+"\", transport: tcp, zones: [{name: file, kind: ignore, points: [[0,0],[0.1,0],[0,0.1]]}]}\n")
	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `1 camera at (http://\S+),`)
	at := address + "api/cameras/door/zones"
	frames := func() (n float64) { n, _ = metric(page(t, address+"metrics"), "metas_total", "door"); return n }
	further := func(by float64) {
		t.Helper()
		from := frames()
		waitFor(t, address+"metrics", func(body string) bool {
			n, _ := metric(body, "metas_total", "door")
			return n > from+by || n < from && n > by
		})
	}
	set := func(zones string, want int) {
		t.Helper()
		if status, answer := ask(t, http.MethodPut, at, zones); status != want {
			t.Fatalf("%d %s, want %d", status, answer, want)
		}
	}
	further(5)
	if status, body := get(t, at, ""); status != 200 || !strings.Contains(body, `"name":"file"`) || !strings.Contains(body, `"set":false,"may_change":true`) {
		t.Errorf("%d %s", status, body)
	}
	set(`[{"name":"gate","kind":"judge","points":[[0,0],[2,0],[1,1]]}]`, 400)
	set("["+aside("gate", "judge", 0, 1, 0, 1)+"]", 204)
	waitFor(t, address+"api/streams?since=0", func(body string) bool { return strings.Contains(body, `"zone":"gate"`) })
	waitFor(t, address+"api/events?zone=gate", func(body string) bool { return strings.Contains(body, "/clips/1") })
	if strings.Contains(errOut.String(), "anew") {
		t.Errorf("it was started anew: %s", errOut)
	}

	// The event of before there was the zone has ended, and its picture is told.
	waitFor(t, address+"api/streams?since=0", func(body string) bool { return strings.Contains(body, `"picture":"/api/events/door/`) })
	last := dir + "/kept/door/last.jpg"
	waitFor(t, address+"api/cameras/door/picture", func(string) bool { _, err := os.Stat(last); return err == nil })
	waitFor(t, address+"api/cameras/door/picture", func(body string) bool { return strings.HasPrefix(body, "\xff\xd8") })
	set("["+aside("desk", "private", 0, 0.5, 0, 1)+"]", 204)
	errOut.find(t, `(door: its private zones are others; it is started anew)`)
	errOut.find(t, `(door: it is not recorded, as a zone of it is private)`)
	if _, err := os.Stat(last); err == nil {
		t.Error("a picture is kept that shows what is private")
	}
	kept := bytesBelow(dir+"/kept/door", "*.mp4")
	further(15)
	if now := bytesBelow(dir+"/kept/door", "*.mp4"); now != kept || kept == 0 {
		t.Errorf("%d bytes were recorded, and then %d", kept, now)
	}
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
	if text, err := os.ReadFile(dir + "/state/changes.json"); err != nil || !strings.Contains(string(text), `"desk"`) {
		t.Errorf("%s, %v", text, err)
	}

	out, errOut, _ = start(t, "serve", file.path, "--no-browser")
	address = out.find(t, `1 camera at (http://\S+),`)
	at = address + "api/cameras/door/zones"
	errOut.find(t, `(door: it is not recorded, as a zone of it is private)`)
	if status, body := get(t, at, ""); status != 200 || !strings.Contains(body, `"name":"desk"`) || !strings.Contains(body, `"set":true`) {
		t.Errorf("%d %s", status, body)
	}
	further(5)
	if status, answer := ask(t, http.MethodDelete, at, ""); status != 204 {
		t.Errorf("%d %s", status, answer)
	}
	waitFor(t, at, func(body string) bool {
		return strings.Contains(body, `"name":"file"`) && strings.Contains(body, `"set":false`)
	})
	errOut.find(t, `(door: its private zones are others; it is started anew)`)
	waitFor(t, address+"metrics", func(body string) bool { return strings.Contains(body, `avid_record_failing{stream="door"} 0`) })
}

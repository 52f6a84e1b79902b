//go:build !nogst

package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"avid/runtime/record"
)

// TestServeLastPicture: of a camera that is away the picture of before the start is shown,
// with its age; of one that is not to be recorded any more it is deleted.
func TestServeLastPicture(t *testing.T) {
	needLibrary(t)
	dir := t.TempDir()
	config := record.DefaultConfig()
	s, err := record.Open(dir+"/kept", config, record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	if err := errors.Join(s.KeepLast("door", []byte("\xff\xd8 of before"), at), s.KeepLast("yard", []byte("\xff\xd8 of before"), at), s.Close()); err != nil {
		t.Fatal(err)
	}
	file := newCameraFile(t, "recordings: {folder: "+dir+"/kept}\nstate: "+dir+"/state\n"+serveHead+
		"  door: {input: \"rtsp://127.0.0.1:1/x\"}\n  yard: {input: \"rtsp://127.0.0.1:1/y\", record: false}\n")
	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `2 cameras at (http://\S+),`)
	errOut.find(t, `(door: .*trying again)`)
	errOut.find(t, `(yard: .*trying again)`)
	if status, body := get(t, address+"api/cameras/door/picture", ""); status != 200 || body != "\xff\xd8 of before" {
		t.Errorf("%d %q", status, body)
	}
	if status, body := get(t, address+"api/streams", ""); status != 200 || !strings.Contains(body, `"pictured":36`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(t, address+"api/cameras/yard/picture", ""); status != 404 {
		t.Errorf("the yard's picture: %d", status)
	}
	if _, err := os.Stat(dir + "/kept/yard/last.jpg"); err == nil {
		t.Error("a picture is kept of what is not to be recorded")
	}
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

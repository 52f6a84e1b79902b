//go:build !nogst

package main

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// TestServeSaysWhy: why a camera cannot be reached, and what to check, is on the page, in
// the log, at /api/cameras and at /healthz; its password nowhere.
func TestServeSaysWhy(t *testing.T) {
	needLibrary(t)
	camera, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer camera.Close()
	go func() {
		for {
			c, err := camera.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 4096)
			n, _ := c.Read(b) // a request that is cut off is answered all the same
			_, rest, _ := strings.Cut(string(b[:n]), "CSeq:")
			cseq, _, _ := strings.Cut(rest, "\r")
			fmt.Fprintf(c, "RTSP/1.0 401 Unauthorized\r\nCSeq:%s\r\n\r\n", cseq)
			c.Close()
		}
	}()
	file := newCameraFile(t, "state: "+t.TempDir()+"\n"+serveHead+"  door: {input: \"rtsp://eve:sesame@"+camera.Addr().String()+"/x\"}\n")
	out, errOut, stop := start(t, "serve", file.path, "--no-browser")
	address := out.find(t, `1 camera at (http://\S+),`)
	const why = "user or password is wrong (401 Unauthorized): check both"
	errOut.find(t, `(door: user or password is wrong \(401 Unauthorized\): check both.*; trying again in 2s)`)
	for _, path := range []string{"api/streams", "api/cameras", "healthz"} {
		waitFor(t, address+path, func(body string) bool { return strings.Contains(body, why) })
		if body := page(t, address+path); strings.Contains(body, "sesame") || strings.Contains(body, "eve") {
			t.Errorf("%s: %s", path, body)
		}
	}
	if status := stop(); status != 0 || strings.Contains(errOut.String(), "sesame") || strings.Contains(errOut.String(), "nothing was judged") {
		t.Errorf("status %d, %s", status, errOut.String())
	}
}

// TestAwayIsToldOnce: the same reason is told once an hour, another one at once, and so is
// that the camera is back.
func TestAwayIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	p := &post{duty: &duty{errOut: &log}, name: "door", teller: &camera{}}
	now := time.Now()
	for _, of := range []struct {
		why   string
		after time.Duration
	}{{"off", 0}, {"off", time.Minute}, {"locked", 2 * time.Minute}, {"off", 3 * time.Minute}, {"off", 62 * time.Minute}, {"off", 63 * time.Minute}} {
		p.tellOnce(of.why, now.Add(of.after))
		p.ticks(now)
	}
	p.teller.there = true
	p.ticks(now)
	p.ticks(now)
	p.tellOnce("off", now.Add(64*time.Minute))
	const want = "avid: door: off\navid: door: locked\navid: door: off\navid: door: off\navid: door: it is back\navid: door: off\n"
	if log.String() != want {
		t.Errorf("%s", log.String())
	}
}

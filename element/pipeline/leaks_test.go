package pipeline_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/pipeline"
)

// looping marks the process that TestLeaks starts.
const looping = "AVID_TEST_LEAKS"

// TestLeaks: GStreamer's own tracer finds nothing left behind by a process
// that used each verb, though no finalizer of go-gst has run. The tracer
// reports at the end of GStreamer, so that is in a process of its own.
func TestLeaks(t *testing.T) {
	if os.Getenv(looping) != "" {
		for range 3 {
			everything(t)
		}
		gst.Deinit()
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeaks$")
	cmd.Env = append(os.Environ(), looping+"=1", "GOGC=off", "GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7", "GST_DEBUG_NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "leaks") {
		t.Fatalf("the tracer did not speak:\n%s", out)
	}
	for _, l := range strings.Split(string(out), "\n") {
		if strings.Contains(l, "object-alive, type-name=(string)Gst") {
			t.Error(l)
		}
	}
}

// everything uses each verb, in pipelines that end, fail and are broken off.
func everything(t *testing.T) {
	p := parse(t, "videotestsrc name=src num-buffers=5 ! video/x-raw,format=GRAY8,width=16,height=16,framerate=10/1 ! tee name=t "+
		"t. ! queue ! appsink name=out sync=false t. ! queue ! fakesink")
	if err := p.SetState(pipeline.StatePaused, idle); err != nil {
		t.Error(err)
	}
	p.Latency()
	p.Position()
	p.Length()
	if err := p.Set("src", "pattern", "snow"); err != nil {
		t.Error(err)
	}
	if _, err := p.Get("src", "pattern"); err != nil {
		t.Error(err)
	}
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Error(err)
	}
	var s pipeline.Sample
	for range 3 {
		if err := p.Pull("out", idle, &s); err != nil {
			t.Error(err)
		}
	}
	if err := p.Seek(100 * time.Millisecond); err != nil {
		t.Error(err)
	}
	p.SendEOS()
	p.Close()
	for _, line := range []string{
		"videotestsrc num-buffers=3 ! level ! fakesink", // does not link
		"filesrc location=/nonexistent/file ! fakesink", // an error message
		"fakesrc num-buffers=3 ! identity error-after=2 ! fakesink",
		"playbin", // one element, itself a pipeline
		"fakesrc", // one element
	} {
		p, err := pipeline.Parse(line)
		if err != nil {
			continue
		}
		_, _ = p.Run(100 * time.Millisecond) // some fail, that is their use
		p.Close()
	}
}

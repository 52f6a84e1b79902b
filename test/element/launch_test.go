package element_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPipelines runs lines as users type them.
func TestPipelines(t *testing.T) {
	for name, line := range map[string]string{
		"qcif":        "videotestsrc num-buffers=20 ! video/x-raw,width=176,height=144 ! avidfilter model=MODEL ! fakesink",
		"vga":         "videotestsrc num-buffers=20 ! video/x-raw,width=640,height=480 ! avidfilter model=MODEL ! fakesink",
		"hd":          "videotestsrc num-buffers=20 ! video/x-raw,width=1920,height=1080 ! avidfilter model=MODEL overlay=heat+mask+outline+score ! fakesink",
		"odd":         "videotestsrc num-buffers=20 ! video/x-raw,width=353,height=241 ! avidfilter model=MODEL overlay=heat+score ! videoconvert ! fakesink",
		"live":        "videotestsrc is-live=true num-buffers=10 ! video/x-raw,width=320,height=240,framerate=30/1 ! avidfilter model=MODEL ! fakesink sync=true",
		"encoder":     "videotestsrc num-buffers=20 ! video/x-raw,width=320,height=240 ! avidfilter model=MODEL zeta=1 alpha=0 ! x264enc ! fakesink",
		"tee":         "videotestsrc num-buffers=20 ! avidfilter model=MODEL ! tee name=t t. ! queue ! fakesink t. ! queue ! fakesink",
		"two filters": "videotestsrc num-buffers=20 ! avidfilter model=MODEL ! queue ! videoconvert ! video/x-raw,format=RGB ! avidfilter model=MODEL ! fakesink",
		"boxes":       "videotestsrc num-buffers=20 ! avidfilter model=MODEL zeta=1 alpha=0 overlay=none ! objectdetectionoverlay ! fakesink",
		"jpeg":        "videotestsrc num-buffers=20 ! jpegenc ! jpegdec ! avidfilter model=MODEL device=cpu ! fakesink",
	} {
		t.Run(name, func(t *testing.T) {
			if r := launch(t, line); r.code != 0 || strings.Contains(r.err, "CRITICAL") || strings.Contains(r.err, "WARNING") {
				t.Errorf("ends with %d\n%s\n%s", r.code, r.err, r.out)
			}
		})
	}
}

// TestErrors: a failure is one sentence and an exit code, and the process
// lives to say it.
func TestErrors(t *testing.T) {
	root := build(t)
	foreign := filepath.Join(root, "foreign.avid")
	cut := filepath.Join(root, "cut.avid")
	whole, err := os.ReadFile(filepath.Join(root, "cam.avid"))
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{foreign: []byte("no bundle at all"), cut: whole[:len(whole)/2]} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, properties, sentence string
		variables                  []string
	}{
		{"no model", "", "No model: set the property model", nil},
		{"missing", "model=/nonexistent.avid", "There is no bundle at \"/nonexistent.avid\".", nil},
		{"foreign", "model=" + foreign, "is not an avid bundle", nil},
		{"cut off", "model=" + cut, "is cut off", nil},
		{"no device", "model=MODEL device=cuda:9", "The device \"cuda:9\" is not available", nil},
		{"bad device", "model=MODEL device=gpu", "The settings do not fit", nil},
		{"no library", "model=MODEL", "ONNX Runtime cannot be loaded", []string{"AVID_ONNXRUNTIME=/nonexistent.so"}},
		{"uncalibrated", "model=MODEL false-alarm-rate=3", "The settings do not fit", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := launch(t, "videotestsrc num-buffers=5 ! avidfilter "+c.properties+" ! fakesink", c.variables...)
			if r.code <= 0 {
				t.Errorf("ends with %d", r.code)
			}
			if text := r.out + r.err; !strings.Contains(text, c.sentence) {
				t.Errorf("no sentence %q in\n%s", c.sentence, text)
			}
		})
	}
}

// TestUntouched: a stream without an irregularity is byte for byte the same
// with the filter and without it.
func TestUntouched(t *testing.T) {
	dir := t.TempDir()
	sum := func(name, filter string) [32]byte {
		path := filepath.Join(dir, name)
		r := launch(t, "videotestsrc pattern=ball num-buffers=30 ! video/x-raw,format=I420,width=352,height=241 ! "+filter+"filesink location="+path)
		data, err := os.ReadFile(path)
		if err != nil || len(data) == 0 || r.code != 0 {
			t.Fatalf("%d bytes, %v, ends with %d: %s", len(data), err, r.code, r.err)
		}
		return sha256.Sum256(data)
	}
	plain := sum("plain", "")
	if sum("quiet", "avidfilter model=MODEL zeta=0 alpha=1 ! ") != plain {
		t.Error("the filter changed a stream without an irregularity")
	}
	if sum("marked", "avidfilter model=MODEL zeta=1 alpha=0 ! ") == plain {
		t.Error("the filter marked nothing though everything counts as irregular")
	}
}

// TestMessages: the bus tells of an event with all its fields.
func TestMessages(t *testing.T) {
	r := launch(t, "videotestsrc num-buffers=30 ! video/x-raw,framerate=10/1 ! avidfilter model=MODEL zeta=1 alpha=0 ! fakesink")
	for _, want := range []string{"avid-irregularity, kind=(string)begin, id=(guint64)1", "kind=(string)end, id=(guint64)1",
		"start=", "time=", "duration=", "score=(double)", "peak=(double)", "width=(int)320", "height=(int)240", "boxes=(structure)"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in\n%s", want, r.out)
		}
	}
}

// TestLeaks: GStreamer's own tracer finds nothing left behind, whether the
// stream ends, fails or marks.
func TestLeaks(t *testing.T) {
	for name, line := range map[string]string{
		"end":    "videotestsrc num-buffers=20 ! avidfilter model=MODEL zeta=1 alpha=0 overlay=mask+heat+score ! fakesink",
		"tee":    "videotestsrc num-buffers=20 ! tee name=t t. ! queue ! avidfilter model=MODEL zeta=1 alpha=0 ! fakesink t. ! queue ! fakesink",
		"failed": "videotestsrc num-buffers=5 ! avidfilter model=/nonexistent.avid ! fakesink",
	} {
		r := launch(t, line, "GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7", "GST_DEBUG_NO_COLOR=1")
		for _, l := range strings.Split(r.err, "\n") {
			if strings.Contains(l, "object-alive, type-name=(string)Gst") || strings.Contains(l, "object-alive, type-name=(string)Avid") {
				t.Errorf("%s: %s", name, l)
			}
		}
	}
}

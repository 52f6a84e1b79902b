package element_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pythonHost runs the demo and prints, for each message of the filter, its kind, its
// picture's size and what boxes gives of it.
const pythonHost = `
import json, sys, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch("filesrc location=%s ! decodebin ! identity eos-after=90 ! avidfilter model=%s overlay=none ! fakesink sync=false" % tuple(sys.argv[1:]))
pipeline.set_state(Gst.State.PLAYING)
bus = pipeline.get_bus()
while True:
    message = bus.timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.ELEMENT)
    if message is None or message.type == Gst.MessageType.ERROR:
        sys.exit("no end of stream: %s" % (message and message.parse_error(),))
    if message.type == Gst.MessageType.EOS:
        break
    s = message.get_structure()
    if s.get_name() == "avid-irregularity":
        print(json.dumps([s.get_value("kind"), s.get_value("width"), s.get_value("height"), boxes(s)]))
pipeline.set_state(Gst.State.NULL)
`

// TestPythonBoxes: the lines of Python in docs/events.md read the boxes of messages.
func TestPythonBoxes(t *testing.T) {
	docs, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile("(?s)<!-- test: python -->\n```python\n(.*?)```").FindSubmatch(docs)
	if lines == nil {
		t.Fatal("there are no lines of Python in docs/events.md")
	}
	root := build(t)
	c := exec.Command("/usr/bin/python3", "-W", "ignore", "-c", string(lines[1])+pythonHost, demoClip, demoBundle)
	c.Env = append(os.Environ(), "GST_PLUGIN_PATH="+filepath.Join(root, "gstreamer-1.0"), "GST_REGISTRY="+filepath.Join(root, "registry.bin"),
		"AVID_ONNXRUNTIME="+filepath.Join(root, "lib", "libonnxruntime.so.1"))
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil {
		t.Fatalf("%v (make setup-tests installs Python's bindings)\n%s", err, &errOut)
	}
	begun := 0
	for line := range strings.Lines(out.String()) {
		var row []json.RawMessage
		var kind string
		var w, h float64
		var boxes []map[string]float64
		if err := json.Unmarshal([]byte(line), &row); err != nil || len(row) != 4 {
			t.Fatalf("%q: %v", line, err)
		}
		for i, into := range []any{&kind, &w, &h, &boxes} {
			if err := json.Unmarshal(row[i], into); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
		}
		if kind == "begin" {
			begun++
			if len(boxes) == 0 {
				t.Errorf("no boxes in %q", line)
			}
		}
		for _, b := range boxes {
			if b["w"] < 1 || b["h"] < 1 || b["area"] < 1 || b["x"]+b["w"] > w || b["y"]+b["h"] > h || b["score"] <= 0 || b["score"] > 1 {
				t.Errorf("box %v of a picture of %gx%g", b, w, h)
			}
		}
	}
	if begun == 0 {
		t.Errorf("no event begins:\n%s%s", &out, &errOut)
	}
}

// signalHost runs the demo, without messages, with what docs/events.md connects to.
const signalHost = `
import sys, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch("filesrc location=%s ! decodebin ! identity eos-after=90 ! avidfilter name=filter model=%s overlay=none post-messages=false ! fakesink sync=false" % tuple(sys.argv[1:]))
HERE
pipeline.set_state(Gst.State.PLAYING)
bus = pipeline.get_bus()
while True:
    message = bus.timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.ELEMENT)
    if message is None or message.type != Gst.MessageType.EOS:
        sys.exit("no end of stream, or a message: %s" % (message and message.type,))
    break
pipeline.set_state(Gst.State.NULL)
`

// TestPythonSignal: the lines of Python in docs/events.md hear of events where no
// message is posted.
func TestPythonSignal(t *testing.T) {
	docs, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile("(?s)<!-- test: python-signal -->\n```python\n(.*?)```").FindSubmatch(docs)
	if lines == nil {
		t.Fatal("there are no lines of Python for signals in docs/events.md")
	}
	root := build(t)
	c := exec.Command("/usr/bin/python3", "-W", "ignore", "-c", strings.Replace(signalHost, "HERE", string(lines[1]), 1), demoClip, demoBundle)
	c.Env = append(os.Environ(), "GST_PLUGIN_PATH="+filepath.Join(root, "gstreamer-1.0"), "GST_REGISTRY="+filepath.Join(root, "registry.bin"),
		"AVID_ONNXRUNTIME="+filepath.Join(root, "lib", "libonnxruntime.so.1"))
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &errOut)
	}
	said := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(said) < 2 || !strings.HasPrefix(said[0], "begin 1 ") || !strings.HasPrefix(said[len(said)-1], "end ") {
		t.Errorf("heard %q", said)
	}
}

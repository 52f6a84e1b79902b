package avidonvif_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/runtime/event"
)

// demo is a clip with events in it, judged.
const demo = "filesrc location=../../demo/walkway.mp4 ! decodebin ! videoconvert ! avidfilter model=../../demo/walkway.avid name=filter ! "

// document is one as a reader of it sees it.
type document struct {
	at    time.Duration // of its buffer, stream time
	text  []byte
	Frame *struct {
		UtcTime time.Time `xml:",attr"`
		Object  []struct {
			ID string `xml:"ObjectId,attr"`
		}
	} `xml:"VideoAnalytics>Frame"`
	Message []struct {
		UtcTime   time.Time `xml:",attr"`
		Operation string    `xml:"PropertyOperation,attr"`
		Source    []struct {
			Value string `xml:",attr"`
		} `xml:"Source>SimpleItem"`
		Data struct {
			Value bool `xml:",attr"`
		} `xml:"Data>SimpleItem"`
	} `xml:"Event>NotificationMessage>Message>Message"`
}

// play plays a pipeline with a multifilesink to its end, and returns what that wrote and
// the records of the filter.
func play(t *testing.T, description string) (all []document, told []event.Record) {
	t.Helper()
	register(t)
	if err := avidfilter.Register(); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse(description)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	messages, err := p.Run(idle)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if r, ok, err := avidfilter.RecordOf(event.Origin{Camera: "yard"}, m.Structure); ok || err != nil {
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, r)
		}
		if m.Structure == nil || m.Structure.Name != "GstMultiFileSink" {
			continue
		}
		path, _ := m.Structure.Get("filename").(string)
		at, _ := m.Structure.Get("stream-time").(uint64)
		d := document{at: time.Duration(at)}
		if d.text, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(d.text, &d); err != nil {
			t.Fatalf("%v\n%s", err, d.text)
		}
		all = append(all, d)
	}
	return all, told
}

// writer is where documents go.
func writer(t *testing.T) (sink, pattern string) {
	t.Helper()
	dir := t.TempDir()
	return "multifilesink next-file=buffer post-messages=true async=false location=" + dir + "/%05d.xml", dir + "/*.xml"
}

// TestDocuments: behind the filter, and behind an encoder, there is a document of each
// frame with something in it, with the frame's time and numbers that stay, and of each
// event as the bus tells it.
func TestDocuments(t *testing.T) {
	for name, between := range map[string]string{
		"raw": "", "VP8": "vp8enc deadline=1 cpu-used=16 ! ", "H.264": "x264enc tune=zerolatency ! h264parse ! ",
	} {
		t.Run(name, func(t *testing.T) {
			sink, pattern := writer(t)
			all, told := play(t, demo+between+"avidonvif name=o camera=yard sync-interval=0 time-source=clock-time ! fakesink o.meta ! queue ! "+sink)
			if len(told) < 2 {
				t.Fatalf("the clip has %d records", len(told))
			}
			frames(t, all)
			events(t, all, told)
			valid(t, pattern)
		})
	}
}

// frames holds that the documents of frames are as they must be: a first one, and then
// rows of those with objects, with an empty one behind each row.
func frames(t *testing.T, all []document) {
	t.Helper()
	seen := map[string]int{}
	before, last := 0, all[0]
	for i, d := range all {
		if d.Frame == nil {
			continue
		}
		if n := len(d.Frame.Object); n == 0 && before == 0 && i > 0 {
			t.Errorf("an empty frame at %v behind another", d.at)
		}
		before = len(d.Frame.Object)
		for _, o := range d.Frame.Object {
			seen[o.ID]++
		}
		if took, clock := d.at-last.at, d.Frame.UtcTime.Sub(last.Frame.UtcTime); i > 1 && (took-clock).Abs() > 5*time.Millisecond {
			t.Errorf("from %v to %v it is %v, and %v by the clock", last.at, d.at, took, clock)
		}
		last = d
	}
	// The cart is in sight for seconds, at 10 frames/s.
	longest := 0
	for _, n := range seen {
		longest = max(longest, n)
	}
	if longest < 20 || len(seen) > 40 {
		t.Errorf("the longest object has %d frames, of %d objects", longest, len(seen))
	}
}

// events holds the events of documents against those of the bus.
func events(t *testing.T, all []document, told []event.Record) {
	t.Helper()
	told = slices.DeleteFunc(told, func(r event.Record) bool { return r.Type != string(event.Begin) && r.Type != string(event.End) })
	n := 0
	for _, d := range all {
		for _, m := range d.Message {
			if m.Operation == "Initialized" {
				continue // TestStates
			}
			if n >= len(told) {
				t.Fatalf("one event more than the bus tells of:\n%s", d.text)
			}
			r := told[n]
			n++
			if m.Operation != "Changed" || m.Data.Value != (r.Type == string(event.Begin)) {
				t.Errorf("%s is told as %s, %v", r.Type, m.Operation, m.Data.Value)
			}
			since, want := m.UtcTime.Sub(all[1].Frame.UtcTime), time.Duration(r.StreamTime*float64(time.Second))-all[1].at
			if (since - want).Abs() > 5*time.Millisecond {
				t.Errorf("%s at %v: it lies %v behind the second document, want %v", r.Type, r.StreamTime, since, want)
			}
		}
	}
	if n != len(told) {
		t.Errorf("%d events, the bus tells of %d", n, len(told))
	}
}

// valid holds files against ONVIF's schema.
func valid(t *testing.T, pattern string) {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v (make setup-tests installs it)", err)
		}
		t.Skip("xmllint is not installed")
	}
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d documents, %v", len(paths), err)
	}
	args := append([]string{"--nonet", "--noout", "--schema", "../../runtime/onvif/testdata/schema/onvif.xsd"}, paths...)
	if out, err := exec.CommandContext(t.Context(), "xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out[:min(len(out), 2000)])
	}
}

// TestUnlinked: without anybody on the pad nothing is made, and the video passes.
func TestUnlinked(t *testing.T) {
	register(t)
	p := parse(t, "videotestsrc num-buffers=20 ! video/x-raw,width=16,height=16 ! avidonvif name=o ! fakesink")
	if _, err := p.Run(idle); err != nil {
		t.Fatal(err)
	}
	if n := documents(t, p); n != 0 {
		t.Errorf("%d documents", n)
	}
}

// documents is how many the element has made.
func documents(t *testing.T, p *pipeline.Pipeline) uint64 {
	t.Helper()
	s, err := p.Structure("o", "stats")
	if err != nil {
		t.Fatal(err)
	}
	n, ok := s.Get("documents").(uint64)
	if !ok {
		t.Errorf("stats are %+v", s)
	}
	return n
}

// TestSlow: who takes no documents holds the video up as little as the queue before him
// lets him, and a stop ends it, with a queue and without.
func TestSlow(t *testing.T) {
	register(t)
	const never = "fakesink sync=true ts-offset=3600000000000"
	p := parse(t, "videotestsrc num-buffers=200 ! video/x-raw,width=16,height=16 ! avidonvif name=o sync-interval=1 ! appsink name=out sync=false "+
		"o.meta ! queue leaky=downstream max-size-buffers=2 ! "+never)
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	var s pipeline.Sample
	pictures := 0
	for {
		err := p.Pull("out", idle, &s)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		pictures++
	}
	if n := documents(t, p); pictures != 200 || n != 7 { // of 6.7 s
		t.Errorf("%d pictures, %d documents, want 200 and 7", pictures, n)
	}
	if err := p.SetState(pipeline.StateNull, idle); err != nil {
		t.Error(err)
	}
	p = parse(t, "videotestsrc ! video/x-raw,width=16,height=16 ! avidonvif name=o ! queue ! fakesink async=false o.meta ! "+never+" async=false")
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	if err := p.SetState(pipeline.StateNull, idle); err != nil {
		t.Error(err)
	}
}

// TestRefusals: a camera without a name is refused, with what to do.
func TestRefusals(t *testing.T) {
	register(t)
	p := parse(t, `videotestsrc ! avidonvif camera=" " ! fakesink`)
	if err := p.SetState(pipeline.StatePaused, idle); err == nil {
		t.Fatal("it starts")
	}
	for m, ok := p.Pop(0); ok; m, ok = p.Pop(0) {
		if m.Kind == pipeline.MessageError {
			if !strings.Contains(m.Text, "set the property camera") {
				t.Error(m.Text)
			}
			return
		}
	}
	t.Error("nothing is said")
}

func parse(t *testing.T, description string) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse(description)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

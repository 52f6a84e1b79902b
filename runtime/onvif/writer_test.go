package onvif

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"

	"avid/runtime/track"
	"avid/runtime/verdict"
)

// told is a document as a reader of it sees it.
type told struct {
	Frame *struct {
		UtcTime string `xml:",attr"`
		Object  []struct {
			ID string `xml:"ObjectId,attr"`
		}
	} `xml:"VideoAnalytics>Frame"`
	Message []struct {
		UtcTime   string `xml:",attr"`
		Operation string `xml:"PropertyOperation,attr"`
		Source    []item `xml:"Source>SimpleItem"`
		Data      []item `xml:"Data>SimpleItem"`
	} `xml:"Event>NotificationMessage>Message>Message"`
}

// brief is a document in a line: the numbers of its objects, then its properties.
func brief(t *testing.T, text []byte) string {
	t.Helper()
	if text == nil {
		return "-"
	}
	var d told
	if err := xml.Unmarshal(text, &d); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var words []string
	if d.Frame != nil {
		ids := []string{}
		for _, o := range d.Frame.Object {
			ids = append(ids, o.ID)
		}
		words = append(words, "["+strings.Join(ids, " ")+"]@"+d.Frame.UtcTime[17:])
	}
	for _, m := range d.Message {
		word := m.Operation + " " + m.Source[1].Value
		for _, d := range m.Data {
			word += "=" + d.Value
		}
		words = append(words, word+"@"+m.UtcTime[17:])
	}
	return strings.Join(words, ", ")
}

// TestWriter goes through a stream, frame by frame.
func TestWriter(t *testing.T) {
	var names []Name
	w, err := NewWriter(track.DefaultConfig(), 10*time.Second, func() []Name { return names })
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	a, b := verdict.Box{X: 10, Y: 10, W: 20, H: 40}, verdict.Box{X: 100, Y: 10, W: 20, H: 40}
	gate := func(on bool) *Property {
		return &Property{At: noon.Add(50 * time.Second), Name: Name{Topic, "yard", "gate"}, On: on}
	}
	for _, c := range []struct {
		name   string
		at     float64 // seconds
		serial uint64
		boxes  []verdict.Box
		change *Property // a second before the frame
		all    bool
		names  string // of the rules that there are from here on; "": not known
		want   string
	}{
		{"the first frame is told though nothing is in it", 1, 0, nil, nil, false, "", "[]@01.000Z"},
		{"nothing", 1.1, 1, nil, nil, false, "", "-"},
		{"a thing", 1.2, 2, []verdict.Box{a}, nil, false, "", "[1]@01.200Z"},
		{"the same verdict", 1.3, 2, []verdict.Box{a}, nil, false, "", "-"},
		{"another, and an event", 1.4, 3, []verdict.Box{b, a}, gate(true), false, "", "[2 1]@01.400Z, Initialized gate=false@00.400Z, Changed gate=true@00.400Z"},
		{"a frame in an encoder's order", 1.35, 4, nil, nil, false, "", "-"},
		{"somebody begins to listen between verdicts", 1.5, 3, nil, nil, true, "", "[2 1]@01.500Z, Initialized gate=true@01.500Z"},
		{"all is gone", 1.6, 5, nil, nil, false, "", "[]@01.600Z"},
		{"and stays so", 1.7, 6, nil, nil, false, "", "-"},
		{"the event ends", 1.8, 7, nil, gate(false), false, "", "Changed gate=false@00.800Z"},
		{"the state is told again", 11.5, 8, nil, nil, false, "", "[]@11.500Z, Initialized gate=false@11.500Z"},
		{"which rules there are is known from now on", 11.6, 8, nil, nil, true, "gate road", "[]@11.600Z, Initialized gate=false@11.600Z, Initialized road=false@11.600Z"},
		{"another stream", 0.5, 1, []verdict.Box{a}, gate(true), false, "gate road", "[3]@00.500Z, Initialized road=false@00.500Z, Changed gate=true@59.500Z"},
		{"a rule is no more, and another one new", 0.6, 1, nil, nil, true, "gate door", "[3]@00.600Z, Initialized gate=true@00.600Z, Initialized door=false@00.600Z, Deleted road@00.600Z"},
		{"nobody says any more which there are", 0.7, 1, nil, nil, true, "", "[3]@00.700Z, Initialized gate=true@00.700Z, Initialized door=false@00.700Z"},
	} {
		at := time.Duration(c.at * float64(time.Second))
		names = nil
		for _, rule := range strings.Fields(c.names) {
			names = append(names, Name{Topic, "yard", rule})
		}
		if c.change != nil {
			w.Change(*c.change, at+time.Hour-time.Second, true)
		}
		text, err := w.Frame(Moment{PTS: at, Shown: at + time.Hour, At: noon.Add(at), W: 400, H: 200, Serial: c.serial, Boxes: c.boxes, All: c.all})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := brief(t, text); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// unknown says that the rules are not known.
func unknown() []Name { return nil }

// TestRest: what no frame comes for is told all the same, at the clock time that the last
// frame gives it, or at that of the report where there was none.
func TestRest(t *testing.T) {
	w, err := NewWriter(track.DefaultConfig(), 0, unknown)
	if err != nil {
		t.Fatal(err)
	}
	rest := func(want string) {
		t.Helper()
		text, err := w.Rest()
		if err != nil {
			t.Fatal(err)
		}
		if got := brief(t, text); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	rest("-")
	w.Change(Property{At: noon, Name: Name{Topic, "yard", WholePicture}, On: true}, time.Hour, false)
	rest("Initialized avid=false@00.123Z, Changed avid=true@00.123Z")
	if _, err := w.Frame(Moment{PTS: 1, Shown: time.Hour, At: noon.Add(5 * time.Second), W: 1, H: 1}); err != nil {
		t.Fatal(err)
	}
	w.Change(Property{At: noon, Name: Name{Topic, "yard", WholePicture}}, time.Hour+2*time.Second, false)
	rest("Changed avid=false@07.123Z")
	rest("-")
	// What was not told before the stream jumps has the time of then; what is told of it
	// afterwards has its own.
	w.Change(Property{At: noon, Name: Name{Topic, "yard", WholePicture}, On: true}, time.Hour+3*time.Second, true)
	w.Restart()
	w.Change(Property{At: noon, Name: Name{Topic, "yard", WholePicture}}, time.Hour+4*time.Second, false)
	text, err := w.Frame(Moment{PTS: 2, Shown: time.Minute, At: noon.Add(30 * time.Second), W: 1, H: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := brief(t, text), "[]@30.123Z, Changed avid=true@08.123Z, Changed avid=false@00.123Z"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWriterRefuses(t *testing.T) {
	if _, err := NewWriter(track.Config{}, 0, unknown); !errors.Is(err, track.ErrConfig) {
		t.Errorf("no overlap: %v", err)
	}
	w, err := NewWriter(track.DefaultConfig(), 0, unknown)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Frame(Moment{}); !errors.Is(err, ErrSize) {
		t.Errorf("no size: %v", err)
	}
}

package gstc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
)

// body is an element that does what its property says.
type body struct {
	el     *gstc.Element
	mode   string
	level  float64
	events []gstc.Event
}

func (b *body) act(where string) error {
	switch b.mode {
	case "panic " + where:
		var p *body
		p.level = 1 // a nil dereference
	case "fail " + where:
		return errors.New("as wanted")
	case "flush " + where:
		return gstc.ErrFlushing
	}
	return nil
}

func (b *body) Start() error                { return b.act("start") }
func (b *body) Stop()                       { _ = b.act("stop") }
func (b *body) Negotiate(gstc.Format) error { return b.act("caps") }
func (b *body) Process(*gstc.Frame) error   { return b.act("frame") }
func (b *body) Handle(e gstc.Event)         { b.events = append(b.events, e); _ = b.act("event") }
func (b *body) Latency() time.Duration      { _ = b.act("latency"); return time.Millisecond }
func (*body) Interrupt(bool)                {}

func (b *body) Set(row int, v gstc.Value) {
	switch row {
	case 0:
		b.mode = v.Text
	case 1:
		_ = b.act("set")
		b.level = v.Double
	}
}

func (b *body) Get(row int) gstc.Value {
	_ = b.act("get")
	switch row {
	case 0:
		return gstc.Value{Text: b.mode}
	case 1:
		return gstc.Value{Double: b.level}
	}
	return gstc.Value{Record: &gstc.Structure{Name: "all", Fields: []gstc.Field{
		{Name: "bool", Value: true}, {Name: "int", Value: -1}, {Name: "uint", Value: uint(2)}, {Name: "big", Value: uint64(1 << 40)},
		{Name: "float", Value: 0.5}, {Name: "text", Value: "a, b"}, {Name: "time", Value: time.Second}, {Name: "none", Value: gstc.None},
		{Name: "list", Value: []gstc.Structure{{Name: "one", Fields: []gstc.Field{{Name: "x", Value: 7}}}, {Name: "two"}}},
	}}}
}

var testClass = &gstc.Class{TypeName: "AvidTestBody", Name: "avidtestbody", LongName: "test", Klass: "Filter/Video", Description: "test",
	Author: "test", Caps: "video/x-raw,format=GRAY8", New: func(el *gstc.Element) gstc.Body { return &body{el: el} },
	Properties: []gstc.Property{{Name: "mode", Kind: gstc.String}, {Name: "level", Kind: gstc.Double, Max: 1, Controllable: true},
		{Name: "all", Kind: gstc.Record, ReadOnly: true}}}

var brokenClass = &gstc.Class{TypeName: "AvidTestBroken", Name: "avidtestbroken", LongName: "test", Klass: "Filter/Video", Description: "test",
	Author: "test", Caps: "video/x-raw,format=GRAY8", New: func(*gstc.Element) gstc.Body { panic("as wanted") }}

func element(t *testing.T, description string) *harness.Harness {
	t.Helper()
	if err := gstc.Init(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*gstc.Class{testClass, brokenClass, testClass} { // twice is fine
		if err := gstc.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	h, err := harness.New(description)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

const testCaps = "video/x-raw,format=GRAY8,width=4,height=2,framerate=10/1"

// messages are the codes of the errors on the bus.
func codes(h *harness.Harness) (all []gstc.Code, debug string) {
	for _, m := range h.Messages() {
		if m.Kind == pipeline.MessageError {
			all = append(all, m.Code)
			debug += m.Debug
		}
	}
	return all, debug
}

// TestPanics: in whatever callback the body panics, the process lives and the
// bus hears of it.
func TestPanics(t *testing.T) {
	for _, where := range []string{"caps", "frame", "event", "latency", "set", "get", "stop"} {
		h := element(t, "avidtestbody")
		h.Set("mode", "panic "+where)
		h.Latency(0)
		h.Set("level", "0.5")
		h.Get("level")
		h.Caps(testCaps)
		h.Push(harness.In{Data: make([]byte, 8)})
		h.EndOfStream()
		if where == "stop" {
			h.State(pipeline.StateReady)
		}
		got, debug := codes(h)
		if len(got) == 0 || got[0] != gstc.LibraryFailed || !strings.Contains(debug, "nil pointer") {
			t.Errorf("%s: errors %v: %s", where, got, debug)
		}
	}
}

// TestStartPanics: these fail before a harness can be made.
func TestStartPanics(t *testing.T) {
	for _, description := range []string{"avidtestbody mode=\"panic start\"", "avidtestbody mode=\"fail start\"", "avidtestbroken"} {
		h := element(t, description)
		if got, _ := codes(h); len(got) == 0 || got[0] != gstc.LibraryFailed {
			t.Errorf("%s: errors %v", description, got)
		}
	}
}

func TestFlows(t *testing.T) {
	for mode, want := range map[string]harness.Flow{"": harness.OK, "fail frame": harness.Error, "panic frame": harness.Error,
		"flush frame": harness.Flushing, "fail caps": harness.NotNegotiated} {
		h := element(t, "avidtestbody")
		h.Set("mode", mode)
		h.Caps(testCaps)
		flow, _ := h.Push(harness.In{Data: make([]byte, 8)})
		if flow != want {
			t.Errorf("%q: flow %d, want %d", mode, flow, want)
		}
		if got, _ := codes(h); (len(got) == 0) != (mode == "" || mode == "flush frame") {
			t.Errorf("%q: errors %v", mode, got)
		}
	}
}

func TestValues(t *testing.T) {
	h := element(t, "avidtestbody")
	if got := h.Get("mode"); got != "" {
		t.Errorf("an unset string reads %q", got)
	}
	h.Set("level", "0.25")
	if got := h.Get("level"); got != "0.25" {
		t.Errorf("level %s", got)
	}
	got := h.Get("all")
	for _, want := range []string{"bool=(boolean)true", "int=(int)-1", "uint=(uint)2", "big=(guint64)1099511627776", "float=(double)0.5",
		"text=(string)\"a\\,\\ b\"", "time=(guint64)1000000000", "none=(guint64)18446744073709551615", "one", "x\\=\\(int\\)7", "two"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestInstancesGo(t *testing.T) {
	before := gstc.Instances()
	a, b := element(t, "avidtestbody"), element(t, "avidtestbody")
	if n := gstc.Instances(); n != before+2 {
		t.Errorf("%d instances, want %d", n, before+2)
	}
	a.Close()
	b.Close()
	b.Close()
	if n := gstc.Instances(); n != before {
		t.Errorf("%d instances, want %d", n, before)
	}
}

func TestModuleDir(t *testing.T) {
	if dir := gstc.ModuleDir(); !strings.HasPrefix(dir, "/") {
		t.Errorf("%q", dir)
	}
}

func TestFailure(t *testing.T) {
	cause := errors.New("cause")
	f := gstc.Fail(gstc.StreamFailed, "Sentence.", cause)
	if f.Error() != "Sentence.: cause" || !errors.Is(f, cause) || gstc.Fail(0, "S.", nil).Error() != "S." {
		t.Errorf("%v", f)
	}
	if gstc.CoreNegotiation.String() != "CORE NEGOTIATION" || gstc.Code(99).String() != "code 99" {
		t.Error(gstc.CoreNegotiation, gstc.Code(99))
	}
}

package gstc_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/pipeline"
)

// binBody is a bin that does what its property says.
type binBody struct {
	bin  *gstc.Bin
	mode string

	mu     sync.Mutex
	inputs []gstc.Input
	sizes  [][2]int
	events []gstc.Event
	marks  int
	frames []time.Duration
	output gstc.Output
}

func (b *binBody) act(where string) error { return (&body{mode: b.mode}).act(where) }
func (b *binBody) Start() error           { return b.act("start") }
func (b *binBody) Reset()                 { _ = b.act("reset") }
func (b *binBody) Stop()                  { _ = b.act("stop") }

func (b *binBody) Negotiate(in gstc.Input) error {
	if err := b.act("caps"); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inputs = append(b.inputs, in)
	if len(b.inputs) > 1 {
		if !b.bin.Accepts() {
			return errors.New("not these")
		}
		return nil
	}
	if refused, ok := refusals[b.mode]; ok {
		if err := b.bin.Build(refused.chain, nil); !errors.Is(err, gstc.ErrChain) || !strings.Contains(err.Error(), refused.words) {
			return fmt.Errorf("%s: %w", refused.chain, err)
		}
	}
	description := "queue name=entry ! identity name=middle"
	if b.mode == "no element" {
		description += " ! nosuchelement"
	}
	if b.mode == "not open" {
		description = "filesink location=/nonexistent/x"
	}
	if b.mode == "other caps" {
		description += " ! capsfilter caps=audio/x-raw"
	}
	return b.bin.Build(description, []gstc.Option{{Element: "middle", Property: "silent", Value: "false"}, {Element: "middle", Property: "nosuch"}, {Element: "none"}})
}

func (b *binBody) Entered(w, h int) {
	_ = b.act("size")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sizes = append(b.sizes, [2]int{w, h})
}

func (b *binBody) Mark(m *gstc.Marks) {
	_ = b.act("mark")
	_, judged := m.Confidence()
	mask, _, _ := m.Mask(nil)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !judged && len(mask) == 0 && len(m.Boxes()) == 0 && !m.Fresh() && m.PTS() >= 0 {
		b.marks++
	}
}

func (b *binBody) Handle(e gstc.Event) {
	_ = b.act("event")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func (b *binBody) Ended(uint64) { _ = b.act("report") }

func (b *binBody) Coded(o gstc.Output) {
	_ = b.act("coded")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.output = o
}

func (b *binBody) Write(f *gstc.Coded) error {
	if err := b.act("frame"); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.Key && len(f.Data) > 0 {
		b.frames = append(b.frames, f.PTS)
	}
	return nil
}

func (b *binBody) Set(row int, v gstc.Value) {
	switch row {
	case 0:
		b.mode = v.Text
	case 1:
		_ = b.act("set")
	}
}

func (b *binBody) Get(row int) gstc.Value {
	_ = b.act("get")
	return gstc.Value{Text: b.mode, Uint: 1}
}

// lastBin is the body that was made last.
var lastBin *binBody

var testBin = &gstc.BinClass{TypeName: "AvidTestBin", Name: "avidtestbin", LongName: "test", Klass: "Sink/Video", Description: "test", Author: "test",
	Caps: "video/x-raw;audio/x-raw", Signals: []gstc.Signal{{Name: "told", Params: 2}},
	Properties: []gstc.Property{{Name: "mode", Kind: gstc.String},
		{Name: "choice", Kind: gstc.Enum, BitsName: "AvidTestChoice", Bits: []gstc.Bit{{Value: 0, Nick: "no", Doc: "No"}, {Value: 1, Nick: "yes", Doc: "Yes"}}}},
	New: func(bin *gstc.Bin) gstc.BinBody { lastBin = &binBody{bin: bin}; return lastBin }}

var brokenBin = &gstc.BinClass{TypeName: "AvidTestBrokenBin", Name: "avidtestbrokenbin", LongName: "test", Klass: "Sink/Video", Description: "test", Author: "test",
	Caps: "video/x-raw", New: func(*gstc.Bin) gstc.BinBody { panic("as wanted") }}

// playBin runs frames into a bin to the end, and gives its errors.
func playBin(t *testing.T, source, sink string) (codes []gstc.Code, debug string) {
	t.Helper()
	if err := gstc.Init(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*gstc.BinClass{testBin, brokenBin, testBin} { // twice is fine
		if err := gstc.RegisterBin(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := gstc.Register(testClass); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse(source + " ! " + sink)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	messages, _ := p.Run(time.Minute)
	_ = p.SetState(pipeline.StateReady, time.Minute)
	for {
		m, ok := p.Pop(0)
		if !ok {
			break
		}
		messages = append(messages, m)
	}
	_ = p.SetState(pipeline.StateNull, time.Minute) // this flushes the bus
	for _, m := range messages {
		if m.Kind == pipeline.MessageError {
			codes = append(codes, m.Code)
			debug += m.Text + " " + m.Debug + "\n"
		}
	}
	return codes, debug
}

const frames = "videotestsrc num-buffers=3 ! video/x-raw,format=GRAY8,width=4,height=2,framerate=100/1"

// TestBinStream: the body hears of what it is promised, with the times of the
// stream.
func TestBinStream(t *testing.T) {
	codes, debug := playBin(t, frames, "avidtestbin")
	b := lastBin
	if len(codes) != 0 || len(b.frames) != 3 || b.frames[2] != 20*time.Millisecond || b.marks != 3 {
		t.Errorf("%v %s, frames %v, %d marks", codes, debug, b.frames, b.marks)
	}
	want := gstc.Input{Media: "video/x-raw", Width: 4, Height: 2, RateN: 100, RateD: 1}
	if !slices.Equal(b.inputs, []gstc.Input{want}) || !slices.Equal(b.sizes, [][2]int{{4, 2}}) || b.output.Width != 4 || b.output.RateN != 100 {
		t.Errorf("inputs %+v, sizes %v, output %+v", b.inputs, b.sizes, b.output)
	}
	if !slices.Contains(b.events, gstc.StreamStart) || !slices.Contains(b.events, gstc.EndOfStream) {
		t.Errorf("events %v", b.events)
	}
}

// TestBinPanics: in whatever callback the body panics, the process lives and
// the bus hears of it.
func TestBinPanics(t *testing.T) {
	for _, where := range []string{"start", "caps", "size", "mark", "event", "coded", "frame", "reset"} {
		codes, debug := playBin(t, frames, "avidtestbin mode=\"panic "+where+"\"")
		if len(codes) == 0 || codes[0] != gstc.LibraryFailed || !strings.Contains(debug, "nil pointer") {
			t.Errorf("%s: errors %v: %s", where, codes, debug)
		}
	}
	playBin(t, frames, "avidtestbin mode=\"panic stop\"") // there is no bus any more
	if codes, _ := playBin(t, frames, "avidtestbrokenbin"); len(codes) == 0 || codes[0] != gstc.LibraryFailed {
		t.Errorf("a bin that cannot be made: %v", codes)
	}
}

// TestBinFails: an error of the body, or of its chain, is on the bus and ends
// the stream.
func TestBinFails(t *testing.T) {
	for mode, words := range map[string]string{"fail start": "as wanted", "fail caps": "as wanted", "fail frame": "as wanted",
		"no element": "nosuchelement", "not open": "/nonexistent", "other caps": "does not take video/x-raw"} {
		codes, debug := playBin(t, frames, "avidtestbin mode=\""+mode+"\"")
		if len(codes) == 0 || codes[0] != gstc.LibraryFailed || !strings.Contains(debug, words) {
			t.Errorf("%s: errors %v: %s", mode, codes, debug)
		}
	}
}

// TestBinSignals: a signal has its parameters, and no handler is needed.
func TestBinSignals(t *testing.T) {
	playBin(t, frames, "avidtestbin")
	p, err := pipeline.Parse("fakesrc ! avidtestbin name=bin choice=yes")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	lastBin.bin.Emit("told", "a", "b")
	lastBin.bin.Emit("nosuch", "a")
	if _, ok := lastBin.bin.UpstreamStats("x"); ok {
		t.Error("fakesrc has stats")
	}
	if lastBin.bin.ForceKey() {
		t.Error("fakesrc made a key frame")
	}
	if lastBin.bin.SetOption(gstc.Option{Element: "middle", Property: "silent", Value: "true"}) {
		t.Error("there is no chain")
	}
	if got, err := p.Get("bin", "choice"); got != "yes" || err != nil {
		t.Errorf("choice is %q, %v", got, err)
	}
}

// TestUpstreamStats: numbers of any kind come through other elements.
func TestUpstreamStats(t *testing.T) {
	playBin(t, frames, "avidtestbin")
	if err := gstc.Register(statsClass); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse("videotestsrc ! avidteststats ! queue ! videoconvert ! avidtestbin")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, time.Minute); err != nil {
		t.Fatal(err)
	}
	got, ok := lastBin.bin.UpstreamStats("big", "float", "int")
	if !ok || !slices.Equal(got, []float64{1 << 40, 0.5, -1}) {
		t.Errorf("%v, %v", got, ok)
	}
	if got, ok := lastBin.bin.UpstreamStats("nosuch"); ok {
		t.Errorf("%v", got)
	}
}

// statsClass is testClass with its record named as a filter's.
var statsClass = &gstc.Class{TypeName: "AvidTestStats", Name: "avidteststats", LongName: "test", Klass: "Filter/Video", Description: "test",
	Author: "test", Caps: "video/x-raw,format=GRAY8", New: func(el *gstc.Element) gstc.Body { return &body{el: el} },
	Properties: []gstc.Property{{Name: "mode", Kind: gstc.String}, {Name: "level", Kind: gstc.Double, Max: 1}, {Name: "stats", Kind: gstc.Record, ReadOnly: true}}}

// TestLogger writes to GStreamer's log without an element.
func TestLogger(t *testing.T) {
	if err := gstc.Init(); err != nil {
		t.Fatal(err)
	}
	gstc.Logger().With("a", 1).WithGroup("g").Warn("text", "b", 2) // is not shown, and must not crash
}

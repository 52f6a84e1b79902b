package avidwebrtcsink

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/element/pipeline"
	"github.com/prometheus/client_golang/prometheus"

	"avid/runtime/access"
	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// idle bounds a hang.
const idle = time.Minute

// written is a frame that came to a fakeOutput.
type written struct {
	pts  time.Duration
	key  bool
	size int
	head []byte // its first bytes
}

// fakeOutput keeps what is written.
type fakeOutput struct {
	config fanout.StreamConfig
	on     func(*fakeOutput, int) // after frame i
	forget bool                   // keep only counts

	mu     sync.Mutex
	frames []written
	metas  []fanout.Meta
	fail   error
	closed int
}

func (o *fakeOutput) WriteFrame(f fanout.Frame) error {
	o.mu.Lock()
	if o.forget {
		o.mu.Unlock()
		return nil
	}
	o.frames = append(o.frames, written{f.PTS, f.Key, len(f.Data), slices.Clone(f.Data[:min(len(f.Data), 200)])})
	i, fail := len(o.frames)-1, o.fail
	o.mu.Unlock()
	if o.on != nil {
		o.on(o, i)
	}
	return fail
}

func (o *fakeOutput) WriteMeta(m fanout.Meta) {
	if o.forget {
		return
	}
	m.Boxes = slices.Clone(m.Boxes)
	m.Outlines = slices.Clone(m.Outlines)
	for i := range m.Outlines {
		m.Outlines[i] = slices.Clone(m.Outlines[i])
	}
	if m.Event != nil {
		e := *m.Event
		m.Event = &e
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.metas = append(o.metas, m)
}

func (o *fakeOutput) Stats() fanout.StreamStats {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fanout.StreamStats{Frames: uint64(len(o.frames)), Metas: uint64(len(o.metas)), Viewers: 2, Bitrate: 7}
}

func (o *fakeOutput) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed++
	return nil
}

// keys are the numbers of the key frames.
func (o *fakeOutput) keys() (all []int) {
	for i, f := range o.frames {
		if f.key {
			all = append(all, i)
		}
	}
	return all
}

// fakeServer adds fakeOutputs.
type fakeServer struct {
	config preview.Config

	mu     sync.Mutex
	added  []*fakeOutput
	closed int
	on     func(*fakeOutput, int)
	forget bool
}

func (s *fakeServer) Addr() string { return strings.Replace(s.config.Listen, ":0", ":41234", 1) }
func (s *fakeServer) URL() string  { return "http://" + s.config.Listen + "/" }

func (s *fakeServer) Expect(string, string) (*preview.Expected, error) { return nil, nil }
func (s *fakeServer) Admit([]access.User) error                        { return nil }
func (s *fakeServer) KeepsHistory()                                    {}
func (s *fakeServer) Collect(prometheus.Collector) error               { return nil }
func (s *fakeServer) Handle(http.Handler)                              {}

func (s *fakeServer) Add(c fanout.StreamConfig) (output, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &fakeOutput{config: c, on: s.on, forget: s.forget}
	s.added = append(s.added, o)
	return o, nil
}

func (s *fakeServer) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
	return nil
}

// fakes are the dependencies of elements named avidwebrtcfaked.
type fakes struct {
	mu      sync.Mutex
	servers []*fakeServer
	pushes  []*fakeOutput
	pushed  []preview.PushConfig
	fail    error  // of listening and pushing
	only    string // the encoder that is there; "": all that are
	broken  []string
	on      func(*fakeOutput, int)
	forget  bool
}

var current struct {
	sync.Mutex
	*fakes
}

func now() *fakes {
	current.Lock()
	defer current.Unlock()
	return current.fakes
}

var fakeClass = newClass("avidwebrtcfaked", "AvidWebRTCFaked", deps{
	servers: newServers(func(c preview.Config) (server, error) {
		f := now()
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.fail != nil {
			return nil, f.fail
		}
		s := &fakeServer{config: c, on: f.on, forget: f.forget}
		f.servers = append(f.servers, s)
		return s, nil
	}),
	push: func(c preview.PushConfig) (output, error) {
		f := now()
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.fail != nil {
			return nil, f.fail
		}
		o := &fakeOutput{config: c.Stream, on: f.on}
		f.pushes, f.pushed = append(f.pushes, o), append(f.pushed, c)
		return o, nil
	},
	has: func(element string) bool {
		f := now()
		if f.only == "none" || f.only != "" && element != f.only && !slices.Contains(f.broken, element) {
			return false
		}
		return slices.Contains(f.broken, element) || gstc.HasElement(element)
	},
})

// use makes elements named avidwebrtcfaked live in f.
func use(t *testing.T, f *fakes) *fakes {
	t.Helper()
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(gstc.RegisterBin(fakeClass), Register(), avidfilter.Register()); err != nil {
		t.Fatal(err)
	}
	current.Lock()
	defer current.Unlock()
	current.fakes = f
	return f
}

// output is the one stream that was added.
func (f *fakes) output(t *testing.T) *fakeOutput {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*fakeOutput
	for _, s := range f.servers {
		all = append(all, s.added...)
	}
	all = append(all, f.pushes...)
	if len(all) != 1 {
		t.Fatalf("%d streams were added", len(all))
	}
	return all[0]
}

// play runs a line to its end.
func play(t *testing.T, line string) ([]pipeline.Message, error) {
	t.Helper()
	p, err := pipeline.Parse(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	defer p.Close()
	return p.Run(idle)
}

// mustPlay does, and it must end well.
func mustPlay(t *testing.T, line string) []pipeline.Message {
	t.Helper()
	messages, err := play(t, line)
	if err != nil {
		t.Fatalf("%s: %v\n%+v", line, err, messages)
	}
	return messages
}

// need skips a test where an element is not installed.
func need(t *testing.T, elements ...string) {
	t.Helper()
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	for _, e := range elements {
		if !gstc.HasElement(e) {
			t.Skipf("no %s here", e)
		}
	}
}

// raw is a source of n frames at 50 frames/s.
func raw(n int, caps string) string {
	return fmt.Sprintf("videotestsrc num-buffers=%d ! video/x-raw,framerate=50/1,%s ! ", n, caps)
}

// step is the time between its frames.
const step = 20 * time.Millisecond

const small = "width=96,height=64"

// expect checks that the error has the code and the words.
func expect(t *testing.T, messages []pipeline.Message, code gstc.Code, words ...string) {
	t.Helper()
	for _, m := range messages {
		if m.Kind != pipeline.MessageError {
			continue
		}
		if !m.Known || m.Code != code {
			t.Errorf("got %v %q (%s), want %v", m.Code, m.Text, m.Debug, code)
		}
		for _, w := range words {
			if !strings.Contains(m.Text, w) {
				t.Errorf("no %q in %q", w, m.Text)
			}
		}
		return
	}
	t.Errorf("no error came: %+v", messages)
}

package avidwebrtcsink

import (
	"sync"
	"sync/atomic"

	"avid/element/gstc"
	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// sink is the body of one avidwebrtcsink. What each callback may touch:
// Negotiate, Entered with Mark and Handle, and Coded with Write come from up to
// three threads of the stream; properties and what the server calls from any
// other.
type sink struct {
	bin  *gstc.Bin
	deps deps

	mu       sync.Mutex // guards what follows; a leaf, held for no call out
	set      settings   // as the properties are
	used     settings   // since the start, and some since the first caps
	url      string
	encoding encoding

	place   *place // between Start and Stop; nil: it pushes
	out     atomic.Pointer[target]
	viewers atomic.Int64
	gate    gate // for what the server calls

	failing atomic.Bool // the push is without a connection

	times timeline
	order order       // of the exit's thread
	judge *judge      // of the entry's thread, and of Start and Reset
	coded gstc.Output // of the exit's thread
	rates sync.Mutex  // held while the encoder takes a bit rate
}

// encoding is how the stream becomes encoded; the zero value: not known yet.
type encoding struct {
	media   string // of the input
	codec   codec  // of the output
	encoder *encoder
}

// target is an output, boxed for an atomic pointer.
type target struct{ output }

// gate lets calls of the server through to GStreamer only while the stream
// runs. The server promises as much; a broken promise would be a crash.
type gate struct {
	mu     sync.RWMutex
	opened bool
}

func (g *gate) open()  { g.mu.Lock(); defer g.mu.Unlock(); g.opened = true }
func (g *gate) close() { g.mu.Lock(); defer g.mu.Unlock(); g.opened = false }

// pass calls fn while the gate is open.
func (g *gate) pass(fn func()) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.opened {
		fn()
	}
}

// newSink makes the body of an element; it does nothing yet.
func newSink(bin *gstc.Bin, w deps) *sink {
	return &sink{bin: bin, deps: w, set: defaultSettings()}
}

// Set stores a property; it counts from the next start or stream on.
func (s *sink) Set(row int, v gstc.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if set := table[row].set; set != nil {
		set(&s.set, v)
	}
}

// Get reads a property.
func (s *sink) Get(row int) gstc.Value {
	switch table[row].Name {
	case rowURL:
		s.mu.Lock()
		defer s.mu.Unlock()
		return gstc.Value{Text: s.url}
	case rowViewers:
		return gstc.Value{Uint: uint(max(s.viewers.Load(), 0))}
	case rowStats:
		return gstc.Value{Record: s.record()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if get := table[row].get; get != nil {
		return get(&s.set)
	}
	return gstc.Value{}
}

// Start opens the server, or finds the one that is open.
func (s *sink) Start() error {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	if err := set.readSecrets(s.warnOpen); err != nil {
		return failure(err)
	}
	s.mu.Lock()
	s.used = set
	s.mu.Unlock()
	if err := set.Validate(); err != nil {
		return failure(err)
	}
	s.judge = new(judge)
	if set.WHIPEndpoint != "" {
		return nil
	}
	stream := set.stream()
	stream.Codec = fanout.H264 // as good as any: it is not known yet
	if err := preview.ValidateStream(stream); err != nil {
		return failure(err)
	}
	p, err := s.deps.servers.take(set.server(), set.Path)
	if err != nil {
		return failure(err)
	}
	s.place = p
	if text := set.server().Weakness(); p.first && text != "" {
		s.bin.PostWarning("Others may get in: "+text+".", "")
	}
	url := p.URL()
	s.mu.Lock()
	s.url = url
	s.mu.Unlock()
	s.bin.Logf(gstc.LogInfo, "watch at %s", url)
	s.bin.Post(&gstc.Structure{Name: messageName, Fields: []gstc.Field{{Name: "url", Value: url}, {Name: "path", Value: set.Path}}})
	return nil
}

// warnOpen tells of a file with secrets that everybody may read.
func (s *sink) warnOpen(text string) {
	s.bin.PostWarning("A file is not secret: "+text+".", "")
}

// messageName is the name of the structure in the element message that tells
// where to watch.
const messageName = "avid-webrtc"

// Reset ends the stream and its viewers.
func (s *sink) Reset() {
	if out := s.out.Swap(nil); out != nil {
		if err := out.Close(); err != nil {
			s.bin.Logf(gstc.LogWarning, "closing the stream: %v", err)
		}
	}
	s.gate.close()
	s.mu.Lock()
	s.encoding = encoding{}
	s.mu.Unlock()
	s.failing.Store(false)
	s.times.reset()
	s.order = order{}
	s.judge = new(judge)
}

// Stop gives the server back.
func (s *sink) Stop() {
	s.Reset()
	s.mu.Lock()
	s.url = ""
	s.mu.Unlock()
	if s.place == nil {
		return
	}
	if err := s.deps.servers.give(s.place); err != nil {
		s.bin.Logf(gstc.LogWarning, "closing the server: %v", err)
	}
	s.place = nil
}

// begin takes the settings that may change in READY.
func (s *sink) begin() (settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := &s.used
	used.Codec, used.Title = s.set.Codec, s.set.Title
	used.MinBitrate, used.MaxBitrate = s.set.MinBitrate, s.set.MaxBitrate
	return *used, used.Validate()
}

// state is the present settings and encoding.
func (s *sink) state() (settings, encoding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used, s.encoding
}

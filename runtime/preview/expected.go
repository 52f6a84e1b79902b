package preview

import (
	"fmt"
	"time"

	"avid/models/redact"
	"avid/runtime/fanout"
)

// Expected is a stream that is to be there: while it is not, the page has its
// place all the same, and the server is not well. Its methods may be called
// from any goroutine.
type Expected struct {
	server      *Server
	path, title string

	// Guarded by server.mu.
	note    string
	last    time.Time // of its last frame, or of the announcement
	dropped uint64    // frames, before they came to the stream
	again   uint64    // runs after the first
	most    int       // viewers; 0: as many as the server takes
	events  []news    // that were told last, the newest last
	// picture is the newest that is kept, a JPEG, and pictured its time; nil: there is none.
	picture  []byte
	pictured time.Time
}

// Expect announces a stream, before it is added and while it is away. The
// errors are fanout.ErrPath (not possible, or expected already) and
// fanout.ErrClosed.
func (s *Server) Expect(path, title string) (*Expected, error) {
	if !ValidPath(path) {
		return nil, fmt.Errorf("%w: %q", fanout.ErrPath, path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, fanout.ErrClosed
	case s.expected[path] != nil:
		return nil, fmt.Errorf("%w: %q is expected already", fanout.ErrPath, path)
	}
	e := &Expected{server: s, path: path, title: redact.Text(title), last: s.time.Now()}
	s.expected[path] = e
	return e, nil
}

// Note says why the stream is not there; viewers read it, without the secrets that
// a source may repeat.
func (e *Expected) Note(text string) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.note = redact.Text(text)
}

// Dropped says how many frames were dropped so far before they came to the
// stream, because this machine was too slow for them.
func (e *Expected) Dropped(frames uint64) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.dropped = frames
}

// Restarted says how often the source was started again so far.
func (e *Expected) Restarted(times uint64) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.again = times
}

// Close says that the stream is expected no more. Twice is fine.
func (e *Expected) Close() {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	if e.server.expected[e.path] == e {
		delete(e.server.expected, e.path)
	}
}

// arrivesLocked and leavesLocked keep what is known of a stream over its ends and
// beginnings: the time since its last frame goes on. e may be nil. They need
// server.mu.
func (e *Expected) arrivesLocked(s *fanout.Source) {
	if e != nil {
		e.note = ""
		s.Due(e.last)
	}
}

func (e *Expected) leavesLocked(s *fanout.Source) {
	if e != nil {
		e.last = s.LastFrame()
	}
}

// account is what Expected was told last of a stream, and whether it is there.
type account struct {
	dropped, again uint64
	up             bool
}

// accounts are those of the expected streams, by path. A stream is up while frames of it
// come.
func (s *Server) accounts() map[string]account {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]account{}
	for path, e := range s.expected {
		stream := s.streams[path]
		all[path] = account{e.dropped, e.again, stream != nil && stream.source.Stalled() == 0}
	}
	return all
}

// absence is an expected stream that is not there.
type absence struct {
	info streamInfo
	away time.Duration
}

// missing lists the expected streams that are not there.
func (s *Server) missing() []absence {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []absence
	now := s.time.Now()
	for path, e := range s.expected {
		if s.streams[path] == nil {
			all = append(all, absence{streamInfo{Path: path, Title: e.title, Missing: true, Note: e.note, Dropped: e.dropped}, now.Sub(e.last)})
		}
	}
	return all
}

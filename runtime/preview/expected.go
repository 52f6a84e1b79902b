package preview

import (
	"fmt"
	"time"
)

// Expected is a stream that is to be there: while it is not, the page has its
// place all the same, and the server is not well. Its methods may be called
// from any goroutine.
type Expected struct {
	server      *Server
	path, title string

	// Guarded by server.mu.
	note  string
	since time.Time // when the stream was last there
}

// Expect announces a stream, before it is added and while it is away. The
// errors are ErrPath (not possible, or expected already) and ErrClosed.
func (s *Server) Expect(path, title string) (*Expected, error) {
	if !ValidPath(path) {
		return nil, fmt.Errorf("%w: %q", ErrPath, path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, ErrClosed
	case s.expected[path] != nil:
		return nil, fmt.Errorf("%w: %q is expected already", ErrPath, path)
	}
	e := &Expected{server: s, path: path, title: title, since: s.time.now()}
	s.expected[path] = e
	return e, nil
}

// Note says why the stream is not there; viewers read it.
func (e *Expected) Note(text string) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.note = text
}

// Close says that the stream is expected no more. Twice is fine.
func (e *Expected) Close() {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	if e.server.expected[e.path] == e {
		delete(e.server.expected, e.path)
	}
}

// missing lists the expected streams that are not there, with how long they
// have been away.
func (s *Server) missing() (all []streamInfo, away map[string]time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	away = map[string]time.Duration{}
	now := s.time.now()
	for path, e := range s.expected {
		if s.streams[path] != nil {
			e.since, e.note = now, ""
			continue
		}
		all = append(all, streamInfo{Path: path, Title: e.title, Missing: true, Note: e.note})
		away[path] = now.Sub(e.since)
	}
	return all, away
}

package preview

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"avid/runtime/fanout"
)

var (
	errFull   = errors.New("all places of this server are taken")
	errCrowd  = errors.New("all places of this camera are taken")
	errHasty  = errors.New("this address has too many viewers that have not connected yet")
	errNoSeat = errors.New("the stream has ended")
)

// session is a viewer's WHEP resource.
type session struct {
	peer   *fanout.Peer
	stream *Stream
	done   chan struct{} // closed when nothing of it is left
	etag   string        // of the ICE session, quoted (RFC 9725 §4.3.1)
	ufrag  string        // the viewer's ICE user name
	from   netip.Prefix  // the viewer's address

	candidates atomic.Int64 // that it has named
}

// mayName counts n further candidates; false when they are too many.
func (entry *session) mayName(n int) bool {
	return entry.candidates.Add(int64(n)) <= sessionCandidates
}

// leastWaiting is how many viewers of one address may always be connecting at once: a
// page with a few inputs.
const leastWaiting = 4

// enter takes a slot at a stream, or says errFull, errCrowd, or errHasty: half of the
// slots are kept from an address that offers again and again and never connects.
func (s *Server) enter(path string, from netip.Prefix) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errNoSeat
	}
	if s.slots >= s.config.MaxViewers {
		return errFull
	}
	if e := s.expected[path]; e != nil && e.most > 0 && s.taken[path] >= e.most {
		return errCrowd
	}
	waiting := 0
	for _, entry := range s.sessions {
		if entry.from == from && entry.waiting() {
			waiting++
		}
	}
	if waiting >= max(s.config.MaxViewers/2, leastWaiting) {
		return errHasty
	}
	s.slots++
	s.taken[path]++
	return nil
}

// exit gives a slot at a stream back.
func (s *Server) exit(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots--
	if s.taken[path]--; s.taken[path] == 0 {
		delete(s.taken, path)
	}
}

// newID makes a name that cannot be guessed: 128 bits.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, as crypto/rand says
	return hex.EncodeToString(b[:])
}

// admit negotiates a viewer and starts it. The errors are errFull, errCrowd, errHasty,
// errOffer, errNoCodec, errNoSeat, or from pion for an offer that it cannot take.
func (s *Server) admit(ctx context.Context, stream *Stream, offerText string, who fanout.Viewer, from netip.Prefix) (*session, string, error) {
	config := stream.Config()
	o, err := readOffer(offerText, config.Codec, config.Profile)
	if err != nil {
		return nil, "", err
	}
	if err := s.enter(stream.path, from); err != nil {
		return nil, "", err
	}
	var peer *fanout.Peer
	admitted := false
	defer func() { // also when what reads the offer panics
		if admitted {
			return
		}
		if peer != nil {
			peer.Discard()
		}
		s.exit(stream.path)
	}()
	who.ID = newID()
	var configuration webrtc.Configuration
	if !s.guard.loopback {
		configuration.ICEServers = present(s.ice, s.time.Now())
	}
	peer, err = fanout.NewPeer(stream.source, who, s.engine, configuration, config.Codec.Parameters(o.payload, o.rtx, o.fmtp))
	if err != nil {
		return nil, "", err
	}
	answer, err := peer.Answer(ctx, offerText)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errOffer, err)
	}
	if answer, err = tidyAnswer(answer, offerText); err != nil {
		return nil, "", err
	}
	entry := &session{peer: peer, stream: stream, done: make(chan struct{}), etag: `"` + newID() + `"`, ufrag: o.ufrag, from: from}
	entry.mayName(o.candidates)
	if err := s.start(entry); err != nil {
		return nil, "", err
	}
	admitted = true
	return entry, answer, nil
}

// start registers a session and runs its peer.
func (s *Server) start(entry *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.streams[entry.stream.path] != entry.stream {
		return errNoSeat
	}
	id := entry.peer.ID
	s.sessions[id] = entry
	go func() {
		entry.peer.Run()
		s.mu.Lock()
		delete(s.sessions, id)
		s.mu.Unlock()
		s.exit(entry.stream.path)
		close(entry.done)
	}()
	return nil
}

// session finds a viewer's resource below its stream's path.
func (s *Server) session(path, id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := s.sessions[id]
	if entry == nil || entry.stream.path != path {
		return nil
	}
	return entry
}

// leaveWithin is how long DELETE waits for a viewer to be gone, so that its
// slot is free for who comes next.
const leaveWithin = 2 * time.Second

// end makes a viewer leave.
func (entry *session) end(ctx context.Context) {
	entry.peer.End()
	ctx, cancel := context.WithTimeout(ctx, leaveWithin)
	defer cancel()
	select {
	case <-entry.done:
	case <-ctx.Done():
	}
}

// waiting says whether the viewer has not connected yet.
func (entry *session) waiting() bool { return !isClosed(entry.peer.Connected()) }

// ending says whether the session is over, or about to be.
func (entry *session) ending() bool { return isClosed(entry.peer.Ending()) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// status maps what admit returns to HTTP.
func status(err error) int {
	switch {
	case errors.Is(err, errFull), errors.Is(err, errCrowd), errors.Is(err, errHasty):
		return http.StatusServiceUnavailable
	case errors.Is(err, errNoCodec):
		return http.StatusNotAcceptable
	case errors.Is(err, errNoSeat):
		return http.StatusNotFound
	case errors.Is(err, errOffer):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

package preview

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

var (
	errFull   = errors.New("no seat left for another viewer")
	errNoSeat = errors.New("the stream has ended")
)

// session is a viewer's WHEP resource.
type session struct {
	viewer *viewer
	etag   string // of the ICE session, quoted (RFC 9725 §4.3.1)
	ufrag  string // the viewer's ICE user name

	candidates atomic.Int64 // that it has named
}

// mayName counts n further candidates; false when they are too many.
func (entry *session) mayName(n int) bool {
	return entry.candidates.Add(int64(n)) <= sessionCandidates
}

// enter takes a seat, or says errFull.
func (s *Server) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errNoSeat
	}
	if s.seats >= s.config.MaxViewers {
		return errFull
	}
	s.seats++
	return nil
}

func (s *Server) exit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seats--
}

// newID makes a name that cannot be guessed: 128 bits.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, as crypto/rand says
	return hex.EncodeToString(b[:])
}

// admit negotiates a viewer and starts it. The errors are errFull, errOffer,
// errNoCodec, errNoSeat, or from pion for an offer that it cannot take.
func (s *Server) admit(ctx context.Context, stream *Stream, offerText string, who Viewer) (*session, string, error) {
	o, err := readOffer(offerText, codecOf(stream.feed), stream.config.Profile)
	if err != nil {
		return nil, "", err
	}
	if err := s.enter(); err != nil {
		return nil, "", err
	}
	var v *viewer
	admitted := false
	defer func() { // also when what reads the offer panics
		if admitted {
			return
		}
		if v != nil {
			v.discard()
		}
		s.exit()
	}()
	who.ID = newID()
	var configuration webrtc.Configuration
	if !s.guard.loopback {
		configuration.ICEServers = s.ice
	}
	v, err = newViewer(stream.feed, who, s.engine, configuration, codecOf(stream.feed).parameters(o.payload, o.rtx, o.fmtp))
	if err != nil {
		return nil, "", err
	}
	answer, err := v.answer(ctx, offerText)
	if err != nil {
		return nil, "", err
	}
	entry := &session{viewer: v, etag: `"` + newID() + `"`, ufrag: o.ufrag}
	entry.mayName(o.candidates)
	if err := s.start(stream, entry); err != nil {
		return nil, "", err
	}
	admitted = true
	return entry, answer, nil
}

// start registers a session and runs its viewer.
func (s *Server) start(stream *Stream, entry *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.streams[stream.config.Path] != stream {
		return errNoSeat
	}
	v := entry.viewer
	s.sessions[v.ID] = entry
	go func() {
		v.run()
		s.mu.Lock()
		delete(s.sessions, v.ID)
		s.seats--
		s.mu.Unlock()
		close(v.done)
	}()
	return nil
}

// session finds a viewer's resource below its stream's path.
func (s *Server) session(path, id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := s.sessions[id]
	if entry == nil || entry.viewer.feed.config.Path != path {
		return nil
	}
	return entry
}

// leaveWithin is how long DELETE waits for a viewer to be gone, so that its
// seat is free for who comes next.
const leaveWithin = 2 * time.Second

// end makes a viewer leave.
func (entry *session) end(ctx context.Context) {
	entry.viewer.cancel()
	ctx, cancel := context.WithTimeout(ctx, leaveWithin)
	defer cancel()
	select {
	case <-entry.viewer.done:
	case <-ctx.Done():
	}
}

// answer takes the offer and returns the answer, with all our candidates.
func (v *viewer) answer(ctx context.Context, offerText string) (string, error) {
	offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offerText}
	if err := v.pc.SetRemoteDescription(offer); err != nil {
		return "", fmt.Errorf("%w: %w", errOffer, err)
	}
	answer, err := v.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errOffer, err)
	}
	if err := v.describe(ctx, answer); err != nil {
		return "", fmt.Errorf("%w: %w", errOffer, err)
	}
	return tidyAnswer(v.pc.LocalDescription().SDP, offerText)
}

// describe sets the local description and waits until our candidates are in
// it, for so long as that may take.
func (v *viewer) describe(ctx context.Context, d webrtc.SessionDescription) error {
	gathered := webrtc.GatheringCompletePromise(v.pc)
	if err := v.pc.SetLocalDescription(d); err != nil {
		return err
	}
	limit := time.NewTimer(v.feed.time.gather)
	defer limit.Stop()
	select {
	case <-gathered:
	case <-limit.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// status maps what admit returns to HTTP.
func status(err error) int {
	switch {
	case errors.Is(err, errFull):
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

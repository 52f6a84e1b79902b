package preview

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/pion/webrtc/v4"

	"avid/runtime/fanout"
)

// Media types of WHEP (draft-ietf-wish-whep §4) and trickle ICE (RFC 8840).
const (
	typeSDP      = "application/sdp"
	typeFragment = "application/trickle-ice-sdpfrag"
)

// bodyBytes bounds what a client may send in one request.
const bodyBytes = 64 << 10

// readBody reads a body of one media type, or answers 415, 413 or 400.
func readBody(w http.ResponseWriter, r *http.Request, wanted string) (string, bool) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != wanted {
		fail(w, http.StatusUnsupportedMediaType, "send "+wanted)
		return "", false
	}
	if r.ContentLength > bodyBytes {
		w.Header().Set("Connection", "close")
		fail(w, http.StatusRequestEntityTooLarge, "64 KiB at most")
		return "", false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		fail(w, http.StatusRequestEntityTooLarge, "64 KiB at most")
		return "", false
	case err != nil:
		fail(w, http.StatusBadRequest, "body cut short")
		return "", false
	}
	return string(body), true
}

// post lets a viewer in: an SDP offer for an answer (WHEP §4.2).
func (s *Server) post(w http.ResponseWriter, r *http.Request, path string) {
	stream := s.stream(path)
	if stream == nil {
		fail(w, http.StatusNotFound, "no such stream")
		return
	}
	offerText, ok := readBody(w, r, typeSDP)
	if !ok {
		return
	}
	who := fanout.Viewer{Remote: r.RemoteAddr, Agent: readable(r.UserAgent())}
	entry, answer, err := s.admit(r.Context(), stream, offerText, who, sender(r))
	if err != nil {
		s.log.Debug("viewer refused", "stream", path, "error", err)
		if status(err) == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "10")
		}
		fail(w, status(err), err.Error())
		return
	}
	h := w.Header()
	h.Set("Content-Type", typeSDP)
	h.Set("Location", "/"+path+"/whep/"+entry.peer.ID)
	h.Set("ETag", entry.etag)
	h.Set("Accept-Patch", typeFragment)
	addLinks(h, present(s.ice, s.time.Now()))
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer) // a client that has gone away never connects
}

// readable makes what a client says of itself fit for programs that take UTF-8,
// and short.
func readable(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 256)], "\uFFFD")
}

// resource answers for one viewer's session.
func (s *Server) resource(w http.ResponseWriter, r *http.Request, path, id string) {
	entry := s.session(path, id)
	if entry == nil || entry.ending() {
		fail(w, http.StatusNotFound, "no such session")
		return
	}
	if r.Method == http.MethodDelete {
		entry.end(r.Context())
		w.WriteHeader(http.StatusOK)
		return
	}
	s.patch(w, r, entry)
}

// patch takes ICE candidates that the viewer found after its offer (RFC 9725
// §4.3.2). A new user name would be an ICE restart, which is not supported: a
// client that lost its connection posts a new offer.
func (s *Server) patch(w http.ResponseWriter, r *http.Request, entry *session) {
	match := r.Header.Get("If-Match")
	switch {
	case match == "":
		fail(w, http.StatusPreconditionRequired, "send If-Match with the session's ETag")
		return
	case match != "*" && match != entry.etag:
		fail(w, http.StatusPreconditionFailed, "the ETag is not the session's")
		return
	}
	body, ok := readBody(w, r, typeFragment)
	if !ok {
		return
	}
	f, err := parseFragment(body)
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if f.ufrag != "" && f.ufrag != entry.ufrag {
		fail(w, http.StatusUnprocessableEntity, "ICE restart is not supported: send a new offer")
		return
	}
	if !entry.mayName(len(f.candidates)) {
		fail(w, http.StatusBadRequest, fmt.Sprintf("more than %d candidates in this session", sessionCandidates))
		return
	}
	for _, c := range f.candidates {
		init := webrtc.ICECandidateInit{Candidate: c.line, SDPMid: &c.mid}
		if err := entry.peer.AddCandidate(init); err != nil {
			fail(w, http.StatusBadRequest, "candidate: "+err.Error())
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

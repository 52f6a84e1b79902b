package preview

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"avid/runtime/access"
	"avid/runtime/fanout"
)

// place is what an address means.
type place int

const (
	placeNone    place = iota
	placePage          // the page of all streams, or of one
	placeFile          // a part of the page
	placeStreams       // /api/streams
	placeMe            // /api/me
	placeHistory       // the page of what was recorded, where KeepsHistory was called
	placeAPI           // other addresses under /api/, where Handle was called
	placeMetrics
	placeHealth
	placeIcon
	placeWHEP    // /{path}/whep
	placeSession // /{path}/whep/{id}
)

// methods are what a place answers besides OPTIONS.
var methods = map[place]string{
	placePage: "GET, HEAD", placeFile: "GET, HEAD", placeStreams: "GET, HEAD", placeMetrics: "GET, HEAD",
	placeMe: "GET, HEAD", placeHistory: "GET, HEAD",
	placeAPI:    "GET, HEAD, POST, PUT, PATCH, DELETE",
	placeHealth: "GET, HEAD", placeIcon: "GET, HEAD", placeWHEP: "POST", placeSession: "PATCH, DELETE",
}

// locate reads the path of an address. Path and id are set where the place has
// them.
func locate(address string) (p place, path, id string) {
	if len(address) > 512 {
		return placeNone, "", ""
	}
	switch address {
	case "/":
		return placePage, "", ""
	case "/api/streams":
		return placeStreams, "", ""
	case "/api/me":
		return placeMe, "", ""
	case historyAddress:
		return placeHistory, "", ""
	case "/metrics":
		return placeMetrics, "", ""
	case "/healthz":
		return placeHealth, "", ""
	case "/favicon.ico":
		return placeIcon, "", ""
	}
	switch {
	case strings.HasPrefix(address, "/page/"):
		return placeFile, "", ""
	case strings.HasPrefix(address, "/api/"):
		return placeAPI, "", ""
	}
	parts := strings.Split(strings.TrimPrefix(address, "/"), "/")
	if !ValidPath(parts[0]) {
		return placeNone, "", ""
	}
	switch {
	case len(parts) == 1:
		return placePage, parts[0], ""
	case len(parts) == 2 && parts[1] == "whep":
		return placeWHEP, parts[0], ""
	case len(parts) == 3 && parts[1] == "whep" && fanout.IsSegment(parts[2]):
		return placeSession, parts[0], parts[2]
	}
	return placeNone, "", ""
}

func (s *Server) handler() http.Handler {
	metrics := promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("request", "panic", p, "method", r.Method)
				fail(w, http.StatusInternalServerError, "something went wrong")
			}
		}()
		s.serve(w, r, metrics)
	})
}

// policy keeps the page to itself: nothing from elsewhere, in nobody's frame.
const policy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

func (s *Server) serve(w http.ResponseWriter, r *http.Request, metrics http.Handler) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	if s.guard.foreign(r) {
		fail(w, http.StatusForbidden, "this preview is for its own machine; set a token to open it to others")
		return
	}
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Location, ETag, Link, Accept-Patch, Retry-After")

	where, path, id := locate(r.URL.Path)
	if r.Method == http.MethodOptions {
		if s.guard.locked {
			h.Set("Connection", "close") // nobody knows yet who asks
		}
		s.options(w, where)
		return
	}
	page := where == placePage || where == placeHistory
	if page && s.login(w, r) {
		letIn(r)
		return
	}
	who, known := s.guard.who(r)
	if !known {
		if tried(r) {
			s.hold(r)
		}
		unauthorized(w, page)
		return
	}
	letIn(r)
	if page && s.guard.locked {
		s.guard.renew(w, r)
	}
	if where == placeNone {
		fail(w, http.StatusNotFound, "no such address")
		return
	}
	if !hasMethod(methods[where], r.Method) {
		h.Set("Allow", methods[where]+", OPTIONS")
		fail(w, http.StatusMethodNotAllowed, "method not allowed here")
		return
	}
	if path != "" && !who.May(path) {
		fail(w, http.StatusNotFound, "no such stream")
		return
	}
	switch where {
	case placePage:
		s.page(w, r, path)
	case placeFile:
		s.file(w, r)
	case placeStreams:
		s.list(w, r, who)
	case placeMe:
		s.me(w, who)
	case placeHistory:
		s.historyPage(w, r)
	case placeAPI:
		s.more(w, r.WithContext(access.With(r.Context(), who)))
	case placeMetrics:
		if !who.All() {
			fail(w, http.StatusForbidden, "figures of all streams are for those who may see them all")
			return
		}
		metrics.ServeHTTP(w, r)
	case placeHealth:
		s.health(w, who)
	case placeIcon:
		w.WriteHeader(http.StatusNoContent)
	case placeWHEP:
		s.post(w, r, path)
	case placeSession:
		s.resource(w, r, path, id)
	}
}

// Admit has users ask besides those with the server's own token, and those before no
// more. The error is access.ErrUser, or ErrConfig where the server has no token.
func (s *Server) Admit(users []access.User) error {
	if len(users) > 0 && !s.guard.locked {
		return fmt.Errorf("%w: users need a server with a token of its own", ErrConfig)
	}
	checked, err := access.NewUsers(users)
	if err != nil {
		return err
	}
	s.guard.users.Store(checked)
	return nil
}

// Handle has h answer all addresses under /api/ but /api/streams and /api/me, to those who may ask.
// access.From says who asks; what changes something is for those who may manage.
func (s *Server) Handle(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.api = h
}

// changeable tells whether there is something behind Handle that may change streams.
func (s *Server) changeable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.api != nil
}

// more answers what Handle was called for.
func (s *Server) more(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	h := s.api
	s.mu.Unlock()
	if h == nil {
		fail(w, http.StatusNotFound, "no such address")
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !access.From(r.Context()).Manage {
		text := "this token is for seeing, not for changing"
		if !s.guard.locked {
			text = "nothing is changed from other machines without a token; set one"
		}
		fail(w, http.StatusForbidden, text)
		return
	}
	h.ServeHTTP(w, r)
}

func hasMethod(list, method string) bool {
	for m := range strings.SplitSeq(list, ", ") {
		if m == method {
			return true
		}
	}
	return false
}

// options answers CORS preflights, which carry no token (Fetch standard,
// "CORS-preflight fetch"), and WHEP's own question.
func (s *Server) options(w http.ResponseWriter, where place) {
	h := w.Header()
	list := "OPTIONS"
	if m := methods[where]; m != "" {
		list = m + ", OPTIONS"
	}
	h.Set("Allow", list)
	h.Set("Access-Control-Allow-Methods", list)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match")
	h.Set("Access-Control-Max-Age", "600")
	switch where {
	case placeWHEP:
		h.Set("Accept-Post", typeSDP)
		// Who has the token learns the servers when it posts: they have
		// passwords in them.
	case placeSession:
		h.Set("Accept-Patch", typeFragment)
	}
	w.WriteHeader(http.StatusNoContent)
}

// fail answers with a status and one line of text.
func fail(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the client has gone away
}

package preview

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
)

// pageFiles is the page: it needs no build step and nothing from elsewhere.
//
//go:embed page
var pageFiles embed.FS

// kinds are the media types of the page's files: the system's table may lack
// them, or say otherwise.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json", ".png": "image/png",
}

// page answers with the page, which finds out by its address what to show.
func (s *Server) page(w http.ResponseWriter, r *http.Request, name string) {
	if name != "" && s.stream(name) == nil {
		fail(w, http.StatusNotFound, "no such stream")
		return
	}
	sendFile(w, r, "page/index.html")
}

// historyAddress is the address of the page of what was recorded.
const historyAddress = "/history"

// KeepsHistory has the server show a page of what was recorded, which asks the addresses
// that Handle was called for.
func (s *Server) KeepsHistory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history = true
}

func (s *Server) keepsHistory() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history
}

// historyPage answers with the page of what was recorded.
func (s *Server) historyPage(w http.ResponseWriter, r *http.Request) {
	if !s.keepsHistory() {
		fail(w, http.StatusNotFound, "nothing is recorded here")
		return
	}
	sendFile(w, r, "page/history.html")
}

// me answers GET /api/me: who asks, and what they may do here.
func (s *Server) me(w http.ResponseWriter, who access.Principal) {
	jsonreply.Send(w, http.StatusOK, struct {
		Name    string `json:"name"` // "": whoever has the server's own token, or asks where there is none
		Manage  bool   `json:"manage"`
		History bool   `json:"history"`
	}{who.Name, who.Manage, s.keepsHistory()})
}

func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	sendFile(w, r, strings.TrimPrefix(r.URL.Path, "/"))
}

func sendFile(w http.ResponseWriter, r *http.Request, name string) {
	data, err := fs.ReadFile(pageFiles, name)
	if err != nil {
		fail(w, http.StatusNotFound, "no such file")
		return
	}
	kind := kinds[path.Ext(name)]
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", "no-cache")
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // the client has gone away
	}
}

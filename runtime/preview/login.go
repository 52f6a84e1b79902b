package preview

import (
	"net/http"
	"strings"
)

// loginPage asks for the token; it needs nothing but itself.
const loginPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>avid preview</title>
<h1>avid preview</h1>
<form>
<p><label>Token <input name="token" type="password" autocomplete="current-password" required autofocus></label>
<button>Watch</button>
</form>
</html>
`

// login trades the token in a page's address for a cookie, so that it stays in
// no history and no bookmark. It answers only when the token is right.
func (s *Server) login(w http.ResponseWriter, r *http.Request, path string) bool {
	query := r.URL.Query()
	if !s.guard.locked || !query.Has("token") || r.Method != http.MethodGet || !s.guard.isToken(query.Get("token")) {
		return false
	}
	s.guard.setCookie(w)
	query.Del("token")
	address := "/" + path // path is checked: no other host can be in it
	if rest := query.Encode(); rest != "" {
		address += "?" + rest
	}
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
	return true
}

// unauthorized answers a request without the token.
func unauthorized(w http.ResponseWriter, page bool) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="avid preview"`)
	if !page {
		fail(w, http.StatusUnauthorized, "token missing or wrong")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = strings.NewReader(loginPage).WriteTo(w) // the client has gone away
}

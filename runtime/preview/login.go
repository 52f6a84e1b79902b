package preview

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// loginStyle is the page's own, in short: the rest of it is for those who have
// the token.
const loginStyle = `
:root { color-scheme: light dark; font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
body { display: grid; place-content: center; min-height: 90dvh; margin: 0; }
form { width: min(320px, 90vw); display: grid; gap: 12px; }
h1 { font-size: 17px; margin: 0; }
p { margin: 0; }
label { display: grid; gap: 4px; }
input, button { font: inherit; min-height: 44px; padding: 0 12px; border-radius: 6px; border: 1px solid #868f98; box-sizing: border-box; }
button { background: CanvasText; color: Canvas; border: 0; }
`

// loginPage asks for the token; it needs nothing but itself.
const loginPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>avid</title>
<style>` + loginStyle + `</style>
<form>
<h1>avid</h1>
<p>This preview asks for its token.</p>
<label>Token <input name="token" type="password" autocomplete="current-password" required autofocus></label>
<button>Sign in</button>
</form>
</html>
`

// loginPolicy lets loginStyle in, by its hash (CSP level 3 §2.3.1).
var loginPolicy = func() string {
	sum := sha256.Sum256([]byte(loginStyle))
	return policy + "; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// login trades the token in a page's address for a cookie, so that it stays in
// no history and no bookmark. It answers only when the token is right.
func (s *Server) login(w http.ResponseWriter, r *http.Request) bool {
	query := r.URL.Query()
	if !s.guard.locked || !query.Has("token") || r.Method != http.MethodGet {
		return false
	}
	p, ok := s.guard.byToken(query.Get("token"))
	if !ok {
		return false
	}
	s.guard.setCookie(w, r, p.Name)
	query.Del("token")
	address := r.URL.Path // that of a page, which locate has checked: no other host can be in it
	if rest := query.Encode(); rest != "" {
		address += "?" + rest
	}
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
	return true
}

// unauthorized answers a request without the token, and ends its connection: who has
// none is not to keep one.
func unauthorized(w http.ResponseWriter, page bool) {
	w.Header().Set("Connection", "close")
	w.Header().Set("WWW-Authenticate", `Bearer realm="avid preview"`)
	if !page {
		fail(w, http.StatusUnauthorized, "token missing or wrong")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", loginPolicy)
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = strings.NewReader(loginPage).WriteTo(w) // the client has gone away
}

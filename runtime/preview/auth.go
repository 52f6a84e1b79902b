package preview

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// cookiePrefix begins the cookie's name; the port follows, since cookies do not
// tell ports apart, and several servers of a host may have a token each.
const cookiePrefix = "avid_token_"

// guard decides who may ask.
type guard struct {
	token    [sha256.Size]byte // of the token
	cookie   string            // what a browser that showed the token is given
	name     string            // of the cookie
	locked   bool              // there is a token
	secure   bool              // TLS
	loopback bool              // listens there only
}

func newGuard(c Config) guard {
	g := guard{locked: c.Token != "", secure: c.TLSCert != ""}
	g.token = sha256.Sum256([]byte(c.Token))
	// Cookies go to every port of a host: the token itself is nothing for
	// them. The same token gives the same cookie, so that a page stays logged
	// in over a restart.
	mac := hmac.New(sha256.New, []byte(c.Token))
	mac.Write([]byte("avid preview cookie"))
	g.cookie = hex.EncodeToString(mac.Sum(nil))
	return g
}

// isToken compares in constant time; hashes, so that the length is not told
// either.
func (g *guard) isToken(s string) bool {
	sum := sha256.Sum256([]byte(s))
	return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
}

// allowed says whether a request has the token. A cookie is sent by the
// browser whoever made it ask, so what changes something needs to come from
// our own page too.
func (g *guard) allowed(r *http.Request) bool {
	if !g.locked {
		return true
	}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		return strings.EqualFold(scheme, "Bearer") && g.isToken(strings.TrimSpace(token))
	}
	cookie, err := r.Cookie(g.name)
	if err != nil || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(g.cookie)) != 1 {
		return false
	}
	return r.Method == http.MethodGet || r.Method == http.MethodHead || g.sameOrigin(r)
}

// sameOrigin says whether a page of this server asks.
func (g *guard) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	scheme := "http://"
	if g.secure {
		scheme = "https://"
	}
	origin := r.Header.Get("Origin")
	return origin != "" && strings.EqualFold(origin, scheme+r.Host)
}

// setCookie lets a browser in that showed the token.
func (g *guard) setCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: g.name, Value: g.cookie, Path: "/",
		HttpOnly: true, Secure: g.secure, SameSite: http.SameSiteStrictMode,
	})
}

// foreign says whether a request comes from a web site of another machine. A
// server without a token on loopback is for this machine: yet any site that
// its user visits can ask it, by its address or by a name of the site's that
// points to it (DNS rebinding). Both show in Origin and Host.
func (g *guard) foreign(r *http.Request) bool {
	if g.locked || !g.loopback {
		return false
	}
	if !isLocalName(hostOf(r.Host)) {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !isLocalName(u.Hostname())
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// isLocalName takes loopback addresses and names (RFC 6761 §6.3).
func isLocalName(host string) bool {
	return isLoopback(host) || strings.HasSuffix(host, ".localhost")
}

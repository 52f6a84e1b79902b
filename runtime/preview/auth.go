package preview

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// cookiePrefix begins the cookie's name; the port follows, since cookies do not
// tell ports apart, and several servers of a host may have a token each.
const cookiePrefix = "avid_token_"

// guard decides who may ask.
type guard struct {
	token    [sha256.Size]byte // of the token
	key      [sha256.Size]byte // that cookies are signed with
	now      func() time.Time
	name     string // of the cookie
	locked   bool   // there is a token
	secure   bool   // TLS
	loopback bool   // listens there only
}

func newGuard(c Config) guard {
	g := guard{now: time.Now, locked: c.Token != "", secure: c.TLSCert != ""}
	g.token = sha256.Sum256([]byte(c.Token))
	// The same token gives the same key, so that a page stays logged in over a
	// restart, and another one ends what was logged in.
	mac := hmac.New(sha256.New, []byte(c.Token))
	mac.Write([]byte("avid preview cookie"))
	g.key = [sha256.Size]byte(mac.Sum(nil))
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
	if _, ok := g.cookieOf(r); !ok {
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

// A cookie lasts for cookieLasts after the last page that was asked for with it,
// being renewed in the second half of that time.
const cookieLasts = 12 * time.Hour

// cookieFor is a cookie's value: when it ends, and a code (HMAC, RFC 2104) of that and
// of the server's name and port as the browser has them. Cookies go to every port of a
// host, so the token itself is nothing for them.
func (g *guard) cookieFor(host string, end time.Time) string {
	at := strconv.FormatInt(end.Unix(), 16)
	mac := hmac.New(sha256.New, g.key[:])
	mac.Write([]byte(at + "\x00" + strings.ToLower(host) + "\x00" + g.name))
	return at + "." + hex.EncodeToString(mac.Sum(nil))
}

// cookieOf is until when the cookie of a request is good; false where it is none of
// this server's, or has ended.
func (g *guard) cookieOf(r *http.Request) (end time.Time, ok bool) {
	cookie, err := r.Cookie(g.name)
	if err != nil {
		return end, false
	}
	at, _, _ := strings.Cut(cookie.Value, ".")
	seconds, err := strconv.ParseInt(at, 16, 64)
	if err != nil {
		return end, false
	}
	end = time.Unix(seconds, 0)
	good := subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(g.cookieFor(r.Host, end))) == 1
	return end, good && g.now().Before(end)
}

// setCookie lets a browser in that showed the token.
func (g *guard) setCookie(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: g.name, Value: g.cookieFor(r.Host, g.now().Add(cookieLasts)), Path: "/", MaxAge: int(cookieLasts.Seconds()),
		HttpOnly: true, Secure: g.secure, SameSite: http.SameSiteStrictMode,
	})
}

// renew gives a browser a new cookie where its own is in its second half.
func (g *guard) renew(w http.ResponseWriter, r *http.Request) {
	if end, ok := g.cookieOf(r); ok && end.Sub(g.now()) < cookieLasts/2 {
		g.setCookie(w, r)
	}
}

// tried says whether a request shows a token at all: a cookie that has ended is none.
func tried(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.URL.Query().Has("token")
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

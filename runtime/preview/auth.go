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
	"sync/atomic"
	"time"

	"avid/runtime/access"
)

// cookiePrefix begins the cookie's name; the port follows, since cookies do not
// tell ports apart, and several servers of a host may have a token each.
const cookiePrefix = "avid_token_"

// guard decides who may ask.
type guard struct {
	token    [sha256.Size]byte // of the token
	key      [sha256.Size]byte // that cookies are signed with
	now      func() time.Time
	name     string                       // of the cookie
	locked   bool                         // there is a token
	users    atomic.Pointer[access.Users] // besides the token; nil: there are none
	secure   bool                         // TLS
	loopback bool                         // listens there only
}

func newGuard(c Config) *guard {
	g := &guard{now: time.Now, locked: c.Token != "", secure: c.TLSCert != ""}
	g.token = sha256.Sum256([]byte(c.Token))
	g.key = cookieKey(c.Token)
	return g
}

// cookieKey is what cookies for a token are signed with. The same token gives the same
// key, so that a page stays logged in over a restart, and another one ends what was
// logged in.
func cookieKey(token string) [sha256.Size]byte {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("avid preview cookie"))
	return [sha256.Size]byte(mac.Sum(nil))
}

// isToken compares in constant time; hashes, so that the length is not told
// either.
func (g *guard) isToken(s string) bool {
	sum := sha256.Sum256([]byte(s))
	return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
}

// byToken is who has a token: whoever has the server's own may do all.
func (g *guard) byToken(token string) (access.Principal, bool) {
	if g.isToken(token) {
		return access.Principal{Manage: true}, true
	}
	if users := g.users.Load(); users != nil {
		if user, ok := users.ByToken(token); ok {
			return user.Principal(), true
		}
	}
	return access.Principal{}, false
}

// who is who makes a request; false where it has no token. Without a token nobody needs
// one, and things are changed from this machine alone. A cookie is sent by the
// browser whoever made it ask, so what changes something needs to come from
// our own page too.
func (g *guard) who(r *http.Request) (access.Principal, bool) {
	if !g.locked {
		return access.Principal{Manage: g.loopback}, true
	}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return access.Principal{}, false
		}
		return g.byToken(strings.TrimSpace(token))
	}
	p, _, ok := g.cookieOf(r)
	return p, ok && (r.Method == http.MethodGet || r.Method == http.MethodHead || g.sameOrigin(r))
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

// cookieFor is a cookie's value: when it ends, whose it is ("": whoever has the server's
// own token), and a code (HMAC, RFC 2104) of that and of the server's name and port as
// the browser has them. Cookies go to every port of a host, so the token itself is
// nothing for them.
func (g *guard) cookieFor(host string, end time.Time, user string) (string, bool) {
	key, ok := g.keyOf(user)
	if !ok {
		return "", false
	}
	what := strconv.FormatInt(end.Unix(), 16)
	if user != "" {
		what += "." + user
	}
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(what + "\x00" + strings.ToLower(host) + "\x00" + g.name))
	return what + "." + hex.EncodeToString(mac.Sum(nil)), true
}

// keyOf is what a user's cookies are signed with, which another token makes another;
// false where there is no such user.
func (g *guard) keyOf(user string) (key [sha256.Size]byte, ok bool) {
	if user == "" {
		return g.key, true
	}
	users := g.users.Load()
	if users == nil {
		return key, false
	}
	found, ok := users.ByName(user)
	return cookieKey(found.Token), ok
}

// cookieOf is whose the cookie of a request is, and until when it is good; false where it
// is none of this server's, or has ended.
func (g *guard) cookieOf(r *http.Request) (p access.Principal, end time.Time, ok bool) {
	cookie, err := r.Cookie(g.name)
	if err != nil {
		return p, end, false
	}
	parts := strings.Split(cookie.Value, ".")
	seconds, err := strconv.ParseInt(parts[0], 16, 64)
	if err != nil {
		return p, end, false
	}
	user := ""
	if len(parts) == 3 {
		user = parts[1]
	}
	end = time.Unix(seconds, 0)
	want, ok := g.cookieFor(r.Host, end, user)
	if !ok || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(want)) != 1 || !g.now().Before(end) {
		return p, end, false
	}
	if user == "" {
		return access.Principal{Manage: true}, end, true
	}
	found, ok := g.users.Load().ByName(user)
	return found.Principal(), end, ok
}

// setCookie lets a browser in that showed the token of a user.
func (g *guard) setCookie(w http.ResponseWriter, r *http.Request, user string) {
	value, ok := g.cookieFor(r.Host, g.now().Add(cookieLasts), user)
	if !ok {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: g.name, Value: value, Path: "/", MaxAge: int(cookieLasts.Seconds()),
		HttpOnly: true, Secure: g.secure, SameSite: http.SameSiteStrictMode,
	})
}

// renew gives a browser a new cookie where its own is in its second half.
func (g *guard) renew(w http.ResponseWriter, r *http.Request) {
	if p, end, ok := g.cookieOf(r); ok && end.Sub(g.now()) < cookieLasts/2 {
		g.setCookie(w, r, p.Name)
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

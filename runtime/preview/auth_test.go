package preview

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"avid/runtime/access"
	"avid/runtime/fanout"
)

const testToken = "t0ken-+/=!"

// everyRoute has one request for each.
var everyRoute = []struct{ method, path string }{
	{"GET", "/"}, {"HEAD", "/"}, {"GET", "/live"}, {"GET", "/page/index.html"}, {"GET", "/api/streams"}, {"GET", "/metrics"},
	{"GET", "/healthz"}, {"GET", "/favicon.ico"}, {"POST", "/live/whep"}, {"PATCH", "/live/whep/x"}, {"DELETE", "/live/whep/x"},
	{"GET", "/nothing/here"}, {"PUT", "/live"}, {"GET", "/live/whep"}, {"TRACE", "/"},
}

func TestAuth(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) { c.Token = testToken })
	addSource(t, s, fanout.StreamConfig{})
	cookie := s.guard.name + "=" + cookieOf(s, "")
	own := "http://" + s.Addr()
	ways := []struct {
		name         string
		headers      map[string]string
		read, change bool // let in for GET and HEAD; for the others
	}{
		{"nothing", nil, false, false},
		{"right token", map[string]string{"Authorization": "Bearer " + testToken}, true, true},
		{"scheme in small letters", map[string]string{"Authorization": "bearer " + testToken}, true, true},
		{"wrong token", map[string]string{"Authorization": "Bearer x" + testToken}, false, false},
		{"half a token", map[string]string{"Authorization": "Bearer " + testToken[:4]}, false, false},
		{"empty token", map[string]string{"Authorization": "Bearer "}, false, false},
		{"other scheme", map[string]string{"Authorization": "Basic " + testToken}, false, false},
		{"no scheme", map[string]string{"Authorization": testToken}, false, false},
		{"cookie alone", map[string]string{"Cookie": cookie}, true, false},
		{"cookie, same origin", map[string]string{"Cookie": cookie, "Origin": own}, true, true},
		{"cookie, same site as the browser says", map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}, true, true},
		{"cookie, other origin", map[string]string{"Cookie": cookie, "Origin": "http://evil.example"}, true, false},
		{"cookie, other port", map[string]string{"Cookie": cookie, "Origin": "http://127.0.0.1:1"}, true, false},
		{"cookie, other scheme", map[string]string{"Cookie": cookie, "Origin": "https://" + s.Addr()}, true, false},
		{"cookie, no origin", map[string]string{"Cookie": cookie, "Origin": "null"}, true, false},
		{"cookie, cross-site", map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "cross-site", "Origin": own}, true, false},
		{"cookie, same-site", map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "same-site"}, true, false},
		{"the token as cookie", map[string]string{"Cookie": s.guard.name + "=" + url.QueryEscape(testToken), "Origin": own}, false, false},
		{"wrong cookie", map[string]string{"Cookie": s.guard.name + "=0123", "Origin": own}, false, false},
		{"cookie, wrong token", map[string]string{"Cookie": cookie, "Authorization": "Bearer no", "Origin": own}, false, false},
	}
	for _, way := range ways {
		for _, route := range everyRoute {
			if route.method == "TRACE" && way.change {
				continue // answered 405 below
			}
			want := way.change
			if route.method == "GET" || route.method == "HEAD" {
				want = way.read
			}
			got := request(t, s, route.method, route.path, "", way.headers)
			if (got.code != http.StatusUnauthorized) != want {
				t.Errorf("%s: %s %s: %d", way.name, route.method, route.path, got.code)
			}
			if got.code == http.StatusUnauthorized && !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: %s %s: no WWW-Authenticate", way.name, route.method, route.path)
			}
			if strings.Contains(got.body, testToken) {
				t.Errorf("%s: %s %s tells the token", way.name, route.method, route.path)
			}
		}
	}
}

func TestLogin(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) { c.Token = testToken })
	addSource(t, s, fanout.StreamConfig{})
	page := request(t, s, "GET", "/", "", nil)
	if page.code != 401 || !strings.Contains(page.body, `name="token"`) || !strings.Contains(page.header.Get("Content-Type"), "text/html") {
		t.Errorf("without: %d %s", page.code, page.body)
	}
	for from, to := range map[string]string{"/?": "/", "/live?": "/live", "/live?a=1&": "/live?a=1", "/?next=//evil.example&": "/?next=%2F%2Fevil.example"} {
		got := request(t, s, "GET", from+"token="+url.QueryEscape(testToken), "", nil)
		cookie := got.header.Get("Set-Cookie")
		if got.code != http.StatusSeeOther || got.header.Get("Location") != to {
			t.Errorf("%s: %d to %q", from, got.code, got.header.Get("Location"))
		}
		if !strings.HasPrefix(cookie, s.guard.name+"=") || !strings.Contains(cookie, "HttpOnly") ||
			!strings.Contains(cookie, "SameSite=Strict") || !strings.Contains(cookie, "Path=/") || strings.Contains(cookie, testToken) {
			t.Errorf("%s: cookie %q", from, cookie)
		}
		value, _, _ := strings.Cut(cookie, ";")
		if got := request(t, s, "GET", to, "", map[string]string{"Cookie": value}); got.code != 200 {
			t.Errorf("%s with the cookie: %d", to, got.code)
		}
	}
	for _, path := range []string{"/?token=wrong", "/?token=", "//evil.example?token=" + url.QueryEscape(testToken), "/api/streams?token=" + url.QueryEscape(testToken)} {
		if got := request(t, s, "GET", path, "", nil); got.code != 401 || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d", path, got.code)
		}
	}
	if got := request(t, s, "POST", "/?token="+url.QueryEscape(testToken), "", nil); got.code != 401 {
		t.Errorf("POST: %d", got.code)
	}
}

func TestOptionsNeedNoToken(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) { c.Token = testToken })
	for path, allow := range map[string]string{
		"/live/whep": "POST, OPTIONS", "/live/whep/abc": "PATCH, DELETE, OPTIONS", "/": "GET, HEAD, OPTIONS", "/a/b/c/d": "OPTIONS",
	} {
		got := request(t, s, "OPTIONS", path, "", map[string]string{"Origin": "https://player.example"})
		h := got.header
		if got.code != 204 || h.Get("Allow") != allow || h.Get("Access-Control-Allow-Methods") != allow ||
			h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, If-Match" {
			t.Errorf("%s: %d %v", path, got.code, h)
		}
		if (h.Get("Accept-Post") == typeSDP) != (path == "/live/whep") {
			t.Errorf("%s: Accept-Post %q", path, h.Get("Accept-Post"))
		}
	}
}

// TestForeignSites holds that without a token no web site can watch what this
// machine shows itself.
func TestForeignSites(t *testing.T) {
	open := testServer(t, nil)
	port := open.Addr()[strings.LastIndexByte(open.Addr(), ':'):]
	for _, c := range []struct {
		host, origin string
		want         int
	}{
		{"", "", 200},
		{"localhost" + port, "", 200},
		{"localhost", "http://localhost:3000", 200},
		{"[::1]" + port, "http://[::1]:1", 200},
		{"a.localhost" + port, "", 200},
		{"", "http://127.0.0.1:1234", 200},
		{"", "https://evil.example", 403},
		{"", "null", 403},
		{"", "http://127.0.0.1.evil.example", 403},
		{"evil.example" + port, "", 403},
		{"evil.example", "http://evil.example", 403},
		{"192.0.2.1" + port, "", 403},
	} {
		got := request(t, open, "GET", "/api/streams", "", map[string]string{"Host": c.host, "Origin": c.origin})
		if got.code != c.want {
			t.Errorf("%+v: %d", c, got.code)
		}
		if got.code == 403 && got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%+v: may be read", c)
		}
	}
	locked := testServer(t, func(c *Config, _ *timing) { c.Token = testToken })
	if got := request(t, locked, "GET", "/api/streams", "", map[string]string{
		"Host": "cam.example", "Origin": "https://player.example", "Authorization": "Bearer " + testToken,
	}); got.code != 200 || got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("with a token: %d", got.code)
	}
}

func TestTokenIsNotLogged(t *testing.T) {
	var text strings.Builder
	s := testServer(t, func(c *Config, _ *timing) { c.Token, c.Logger = testToken, lineLogger(&text) })
	addSource(t, s, fanout.StreamConfig{})
	request(t, s, "GET", "/?token="+url.QueryEscape(testToken), "", nil)
	request(t, s, "POST", "/live/whep", "x", map[string]string{"Content-Type": typeSDP, "Authorization": "Bearer " + testToken})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if strings.Contains(text.String(), testToken) || !strings.Contains(text.String(), "viewer refused") {
		t.Errorf("%s", &text)
	}
}

// cookieOf is a cookie of a user, as a browser sends it.
func cookieOf(s *Server, user string) string {
	value, _ := s.guard.cookieFor(s.Addr(), time.Now().Add(time.Hour), user)
	return value
}

// TestUsers: each sees the streams that it may, and changes what it may, by its token and
// by its cookie; who is not admitted any more is nobody.
func TestUsers(t *testing.T) {
	s := testServer(t, func(c *Config, _ *timing) { c.Token = testToken })
	for _, path := range []string{"door", "yard"} {
		addSource(t, s, fanout.StreamConfig{Path: path})
	}
	s.Handle(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := access.From(r.Context())
		fmt.Fprintf(w, "%s %v %v", p.Name, p.Manage, p.Streams)
	}))
	anna, bert := access.NewToken("anna"), access.NewToken("bert")
	users := []access.User{{Name: "anna", Token: access.Hash(anna), Manage: true}, {Name: "bert", Token: bert, Streams: []string{"door"}}}
	if err := s.Admit(users); err != nil {
		t.Fatal(err)
	}
	own := "http://" + s.Addr()
	for _, c := range []struct {
		user, token string
		codes       map[string]int // by method and path
		streams     string
	}{
		{"", testToken, map[string]int{"GET /door": 200, "GET /yard": 200, "GET /metrics": 200, "PUT /api/x": 200, "POST /yard/whep": 415}, `"door","yard"`},
		{"anna", anna, map[string]int{"GET /door": 200, "GET /yard": 200, "GET /metrics": 200, "PUT /api/x": 200, "POST /yard/whep": 415}, `"door","yard"`},
		{"bert", bert, map[string]int{"GET /door": 200, "GET /yard": 404, "GET /metrics": 403, "PUT /api/x": 403, "GET /api/x": 200, "POST /yard/whep": 404, "POST /door/whep": 415, "DELETE /yard/whep/x": 404, "GET /": 200}, `"door"`},
	} {
		for _, headers := range []map[string]string{{"Authorization": "Bearer " + c.token}, {"Cookie": s.guard.name + "=" + cookieOf(s, c.user), "Origin": own}} {
			for ask, code := range c.codes {
				method, path, _ := strings.Cut(ask, " ")
				got := request(t, s, method, path, "", headers)
				if got.code != code {
					t.Errorf("%q: %s: %d %s, want %d", c.user, ask, got.code, got.body, code)
				}
				if path == "/api/x" && code == 200 && !strings.HasPrefix(got.body, c.user+" ") {
					t.Errorf("%q asks as %s", c.user, got.body)
				}
			}
			var paths []string
			for _, part := range regexp.MustCompile(`"path":("\w+")`).FindAllStringSubmatch(request(t, s, "GET", "/api/streams", "", headers).body, -1) {
				paths = append(paths, part[1])
			}
			if got := strings.Join(paths, ","); got != c.streams {
				t.Errorf("%q sees %s", c.user, got)
			}
		}
	}
	login := request(t, s, "GET", "/door?token="+url.QueryEscape(bert), "", nil)
	if value, _, _ := strings.Cut(login.header.Get("Set-Cookie"), ";"); request(t, s, "GET", "/yard", "", map[string]string{"Cookie": value}).code != 404 ||
		request(t, s, "GET", "/door", "", map[string]string{"Cookie": value}).code != 200 {
		t.Errorf("bert's cookie %q", value)
	}
	before := cookieOf(s, "bert")
	users[1].Token = access.NewToken("bert")
	if err := s.Admit(users); err != nil {
		t.Fatal(err)
	}
	for what, headers := range map[string]map[string]string{"token": {"Authorization": "Bearer " + bert}, "cookie": {"Cookie": s.guard.name + "=" + before},
		"cookie with another name": {"Cookie": s.guard.name + "=" + strings.Replace(before, ".bert.", ".anna.", 1)}, "cookie without": {"Cookie": s.guard.name + "=" + strings.Replace(before, ".bert.", ".", 1)}} {
		if got := request(t, s, "GET", "/door", "", headers); got.code != 401 {
			t.Errorf("the %s of before: %d", what, got.code)
		}
	}
	if err := s.Admit([]access.User{{Name: "a b", Token: "x"}}); !errors.Is(err, access.ErrUser) {
		t.Errorf("a user that cannot be: %v", err)
	}
	if got := request(t, s, "GET", "/yard", "", map[string]string{"Authorization": "Bearer " + anna}); got.code != 200 {
		t.Errorf("after users that cannot be, anna gets %d", got.code)
	}
	if open := testServer(t, nil); open.Admit(users) == nil {
		t.Error("users are admitted where nobody needs a token")
	}
}

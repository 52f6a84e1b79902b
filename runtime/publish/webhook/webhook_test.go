package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/address"
	"avid/runtime/publish/webhook"
)

func open(t *testing.T, text string) publish.Carrier {
	t.Helper()
	a, err := address.Parse(text, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	c, err := webhook.Open(a, publish.Host{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

var records = []event.Record{{Type: "begin", ID: "17.5-1", Camera: "Front Door"}, {Type: "end", ID: "17.5-1", Camera: "Front Door", StreamTime: 3}}

// file has a secret.
func file(t *testing.T, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSigned: the receiver checks the signature by its own means.
func TestSigned(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mac := hmac.New(sha256.New, []byte("hunter2"))
		_, _ = io.WriteString(mac, r.Header.Get("X-Avid-Timestamp")+"."+string(body)) // never fails
		if want := fmt.Sprintf("sha256=%x", mac.Sum(nil)); r.Header.Get("X-Avid-Signature") != want {
			t.Errorf("signature %s, want %s", r.Header.Get("X-Avid-Signature"), want)
		}
		if at, err := strconv.ParseInt(r.Header.Get("X-Avid-Timestamp"), 10, 64); err != nil || time.Since(time.Unix(at, 0)).Abs() > time.Hour {
			t.Errorf("timestamp %q", r.Header.Get("X-Avid-Timestamp"))
		}
		if r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost || r.URL.RequestURI() != "/hook/1?code=a%2Fb" || r.Header.Get("Authorization") != "Bearer t0ken" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		rec, err := event.ParseRecord(body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, rec.Type+" "+r.Header.Get("X-Avid-Delivery"))
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	c := open(t, server.URL+"/hook/1?query=code%3Da%252Fb&secret-file="+file(t, "hunter2")+"&token-file="+file(t, "t0ken"))
	if n, err := c.Send(t.Context(), records); n != 2 || err != nil {
		t.Fatalf("sent %d, %v", n, err)
	}
	want := "[begin Front%20Door%2F17.5-1%2Fbegin%2F0 end Front%20Door%2F17.5-1%2Fend%2F3]"
	if fmt.Sprint(got) != want {
		t.Errorf("arrived %v, want %v", got, want)
	}
}

// TestSignIsStandard: a signature that another program has made.
// printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
func TestSignIsStandard(t *testing.T) {
	if got := webhook.Sign("key", 1700000000, []byte(`{"a":1}`)); got != "sha256=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03" {
		t.Errorf("signature %s", got)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		code    int
		header  string
		sent    int
		refused bool
		later   time.Duration
	}{
		{code: 200, sent: 2}, {code: 204, sent: 2}, {code: 400, refused: true}, {code: 413, refused: true}, {code: 422, refused: true}, {code: 415, refused: true},
		{code: 401}, {code: 404}, {code: 500}, {code: 503, header: "7", later: 7 * time.Second}, {code: 429, header: "junk"}, {code: 429, header: "-1"},
		{code: 429, header: strings.Repeat("9", 30)},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			w.WriteHeader(c.code)
		}))
		n, err := open(t, server.URL).Send(t.Context(), records)
		server.Close()
		var later *publish.LaterError
		if n != c.sent || (err == nil) != (c.sent == 2) || errors.Is(err, publish.ErrRefused) != c.refused || errors.As(err, &later) != (c.later > 0) || later != nil && later.After != c.later {
			t.Errorf("%+v: sent %d, %v", c, n, err)
		}
	}
}

// TestRedirects: an event goes to nobody but the host that was named, and arrives with
// its body or not at all.
func TestRedirects(t *testing.T) {
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was told") }))
	defer foreign.Close()
	arrived := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := "/end"
		switch r.URL.Path {
		case "/foreign":
			to = foreign.URL
		case "/loop":
			to = "/loop"
		case "/end":
			if body, err := io.ReadAll(r.Body); err == nil && len(body) > 0 && r.Method == http.MethodPost {
				arrived++
			}
			return
		}
		code := http.StatusTemporaryRedirect
		if r.URL.Path == "/get" {
			code = http.StatusFound
		}
		http.Redirect(w, r, to, code)
	}))
	defer server.Close()
	for path, want := range map[string]bool{"/same": true, "/foreign": false, "/loop": false, "/get": false} {
		n, err := open(t, server.URL+path).Send(t.Context(), records[:1])
		if (n == 1) != want || (err == nil) != want || !want && !errors.Is(err, webhook.ErrRedirect) {
			t.Errorf("%s: sent %d, %v", path, n, err)
		}
	}
	if arrived != 1 {
		t.Errorf("%d arrived, want 1", arrived)
	}
}

// TestNoSecretInErrors: neither the path nor a secret is told when nobody is there.
func TestNoSecretInErrors(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := open(t, strings.Replace(server.URL, "http://", "http://user:hunter2@", 1)+"/services/T0/xyzzy?query=code%3Dxyzzy")
	_, err := c.Send(t.Context(), records)
	if err == nil || strings.Contains(err.Error(), "xyzzy") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

package redact_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"avid/models/redact"
)

// FuzzText: whatever the text, there is no panic, and Text of a Text changes
// nothing.
func FuzzText(f *testing.F) {
	for _, s := range []string{"rtsp://a:b@c/?pw=d", `token="a\"b" x`, "Authorization: Basic abc", "turn:a:b@c", "a:b@c", "%3A%2F%2F%40", `"password":"x"`, "Digest a=b", "pw=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := redact.Text(s)
		if twice := redact.Text(once); twice != once {
			t.Errorf("%q gives %q, and that %q", s, once, twice)
		}
		redact.Address(s)
	})
}

// parameters are some of the names whose values are secret.
var parameters = []string{"pw", "pwd", "pass", "Password", "PASSWD", "token", "key", "secret", "auth", "sig", "access_token", "user", "username", "user-pw", "api_key", "pass2"}

// forms write a secret into an address.
var forms = []func(secret, name, host string) string{
	func(s, _, h string) string {
		return (&url.URL{Scheme: "rtsp", User: url.UserPassword("admin", s), Host: h}).String()
	},
	func(s, _, h string) string {
		return "rtsp://" + (&url.URL{User: url.User(s)}).User.String() + "@" + h + "/1"
	},
	func(s, _, h string) string { return "rtsp://admin:" + s + "@" + h + "/1" },
	func(s, _, h string) string { return "turn:admin:" + url.PathEscape(s) + "@" + h },
	func(s, n, h string) string { return "http://" + h + "/?a=1&" + n + "=" + url.QueryEscape(s) + "&b=2" },
	func(s, n, h string) string { return "http://" + h + "/?a=1;" + n + "=" + url.QueryEscape(s) + ";b=2" },
	func(s, n, h string) string { return "http://" + h + "/#" + n + "=" + url.QueryEscape(s) },
	func(s, n, h string) string { return "rtsp://" + h + "/" + n + "=" + url.QueryEscape(s) + "_channel=1" },
	func(s, n, h string) string { return "rtsp://" + h + "/user=a&" + n + "=" + url.QueryEscape(s) + "&c=1" },
	func(s, n, h string) string {
		return "http://x/?u=" + url.QueryEscape("http://a:"+url.PathEscape(s)+"@"+h+"/?"+n+"="+url.QueryEscape(s))
	},
}

// sentences are where addresses stand.
var sentences = []func(address string) string{
	func(a string) string { return a },
	func(a string) string { return "avid: " + a + ": video cannot be read" },
	func(a string) string { return fmt.Sprintf("Post %q: dial tcp: refused", a) },
	func(a string) string { return "(" + a + "), see '" + a + "'." },
	func(a string) string { return "rtspsrc location=" + a + " latency=200" },
	func(a string) string {
		text, err := json.Marshal(map[string]string{"note": a, "title": a})
		if err != nil {
			return ""
		}
		return string(text)
	},
	func(a string) string {
		_, err := url.Parse(a)
		return fmt.Sprint(err)
	},
}

// FuzzSecrets: no secret survives, whatever it is made of and wherever it stands.
func FuzzSecrets(f *testing.F) {
	for i, s := range []string{"", "p@ss", "a/b?c#d", "%zz", "ü%41", `"x"`, "a b", "_channel=", "&x=", "***", "://", "user:x@h"} {
		f.Add(s, uint(i), uint(i), uint(i))
		f.Add(s, uint(2), uint(i), uint(0))
	}
	f.Fuzz(func(t *testing.T, middle string, form, name, sentence uint) {
		middle = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || r != ' ' && unicode.IsSpace(r) || r == unicode.ReplacementChar { // the line's end, and what nobody types
				return -1
			}
			return r
		}, middle)
		if strings.ContainsAny(middle, "@") && strings.Contains(middle, ":") {
			// With a space too it is more than one address to anybody who reads it.
			middle = strings.ReplaceAll(middle, " ", "")
		}
		secret := "hunter" + middle + "zwei"
		address := forms[form%uint(len(forms))](secret, parameters[name%uint(len(parameters))], "cam.example:554")
		text := sentences[sentence%uint(len(sentences))](address)
		got := redact.Text(text)
		for _, part := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), "hunter", "zwei"} {
			if strings.Contains(got, part) {
				t.Fatalf("%s\n gives %s\n which has %s", text, got, part)
			}
		}
	})
}

package address_test

import (
	"strings"
	"testing"
	"time"

	"avid/runtime/publish/address"
)

// FuzzParse: whatever is typed, there is no panic, and no password is told.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"mqtt://u:p@h:1/a?b=c", "kafka://a:1,[::1]:2/t", "file:///x?max-size=1MB", "x://%zz@", "://", "https://h/?timeout=1h&timeout=2", "a://b#c", "a://[::1/"} {
		f.Add(s, "hunter2")
	}
	f.Fuzz(func(t *testing.T, s, password string) {
		read(t, s, "")
		if len(password) > 3 && !strings.ContainsAny(password, "/?#") {
			read(t, "mqtt://u:"+password+"@host/path?key=v", password)
		}
	})
}

func read(t *testing.T, s, secret string) {
	a, err := address.Parse(s, func(string) string { return "" })
	if err == nil {
		for _, h := range a.WithPort("1") {
			if !strings.Contains(h, ":") {
				t.Errorf("host %q of %q has no port", h, s)
			}
		}
		a.NeedHost(3)
		a.Text("key", "")
		a.Int("n", 1, 0, 9)
		a.Bytes("bytes", 1, 0, 1<<40)
		a.Duration("timeout", 0, 0, time.Hour)
		err = a.Err()
		if secret != "" && a.User == "u" && !strings.Contains("mqtt://host/path", secret) && strings.Contains(a.String()+a.Identity(), secret) {
			t.Errorf("%q is called %q", s, a.String())
		}
	}
	if err != nil && secret != "" && len(secret) > 8 && strings.Contains(err.Error(), secret) {
		t.Errorf("%q: %v", s, err)
	}
}

package jsonreply

import (
	"math"
	"net/http/httptest"
	"testing"
)

// TestSend: a value goes as JSON with the status; one that cannot says so.
func TestSend(t *testing.T) {
	for _, c := range []struct {
		value any
		code  int
		body  string
	}{
		{map[string]int{"a": 1}, 202, "{\"a\":1}\n"},
		{math.NaN(), 500, "{\"error\":\"cannot write JSON\"}\n"},
	} {
		w := httptest.NewRecorder()
		Send(w, 202, c.value)
		if w.Code != c.code || w.Body.String() != c.body || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%v: %d %q %v", c.value, w.Code, w.Body, w.Header())
		}
	}
}

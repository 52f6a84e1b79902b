package preview

import (
	"net/http"
	"strings"
	"testing"

	"avid/runtime/fanout"
)

// FuzzPost posts offers to a server: whatever comes, it answers with one of
// WHEP's statuses and keeps no slot taken.
func FuzzPost(f *testing.F) {
	f.Add(browserOffer)
	f.Add(strings.ReplaceAll(browserOffer, "a=setup:actpass", "a=setup:active"))
	f.Add(strings.ReplaceAll(browserOffer, "BUNDLE 0 1 2", "BUNDLE 1"))
	f.Add(strings.ReplaceAll(browserOffer, "a=mid:0", "a=mid:1"))
	f.Add(strings.ReplaceAll(browserOffer, "a=fmtp:97 apt=96", "a=fmtp:97 apt=97"))
	f.Add(strings.ReplaceAll(browserOffer, "a=extmap:3", "a=extmap:999"))
	f.Add(strings.ReplaceAll(browserOffer, "m=audio", "m=video"))
	f.Add(strings.ReplaceAll(browserOffer, "a=recvonly", "a=sendrecv"))
	f.Add("v=0\r\n")
	c := DefaultConfig()
	c.MediaIPs = []string{"127.0.0.1"}
	c.Listen = "127.0.0.1:0"
	s, err := Listen(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	if _, err := s.Add(fanout.StreamConfig{Path: "live", Codec: fanout.VP8}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := request(t, s, http.MethodPost, "/live/whep", text, map[string]string{"Content-Type": typeSDP})
		switch got.code {
		case http.StatusCreated:
			request(t, s, http.MethodDelete, got.header.Get("Location"), "", nil)
		case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusRequestEntityTooLarge:
		default:
			t.Fatalf("%d %s", got.code, got.body)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.slots != 0 || len(s.sessions) != 0 {
			t.Fatalf("%d slots taken, %d sessions", s.slots, len(s.sessions))
		}
	})
}

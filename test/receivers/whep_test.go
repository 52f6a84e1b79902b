// Package receivers_test plays what the preview sends in receivers that are
// neither of pion nor the preview's own page: GStreamer's webrtcbin, as a WHEP
// player and as a WHIP endpoint, and Firefox and Chromium with a page that
// comes from another origin.
package receivers_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-gst/go-gst/pkg/gstwebrtc"

	"avid/runtime/preview"
)

// token is what the server and the endpoint demand.
const token = "sesame"

// request speaks HTTP with the token.
func request(t testing.TB, method, address, body string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/sdp")
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply, string(text)
}

// join plays the stream in a format; resource is the session's address.
func join(t testing.TB, s *preview.Server, f format) (p *peer, resource string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p = newPeer(t, f)
	offer, err := p.offer(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	reply, text := request(t, http.MethodPost, s.URL()+string(f.codec)+"/whep", offer)
	if reply.StatusCode != http.StatusCreated {
		t.Fatalf("POST: %s %s\n%s", reply.Status, text, offer)
	}
	location, err := reply.Location()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.accept(ctx, gstwebrtc.WebrtcSdpTypeAnswer, text); err != nil {
		t.Fatal(err)
	}
	return p, location.String()
}

func TestWHEP(t *testing.T) {
	for _, f := range formats {
		t.Run(string(f.codec), func(t *testing.T) {
			f.need(t, f.encode+"!"+f.decode)
			server, streams := show(t, f)
			stream := streams[0]
			player, resource := join(t, server, f)
			player.see(t)
			if n := stream.Stats().Viewers; n != 1 {
				t.Errorf("%d viewers, not 1", n)
			}
			if reply, text := request(t, http.MethodDelete, resource, ""); reply.StatusCode != http.StatusOK {
				t.Errorf("DELETE: %s %s", reply.Status, text)
			}
			eventually(t, "the viewer has left", func() bool { return stream.Stats().Viewers == 0 })
		})
	}
}

// TestWHEPVanish: a player that goes without a word is noticed.
func TestWHEPVanish(t *testing.T) {
	f := formats[0]
	server, streams := show(t, f)
	stream := streams[0]
	player, _ := join(t, server, f)
	player.see(t)
	player.close()
	eventually(t, "the viewer has left", func() bool { return stream.Stats().Viewers == 0 })
}

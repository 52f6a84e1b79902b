package receivers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"avid/runtime/preview"
)

// endpoint takes one session by WHIP (RFC 9725), in a peer.
func endpoint(p *peer, deleted chan<- struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /whip", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("Content-Type") != "application/sdp" {
			http.Error(w, "the token, or the type of what is sent", http.StatusUnauthorized)
			return
		}
		offer, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		answer, err := p.answer(ctx, string(offer))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/sdp")
		w.Header().Set("Location", "/whip/session")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, answer) // the other end sees what is missing
	})
	mux.HandleFunc("DELETE /whip/session", func(http.ResponseWriter, *http.Request) { deleted <- struct{}{} })
	return mux
}

// TestWHIP: webrtcbin is what a Push connects to.
func TestWHIP(t *testing.T) {
	for _, f := range formats {
		t.Run(string(f.codec), func(t *testing.T) {
			f.need(t, f.encode+"!"+f.decode)
			clip := f.clip(t)
			receiver, deleted := newPeer(t, f), make(chan struct{}, 1)
			server := httptest.NewServer(endpoint(receiver, deleted))
			t.Cleanup(server.Close)
			push, err := preview.StartPush(preview.PushConfig{Endpoint: server.URL + "/whip", Token: token, Stream: f.stream()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = push.Close() }) // a second time, where all went well
			f.feed(t, push, clip)
			eventually(t, "live", func() bool { return push.State() == "live" })
			receiver.see(t)
			if err := push.Close(); err != nil {
				t.Error(err)
			}
			select {
			case <-deleted:
			default:
				t.Error("the session was not ended by DELETE")
			}
		})
	}
}

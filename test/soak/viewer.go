package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// viewer watches a camera of a page as browsers do, by WHEP.
type viewer struct {
	pc      *webrtc.PeerConnection
	session string        // its address at the server
	seen    chan struct{} // closed once enough frames have come
	ended   chan struct{} // closed once the connection has ended
}

// seenFrames is how many frames a viewer waits for.
const seenFrames = 5

// watchPage begins to watch a camera, and waits until frames of it have come. Leave it.
func watchPage(ctx context.Context, page, camera string) (*viewer, error) {
	var settings webrtc.SettingEngine // it stays on loopback
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(net.IP.IsLoopback)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	v := &viewer{pc: pc, seen: make(chan struct{}), ended: make(chan struct{})}
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { v.read(t) })
	if err = v.join(ctx, page, camera); err == nil {
		select {
		case <-v.seen:
			return v, nil
		case <-time.After(hang):
			err = errors.New("no frames came to the viewer")
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return nil, errors.Join(fmt.Errorf("%s cannot be watched: %w", camera, err), pc.Close())
}

// read counts frames, by the last packet of each, until the connection ends.
func (v *viewer) read(t *webrtc.TrackRemote) {
	defer close(v.ended)
	for frames := 0; ; {
		p, _, err := t.ReadRTP()
		if err != nil {
			return
		}
		if p.Marker {
			if frames++; frames == seenFrames {
				close(v.seen)
			}
		}
	}
}

// join makes the connection.
func (v *viewer) join(ctx context.Context, page, camera string) error {
	if _, err := v.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		return err
	}
	if _, err := v.pc.CreateDataChannel("avid", nil); err != nil {
		return err
	}
	offer, err := v.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(v.pc)
	if err := v.pc.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	reply, text, err := request(ctx, http.MethodPost, page+camera+"/whep", v.pc.LocalDescription().SDP)
	if err != nil {
		return err
	}
	at, err := reply.Location()
	if err != nil || reply.StatusCode != http.StatusCreated {
		return errors.Join(fmt.Errorf("the server answers %s: %s", reply.Status, text), err)
	}
	v.session = (&url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path}).String()
	return v.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: text})
}

// leave ends the session, as a page does that is closed.
func (v *viewer) leave(ctx context.Context) error {
	reply, text, err := request(ctx, http.MethodDelete, v.session, "")
	if err == nil && reply.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server answers %s: %s", reply.Status, text)
	}
	return errors.Join(err, v.pc.Close())
}

// left waits until the server has ended the session, as its camera is gone.
func (v *viewer) left() error {
	var err error
	select {
	case <-v.ended:
	case <-time.After(hang):
		err = errors.New("in vain: the end of a viewer whose camera is gone")
	}
	return errors.Join(err, v.pc.Close())
}

// request sends a description of a session, and returns the answer with its text.
func request(ctx context.Context, method, address, body string) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Content-Type", "application/sdp")
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, "", err
	}
	text, err := io.ReadAll(reply.Body)
	return reply, string(text), errors.Join(err, reply.Body.Close())
}

package element_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogst "github.com/go-gst/go-gst/pkg/gst"
	"github.com/pion/webrtc/v4"

	"avid/element/avidwebrtcsink"
	"avid/element/pipeline"
)

// TestSinkPipelines runs lines with avidwebrtcsink as users type them.
func TestSinkPipelines(t *testing.T) {
	const sink = "avidwebrtcsink media-ips=127.0.0.1 listen=127.0.0.1:0"
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shared := "avidwebrtcsink media-ips=127.0.0.1 listen=" + free.Addr().String()
	free.Close()
	for name, line := range map[string]string{
		"plain":    "videotestsrc num-buffers=20 ! " + sink,
		"vp8":      "videotestsrc num-buffers=20 ! " + sink + " codec=vp8",
		"odd":      "videotestsrc num-buffers=20 ! video/x-raw,width=353,height=241 ! " + sink,
		"filtered": "videotestsrc num-buffers=20 ! video/x-raw,framerate=20/1 ! avidfilter model=MODEL zeta=1 alpha=0 ! " + sink,
		"live":     "videotestsrc is-live=true num-buffers=20 ! video/x-raw,framerate=30/1 ! avidfilter model=MODEL ! " + sink,
		"encoded":  "videotestsrc num-buffers=20 ! x264enc tune=zerolatency ! " + sink,
		"tee":      "videotestsrc num-buffers=20 ! tee name=t t. ! queue ! " + sink + " t. ! queue ! fakesink",
		"shared":   "videotestsrc num-buffers=20 ! tee name=t t. ! queue ! " + shared + " path=a t. ! queue ! " + shared + " path=b",
	} {
		t.Run(name, func(t *testing.T) {
			r := launch(t, line)
			if r.code != 0 || strings.Contains(r.err, "CRITICAL") || strings.Contains(r.err, "WARNING") {
				t.Errorf("ends with %d\n%s\n%s", r.code, r.err, r.out)
			}
			if !strings.Contains(r.out, "avid-webrtc, url=(string)http://127.0.0.1:") {
				t.Errorf("nobody said where to watch:\n%s", r.out)
			}
		})
	}
}

// TestSinkErrors: a failure is one sentence and an exit code.
func TestSinkErrors(t *testing.T) {
	for properties, sentence := range map[string]string{
		"listen=0.0.0.0:0": "set a token",
		"media-ips=127.0.0.1 listen=127.0.0.1:0 path=a/b":         "The property path does not fit",
		"media-ips=127.0.0.1 listen=127.0.0.1:0 tls-cert=/no.pem": "tls-key",
	} {
		r := launch(t, "videotestsrc ! avidwebrtcsink "+properties)
		if r.code == 0 || !strings.Contains(r.err, sentence) {
			t.Errorf("%s: ends with %d: %s", properties, r.code, r.err)
		}
	}
}

// TestSinkSignals: an application hears of a viewer that joins and leaves.
func TestSinkSignals(t *testing.T) {
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	if err := avidwebrtcsink.Register(); err != nil {
		t.Fatal(err)
	}
	parsed, err := gogst.ParseLaunch("videotestsrc is-live=true ! avidwebrtcsink name=sink media-ips=127.0.0.1 listen=127.0.0.1:0 codec=vp8")
	if err != nil {
		t.Fatal(err)
	}
	top, ok := parsed.(gogst.Pipeline)
	if !ok {
		t.Fatalf("%T", parsed)
	}
	defer top.BlockSetState(gogst.StateNull, gogst.ClockTimeNone)
	sink := top.GetByName("sink")
	joined, left := make(chan [3]string, 1), make(chan string, 1)
	sink.Connect("viewer-joined", func(_ gogst.Element, id, remote, agent string) { joined <- [3]string{id, remote, agent} })
	sink.Connect("viewer-left", func(_ gogst.Element, id string) { left <- id })
	if r := top.BlockSetState(gogst.StatePlaying, gogst.ClockTimeNone); r == gogst.StateChangeFailure {
		t.Fatal(r)
	}
	url, _ := pipeline.Text(sink, "url")
	if url == "" {
		t.Fatal("no address")
	}
	pc, resource := join(t, url+"live/whep")
	var who [3]string
	select {
	case who = <-joined:
	case <-time.After(hang):
		t.Fatal("nobody joined")
	}
	if !strings.HasSuffix(resource, who[0]) || !strings.HasPrefix(who[1], "127.0.0.1") || who[2] != "avid-test" {
		t.Errorf("joined %q, resource %s", who, resource)
	}
	_ = pc.Close() // it says goodbye
	select {
	case id := <-left:
		if id != who[0] {
			t.Errorf("%s left, not %s", id, who[0])
		}
	case <-time.After(hang):
		t.Fatal("nobody left")
	}
}

// join makes a WHEP session by hand.
func join(t *testing.T, endpoint string) (pc *webrtc.PeerConnection, resource string) {
	t.Helper()
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	for { // the stream is there with its first frame
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(pc.LocalDescription().SDP))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/sdp")
		request.Header.Set("User-Agent", "avid-test")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer := new(strings.Builder)
		_ = response.Write(answer)
		response.Body.Close()
		if response.StatusCode == http.StatusNotFound {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		_, sdp, _ := strings.Cut(answer.String(), "\r\n\r\n")
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}); err != nil {
			t.Fatalf("%s: %v\n%s", response.Status, err, answer)
		}
		return pc, filepath.ToSlash(response.Header.Get("Location"))
	}
}

package avidwebrtcsink

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"
	"github.com/pion/webrtc/v4"

	"avid/element/pipeline"
)

// viewer is a WHEP client over pion.
type viewer struct {
	pc       *webrtc.PeerConnection
	resource string
	frames   atomic.Int64 // by the markers of their last packets
	metas    atomic.Int64
	boxed    atomic.Int64 // metas with outlines
	mime     atomic.Value // string
	stalled  atomic.Bool
}

// watch joins a stream of the page at url.
func watch(t *testing.T, url, path string) *viewer {
	t.Helper()
	var settings webrtc.SettingEngine // it stays on loopback
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(net.IP.IsLoopback)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	v := &viewer{pc: pc}
	t.Cleanup(func() { _ = pc.Close() })
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		t.Fatal(err)
	}
	ordered, none := true, uint16(0)
	channel, err := pc.CreateDataChannel("avid", &webrtc.DataChannelInit{Ordered: &ordered, MaxRetransmits: &none})
	if err != nil {
		t.Fatal(err)
	}
	channel.OnMessage(func(m webrtc.DataChannelMessage) {
		var frame struct {
			Type     string
			Outlines [][]int
		}
		if json.Unmarshal(m.Data, &frame) == nil && frame.Type == "frame" {
			v.metas.Add(1)
			if len(frame.Outlines) > 0 {
				v.boxed.Add(1)
			}
		}
	})
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		v.mime.Store(track.Codec().MimeType)
		for {
			for v.stalled.Load() {
				time.Sleep(10 * time.Millisecond)
			}
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			if packet.Marker {
				v.frames.Add(1)
			}
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	ctx, cancel := context.WithTimeout(t.Context(), idle)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+path+"/whep", strings.NewReader(pc.LocalDescription().SDP))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/sdp")
	request.Header.Set("User-Agent", "avid-test")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusCreated {
		t.Fatalf("%s %v: %s", response.Status, err, answer)
	}
	v.resource = strings.TrimSuffix(url, "/") + response.Header.Get("Location")
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}); err != nil {
		t.Fatal(err)
	}
	return v
}

// until waits for something to become true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(idle)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", idle, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// serving plays a line with a sink named "sink" until its stream is there, and
// gives the page's address.
func serving(t *testing.T, line string) (*pipeline.Pipeline, string) {
	t.Helper()
	use(t, &fakes{})
	p, err := pipeline.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Fatal(err)
	}
	url, err := p.Get("sink", "url")
	if err != nil || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("url %q, %v", url, err)
	}
	until(t, "the stream", func() bool {
		stats, _ := p.Get("sink", "stats")
		return !strings.Contains(stats, " frames=(guint64)0")
	})
	return p, url
}

// get is the body of a page.
func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestViewer: through the real server, frames and marks reach a viewer, counts
// reach the metrics, and two sinks are two streams of one server.
func TestViewer(t *testing.T) {
	for codec, encoder := range map[string]string{"h264": "x264enc", "vp8": "vp8enc"} {
		t.Run(codec, func(t *testing.T) {
			need(t, encoder)
			p, url := serving(t, "videotestsrc is-live=true ! video/x-raw,format=I420,framerate=10/1,width=192,height=128 ! "+
				"avidfilter model=../../demo/walkway.avid zeta=1 alpha=0 ! avidwebrtcsink name=sink media-ips=127.0.0.1 listen=127.0.0.1:0 codec="+codec)
			v := watch(t, url, "live")
			until(t, "frames", func() bool { return v.frames.Load() > 10 && v.boxed.Load() > 5 })
			if mime, _ := v.mime.Load().(string); !strings.EqualFold(mime, "video/"+codec) {
				t.Errorf("codec %s", mime)
			}
			if n, err := p.Get("sink", "viewers"); n != "1" || err != nil {
				t.Errorf("%s viewers, %v", n, err)
			}
			for _, want := range []string{`avid_viewers{stream="live"} 1`, "avid_inferences_total"} {
				if body := get(t, url+"metrics"); !strings.Contains(body, want) {
					t.Errorf("no %s in the metrics", want)
				}
			}
			if body := get(t, url+"api/streams"); !strings.Contains(body, `"width":192`) {
				t.Errorf("streams: %s", body)
			}
			_ = v.pc.Close()
			until(t, "the viewer to go", func() bool {
				n, _ := p.Get("sink", "viewers")
				return n == "0"
			})
		})
	}
}

// TestManyViewers: ten viewers, one of which stalls; the stream keeps its
// frames and the nine keep theirs.
func TestManyViewers(t *testing.T) {
	need(t, "vp8enc")
	p, url := serving(t, "videotestsrc is-live=true ! video/x-raw,format=I420,framerate=20/1,width=160,height=120 ! "+
		"identity name=count ! avidwebrtcsink name=sink media-ips=127.0.0.1 listen=127.0.0.1:0 codec=vp8")
	var all []*viewer
	for range 10 {
		all = append(all, watch(t, url, "live"))
	}
	until(t, "all viewers", func() bool {
		for _, v := range all {
			if v.frames.Load() < 5 {
				return false
			}
		}
		return true
	})
	count := func() (n int) {
		stats, _ := p.Get("sink", "stats")
		_, rest, _ := strings.Cut(stats, " frames=(guint64)")
		_, _ = fmt.Sscan(strings.TrimRight(strings.SplitN(rest, ",", 2)[0], ";"), &n)
		return n
	}
	sixty := func() time.Duration {
		before, began := count(), time.Now()
		until(t, "sixty frames", func() bool { return count() >= before+60 })
		return time.Since(began)
	}
	alone := sixty()
	all[0].stalled.Store(true)
	seen := make([]int64, len(all))
	for i, v := range all {
		seen[i] = v.frames.Load()
	}
	if took := sixty(); took > 2*alone { // 3 s each, or more on a machine that has other work
		t.Errorf("60 frames took %v, and %v before one stalled", took, alone)
	}
	for i, v := range all[1:] {
		if n := v.frames.Load() - seen[i+1]; n < 45 {
			t.Errorf("viewer %d got %d of 60 frames", i+1, n)
		}
	}
	if n, _ := p.Get("sink", "viewers"); n != "10" {
		t.Errorf("%s viewers", n)
	}
	all[0].stalled.Store(false)
}

// TestTwoStreams: two sinks with one address are two streams of one page.
func TestTwoStreams(t *testing.T) {
	need(t, "vp8enc")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := " codec=vp8 token=\"\" media-ips=127.0.0.1 listen=" + free.Addr().String() + " "
	free.Close()
	_, url := serving(t, "videotestsrc is-live=true ! video/x-raw,format=I420,framerate=20/1,"+small+" ! tee name=t t. ! queue ! avidwebrtcsink name=sink path=a"+listen+
		"t. ! queue ! avidwebrtcsink name=other path=b title=Door"+listen)
	until(t, "both", func() bool {
		body := get(t, url+"api/streams")
		return strings.Contains(body, `"path":"a"`) && strings.Contains(body, `"title":"Door"`)
	})
	a, b := watch(t, url, "a"), watch(t, url, "b")
	until(t, "frames", func() bool { return a.frames.Load() > 3 && b.frames.Load() > 3 })
}

// leaking marks the process that TestLeaks starts.
const leaking = "AVID_TEST_LEAKS"

// TestLeaks: GStreamer's own tracer finds nothing left behind by streams that
// end, fail, are broken off, and are watched. The tracer reports at the end of
// GStreamer, so that is in a process of its own.
func TestLeaks(t *testing.T) {
	if os.Getenv(leaking) != "" {
		leakEverything(t)
		gst.Deinit()
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeaks$")
	cmd.Env = append(os.Environ(), leaking+"=1", "GOGC=off", "GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7", "GST_DEBUG_NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte("leaks")) {
		t.Fatalf("the tracer did not speak:\n%s", out)
	}
	for l := range strings.Lines(string(out)) {
		if strings.Contains(l, "object-alive, type-name=(string)Gst") || strings.Contains(l, "object-alive, type-name=(string)Avid") {
			t.Error(l)
		}
	}
}

// leakEverything plays what may leave something behind.
func leakEverything(t *testing.T) {
	use(t, &fakes{only: "x264enc", broken: []string{"nvh264enc"}})
	for _, line := range []string{
		raw(5, "format=I420,"+small) + "avidwebrtcfaked",
		raw(5, "format=I420,"+small) + "x264enc tune=zerolatency ! avidwebrtcfaked",
		raw(5, "format=I420,"+small) + "avidwebrtcfaked codec=vp9", // no encoder
		raw(5, "format=I420,width=1,height=1") + "avidwebrtcfaked", // no encoder takes it
		raw(5, small) + "avidwebrtcfaked min-bitrate=2000000 max-bitrate=1000000",
		"videotestsrc num-buffers=20 ! video/x-raw,format=I420,framerate=20/1,width=192,height=128 ! avidfilter model=../../demo/walkway.avid zeta=1 alpha=0 ! avidwebrtcfaked",
		"concat name=c ! avidwebrtcfaked " + raw(5, "format=I420,"+small) + "c. " + raw(5, "format=I420,"+small) + "x264enc tune=zerolatency ! c.",
	} {
		_, _ = play(t, line) // some fail, that is their use
	}
	p, err := pipeline.Parse(raw(1000, "format=I420,"+small) + "avidwebrtcsink name=sink media-ips=127.0.0.1 listen=127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
		t.Error(err)
	}
	url, _ := p.Get("sink", "url")
	until(t, "the stream", func() bool { return strings.Contains(get(t, url+"api/streams"), "live") })
	v := watch(t, url, "live")
	until(t, "frames", func() bool { return v.frames.Load() > 3 })
	get(t, url+"metrics")
	p.Close()
}

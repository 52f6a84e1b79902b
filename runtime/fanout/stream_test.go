package fanout

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"avid/runtime/internal/webrtctest"
)

// TestViewers holds what every viewer is promised: frames in their order from
// a key frame on, the same bytes as written, timestamps that follow PTS and are
// those of the messages, no gap in the numbers.
func TestViewers(t *testing.T) {
	var joined, left atomic.Int32
	stream, src := testSource(t, StreamConfig{
		Width: 64, Height: 48,
		Joined: func(v Viewer) {
			if v == testViewer {
				joined.Add(1)
			}
		},
		Left: func(Viewer) { left.Add(1) },
	}, nil)
	src.Run(t)
	watchers := []*webrtctest.Watcher{watch(t, stream, webrtctest.Options{Channel: true}), watch(t, stream, webrtctest.Options{})}
	base := stream.packetizer.base
	for i, w := range watchers {
		last := -1
		for range 60 {
			f := w.Frame(t)
			n := int(binary.BigEndian.Uint32(f.Data))
			want := src.At(n)
			switch {
			case last < 0 && !want.Key:
				t.Fatalf("viewer %d: begins at delta frame %d", i, n)
			case last >= 0 && n != last+1:
				t.Fatalf("viewer %d: frame %d after %d", i, n, last)
			case !bytes.Equal(f.Data, want.Data):
				t.Fatalf("viewer %d: frame %d is not what was written", i, n)
			case f.Stamp-base != uint32(want.PTS*9/100_000):
				t.Fatalf("viewer %d: frame %d has timestamp %d", i, n, f.Stamp-base)
			}
			last = n
		}
	}
	checkMessages(t, watchers[0], base)
	stats := stream.Stats()
	if stats.Viewers != 2 || stats.Joined != 2 || stats.Dropped != 0 || stats.Sent == 0 || stats.Metas == 0 {
		t.Errorf("%+v", stats)
	}
	for _, w := range watchers {
		w.Close()
		if w.Gaps != 0 {
			t.Errorf("%d gaps", w.Gaps)
		}
	}
	webrtctest.Eventually(t, "viewers leave", func() bool { return stream.Stats().Viewers == 0 && left.Load() == 2 })
	if joined.Load() != 2 {
		t.Errorf("%d joined", joined.Load())
	}
}

func checkMessages(t *testing.T, w *webrtctest.Watcher, base uint32) {
	t.Helper()
	seen := map[string]int{}
	for seen["frame"] < 10 || seen["pong"] == 0 {
		var m struct {
			Type          string
			RTP           uint32
			PTS, T        float64
			Width, Height int
			Server        float64
		}
		select {
		case text := <-w.Messages:
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatal(err)
			}
		case <-time.After(webrtctest.Patience):
			t.Fatalf("no message; so far %v", seen)
		}
		if len(seen) == 0 && (m.Type != "hello" || m.Width != 64 || m.Height != 48 || m.Server == 0) {
			t.Errorf("first message %+v", m)
		}
		seen[m.Type]++
		switch m.Type {
		case "frame":
			if got := float64(m.RTP-base) / ClockRate; got > m.PTS || got < m.PTS-1./ClockRate {
				t.Errorf("message at %v s has timestamp %v s", m.PTS, got)
			}
		case "pong":
			if m.T != 12.5 || m.Server == 0 {
				t.Errorf("%+v", m)
			}
		}
	}
	if seen["hello"] != 1 || seen["pong"] != 1 {
		t.Errorf("%v", seen)
	}
}

// TestNewViewerStartsAtOnce holds where a new viewer's first frame comes from.
func TestNewViewerStartsAtOnce(t *testing.T) {
	slow := func(times *Timing) { times.FirstKey = 300 * time.Millisecond }
	write := func(src *webrtctest.Camera, n int) {
		t.Helper()
		for range n {
			if err := src.Next(); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Nothing more is written while these viewers come.
	young, fresh := testSource(t, StreamConfig{Path: "fresh"}, slow)
	write(fresh, 5)
	w := watch(t, young, webrtctest.Options{})
	defer w.Close()
	for n := range 5 {
		if f := w.Frame(t); int(binary.BigEndian.Uint32(f.Data)) != n {
			t.Fatalf("fresh group: frame %d", binary.BigEndian.Uint32(f.Data))
		}
	}
	mute, deaf := testSource(t, StreamConfig{Path: "deaf", KeyFrame: func() {}}, slow)
	write(deaf, 3)
	time.Sleep(freshGOP + 10*time.Millisecond)
	w = watch(t, mute, webrtctest.Options{})
	defer w.Close()
	if f := w.Frame(t); binary.BigEndian.Uint32(f.Data) != 0 {
		t.Error("source that gives no key frame: not the old group")
	}
	stream, src := testSource(t, StreamConfig{Path: "asked"}, slow)
	write(src, 3)
	time.Sleep(freshGOP + 10*time.Millisecond)
	w = watch(t, stream, webrtctest.Options{})
	defer w.Close()
	webrtctest.Eventually(t, "a key frame is asked for", func() bool { return src.Asked() > 0 })
	write(src, 1)
	if f := w.Frame(t); binary.BigEndian.Uint32(f.Data) != 3 {
		t.Errorf("frame %d instead of the key frame", binary.BigEndian.Uint32(f.Data))
	}
}

func TestLossAsksForKeyFrame(t *testing.T) {
	stream, src := testSource(t, StreamConfig{}, nil)
	src.Run(t)
	w := watch(t, stream, webrtctest.Options{})
	defer w.Close()
	w.Frame(t)
	before := src.Asked()
	pli := pliFor(w)
	webrtctest.Eventually(t, "a key frame is asked for", func() bool {
		if err := w.PC.WriteRTCP(pli); err != nil {
			t.Fatal(err)
		}
		return src.Asked() > before
	})
}

// TestStalledPeer: a viewer that reads nothing costs the others nothing, and
// is gone when it says nothing either.
func TestStalledPeer(t *testing.T) {
	stream, src := testSource(t, StreamConfig{}, func(times *Timing) {
		times.Disconnect, times.Fail = time.Second, time.Second
	})
	stop := src.Run(t)
	stalled := watch(t, stream, webrtctest.Options{Stalled: true})
	defer stalled.Close()
	good := watch(t, stream, webrtctest.Options{})
	defer good.Close()
	first := binary.BigEndian.Uint32(good.Frame(t).Data)
	for n := range uint32(100) {
		if got := binary.BigEndian.Uint32(good.Frame(t).Data); got != first+n+1 {
			t.Fatalf("frame %d, want %d", got, first+n+1)
		}
	}
	stop()
	if d := stream.Stats().Dropped; d != 0 {
		t.Errorf("%d dropped", d)
	}
}

// bareViewer is a viewer without a connection: what it is sent goes to write.
func bareViewer(s *Source, write func(*packetized) (int, error)) (v *Peer, stop func()) {
	v = &Peer{
		Viewer: testViewer, source: s, log: s.log, track: newTrack(codecs[s.config.Codec], "x"), queue: newQueue(), write: write,
		connected: make(chan struct{}),
	}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.channel = newChannel(s, v.cancel)
	var sending sync.WaitGroup
	if s.join(v) == nil {
		sending.Go(v.send)
	}
	return v, func() {
		v.cancel()
		s.leave(v)
		sending.Wait()
	}
}

// TestBlockedViewer: ten viewers, the write of one of them hangs. The pipeline
// and the nine go on at once; the one drops, is counted, and begins again at a
// key frame.
func TestBlockedViewer(t *testing.T) {
	stream, src := testSource(t, StreamConfig{}, nil)
	var good [9]atomic.Int64
	var stops []func()
	for i := range good {
		_, stop := bareViewer(stream, func(f *packetized) (int, error) { good[i].Add(1); return f.size, nil })
		stops = append(stops, stop)
	}
	block := make(chan struct{})
	var mu sync.Mutex
	var late []*packetized
	_, stop := bareViewer(stream, func(f *packetized) (int, error) {
		<-block
		mu.Lock()
		defer mu.Unlock()
		late = append(late, f)
		return f.size, nil
	})
	stops = append(stops, stop)
	const frames = 400
	begin := time.Now()
	for range frames {
		if err := src.Next(); err != nil {
			t.Fatal(err)
		}
		// A queue of the good ones is emptied by a goroutine, which needs a turn.
		time.Sleep(time.Millisecond)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("%d frames took %v", frames, took)
	}
	for i := range good {
		webrtctest.Eventually(t, "the nine get all", func() bool { return good[i].Load() == frames })
	}
	stats := stream.Stats()
	if stats.Dropped < frames-2*queueFrames || stats.Dropped >= frames {
		t.Errorf("%d dropped", stats.Dropped)
	}
	close(block)
	webrtctest.Eventually(t, "the one goes on at a key frame", func() bool {
		if err := src.Next(); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(late) > 0 && late[len(late)-1].pts > (frames-1)*webrtctest.FrameTime
	})
	for _, stop := range stops {
		stop()
	}
	for i, f := range late {
		if i > 0 && f.pts != late[i-1].pts+webrtctest.FrameTime && !f.key {
			t.Errorf("delta frame at %v after %v", f.pts, late[i-1].pts)
		}
	}
}

func TestRateFollowsViewers(t *testing.T) {
	var asked atomic.Uint64
	stream, src := testSource(t, StreamConfig{
		MinBitrate: 300_000, MaxBitrate: 3_000_000, Bitrate: func(b uint) { asked.Store(uint64(b)) },
	}, func(times *Timing) { times.Rate = 50 * time.Millisecond })
	src.Run(t)
	v, stop := bareViewer(stream, func(f *packetized) (int, error) { return f.size, nil })
	defer stop()
	v.heard.Store(time.Now().Add(time.Hour).UnixNano())
	for _, c := range []struct{ remb, want uint64 }{{1_000_000, 1_000_000}, {1_050_000, 1_000_000}, {100_000, 300_000}, {1 << 40, 3_000_000}} {
		v.remb.Store(c.remb)
		webrtctest.Eventually(t, "the encoder is asked", func() bool { return asked.Load() == c.want })
	}
	if got := stream.Stats().Bitrate; got != 3_000_000 {
		t.Errorf("%d", got)
	}
	v.heard.Store(0) // silent: counts no longer
	v.remb.Store(400_000)
	time.Sleep(200 * time.Millisecond)
	if asked.Load() != 3_000_000 {
		t.Error("a silent viewer counts")
	}
	webrtctest.Eventually(t, "the bit rate is measured", func() bool { return stream.Stats().EncodedRate > 100_000 })
}

// TestRateByArrivals holds that the estimator works with a real peer.
func TestRateByArrivals(t *testing.T) {
	var asked atomic.Uint64
	stream, src := testSource(t, StreamConfig{Bitrate: func(b uint) { asked.Store(uint64(b)) }},
		func(times *Timing) { times.Rate = 100 * time.Millisecond })
	src.Run(t)
	w := watch(t, stream, webrtctest.Options{Feedback: true})
	defer w.Close()
	webrtctest.Eventually(t, "the encoder is asked", func() bool { return asked.Load() > 0 })
}

func pliFor(w *webrtctest.Watcher) []rtcp.Packet {
	var ssrc uint32
	for _, r := range w.PC.GetReceivers() {
		if track := r.Track(); track != nil {
			ssrc = uint32(track.SSRC())
		}
	}
	return []rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}
}

func TestOtherChannels(t *testing.T) {
	stream, src := testSource(t, StreamConfig{}, nil)
	src.Run(t)
	w := watch(t, stream, webrtctest.Options{Channel: true, Foreign: foreignChannels + 2})
	defer w.Close()
	webrtctest.Eventually(t, "who opens many channels is thrown out", func() bool { st := stream.Stats(); return st.Joined == 1 && st.Viewers == 0 })
}

// TestSizeChanges: who joins later is told the present size.
func TestSizeChanges(t *testing.T) {
	stream, _ := testSource(t, StreamConfig{Width: 64, Height: 48}, nil)
	stream.WriteMeta(Meta{Width: 32, Height: 24})
	if hello := string(encodeHello(stream.Present(), time.Now())); !strings.Contains(hello, `"width":32,"height":24`) {
		t.Errorf("%s", hello)
	}
}

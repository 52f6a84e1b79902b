package preview

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestViewers holds what every viewer is promised: frames in their order from
// a key frame on, the same bytes as written, timestamps that follow PTS and are
// those of the messages, no gap in the numbers.
func TestViewers(t *testing.T) {
	var joined, left atomic.Int32
	s := testServer(t, nil)
	stream, src := addSource(t, s, StreamConfig{
		Width: 64, Height: 48,
		Joined: func(v Viewer) {
			if len(v.ID) == 32 && v.Remote != "" && v.Agent != "" {
				joined.Add(1)
			}
		},
		Left: func(Viewer) { left.Add(1) },
	})
	src.run(t)
	watchers := []*watcher{watch(t, s, "live", watchOptions{channel: true}), watch(t, s, "live", watchOptions{})}
	base := stream.packer.base
	for i, w := range watchers {
		last := -1
		for range 60 {
			f := w.frame(t)
			n := int(binary.BigEndian.Uint32(f.data))
			src.mu.Lock()
			want := src.written[n]
			src.mu.Unlock()
			switch {
			case last < 0 && !want.Key:
				t.Fatalf("viewer %d: begins at delta frame %d", i, n)
			case last >= 0 && n != last+1:
				t.Fatalf("viewer %d: frame %d after %d", i, n, last)
			case !bytes.Equal(f.data, want.Data):
				t.Fatalf("viewer %d: frame %d is not what was written", i, n)
			case f.stamp-base != uint32(want.PTS*9/100_000):
				t.Fatalf("viewer %d: frame %d has timestamp %d", i, n, f.stamp-base)
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
		w.close()
		if w.gaps != 0 {
			t.Errorf("%d gaps", w.gaps)
		}
	}
	eventually(t, "viewers leave", func() bool { return stream.Stats().Viewers == 0 && left.Load() == 2 })
	if joined.Load() != 2 {
		t.Errorf("%d joined", joined.Load())
	}
}

func checkMessages(t *testing.T, w *watcher, base uint32) {
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
		case text := <-w.messages:
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatal(err)
			}
		case <-time.After(patience):
			t.Fatalf("no message; so far %v", seen)
		}
		if len(seen) == 0 && (m.Type != "hello" || m.Width != 64 || m.Height != 48 || m.Server == 0) {
			t.Errorf("first message %+v", m)
		}
		seen[m.Type]++
		switch m.Type {
		case "frame":
			if got := float64(m.RTP-base) / clockRate; got > m.PTS || got < m.PTS-1./clockRate {
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
	s := testServer(t, func(_ *Config, times *timing) { times.firstKey = 300 * time.Millisecond })
	write := func(src *source, n int) {
		t.Helper()
		for range n {
			if err := src.next(); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Nothing more is written while these viewers come.
	_, fresh := addSource(t, s, StreamConfig{Path: "fresh"})
	write(fresh, 5)
	w := watch(t, s, "fresh", watchOptions{})
	defer w.close()
	for n := range 5 {
		if f := w.frame(t); int(binary.BigEndian.Uint32(f.data)) != n {
			t.Fatalf("fresh group: frame %d", binary.BigEndian.Uint32(f.data))
		}
	}
	_, deaf := addSource(t, s, StreamConfig{Path: "deaf", KeyFrame: func() {}})
	write(deaf, 3)
	time.Sleep(freshGroup + 10*time.Millisecond)
	w = watch(t, s, "deaf", watchOptions{})
	defer w.close()
	if f := w.frame(t); binary.BigEndian.Uint32(f.data) != 0 {
		t.Error("source that gives no key frame: not the old group")
	}
	_, src := addSource(t, s, StreamConfig{Path: "asked"})
	write(src, 3)
	time.Sleep(freshGroup + 10*time.Millisecond)
	w = watch(t, s, "asked", watchOptions{})
	defer w.close()
	eventually(t, "a key frame is asked for", func() bool { src.mu.Lock(); defer src.mu.Unlock(); return src.asked > 0 })
	write(src, 1)
	if f := w.frame(t); binary.BigEndian.Uint32(f.data) != 3 {
		t.Errorf("frame %d instead of the key frame", binary.BigEndian.Uint32(f.data))
	}
}

func TestLossAsksForKeyFrame(t *testing.T) {
	s := testServer(t, nil)
	_, src := addSource(t, s, StreamConfig{})
	src.run(t)
	w := watch(t, s, "live", watchOptions{})
	defer w.close()
	w.frame(t)
	asked := func() int { src.mu.Lock(); defer src.mu.Unlock(); return src.asked }
	before := asked()
	pli := pliFor(w)
	eventually(t, "a key frame is asked for", func() bool {
		if err := w.pc.WriteRTCP(pli); err != nil {
			t.Fatal(err)
		}
		return asked() > before
	})
}

// TestStalledPeer: a viewer that reads nothing costs the others nothing, and
// is gone when it says nothing either.
func TestStalledPeer(t *testing.T) {
	s := testServer(t, func(_ *Config, times *timing) {
		times.disconnect, times.fail = time.Second, time.Second
	})
	stream, src := addSource(t, s, StreamConfig{})
	stop := src.run(t)
	stalled := watch(t, s, "live", watchOptions{stalled: true})
	defer stalled.close()
	good := watch(t, s, "live", watchOptions{})
	defer good.close()
	first := binary.BigEndian.Uint32(good.frame(t).data)
	for n := range uint32(100) {
		if got := binary.BigEndian.Uint32(good.frame(t).data); got != first+n+1 {
			t.Fatalf("frame %d, want %d", got, first+n+1)
		}
	}
	stop()
	if d := stream.Stats().Dropped; d != 0 {
		t.Errorf("%d dropped", d)
	}
}

// bareViewer is a viewer without a connection: what it is sent goes to write.
func bareViewer(f *feed, write func(*packed) (int, error)) (v *viewer, stop func()) {
	v = &viewer{
		Viewer: Viewer{ID: newID()}, feed: f, log: f.log, track: newTrack(codecOf(f), "x"), queue: newQueue(), write: write,
		connected: make(chan struct{}), done: make(chan struct{}),
	}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.channel = newChannel(f, v.cancel)
	var sending sync.WaitGroup
	if f.join(v) == nil {
		sending.Go(v.send)
	}
	return v, func() {
		v.cancel()
		f.leave(v)
		sending.Wait()
	}
}

// TestBlockedViewer: ten viewers, the write of one of them hangs. The pipeline
// and the nine go on at once; the one drops, is counted, and begins again at a
// key frame.
func TestBlockedViewer(t *testing.T) {
	s := testServer(t, nil)
	stream, src := addSource(t, s, StreamConfig{})
	var good [9]atomic.Int64
	var stops []func()
	for i := range good {
		_, stop := bareViewer(stream.feed, func(f *packed) (int, error) { good[i].Add(1); return f.size, nil })
		stops = append(stops, stop)
	}
	block := make(chan struct{})
	var mu sync.Mutex
	var late []*packed
	_, stop := bareViewer(stream.feed, func(f *packed) (int, error) {
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
		if err := src.next(); err != nil {
			t.Fatal(err)
		}
		// A queue of the good ones is emptied by a goroutine, which needs a turn.
		time.Sleep(time.Millisecond)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("%d frames took %v", frames, took)
	}
	for i := range good {
		eventually(t, "the nine get all", func() bool { return good[i].Load() == frames })
	}
	stats := stream.Stats()
	if stats.Dropped < frames-2*queueFrames || stats.Dropped >= frames {
		t.Errorf("%d dropped", stats.Dropped)
	}
	close(block)
	eventually(t, "the one goes on at a key frame", func() bool {
		if err := src.next(); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(late) > 0 && late[len(late)-1].pts > (frames-1)*frameTime
	})
	for _, stop := range stops {
		stop()
	}
	for i, f := range late {
		if i > 0 && f.pts != late[i-1].pts+frameTime && !f.key {
			t.Errorf("delta frame at %v after %v", f.pts, late[i-1].pts)
		}
	}
}

func TestRateFollowsViewers(t *testing.T) {
	var asked atomic.Uint64
	s := testServer(t, func(_ *Config, times *timing) { times.rate = 50 * time.Millisecond })
	stream, src := addSource(t, s, StreamConfig{
		MinBitrate: 300_000, MaxBitrate: 3_000_000, Bitrate: func(b uint) { asked.Store(uint64(b)) },
	})
	src.run(t)
	v, stop := bareViewer(stream.feed, func(f *packed) (int, error) { return f.size, nil })
	defer stop()
	v.heard.Store(time.Now().Add(time.Hour).UnixNano())
	for _, c := range []struct{ remb, want uint64 }{{1_000_000, 1_000_000}, {1_050_000, 1_000_000}, {100_000, 300_000}, {1 << 40, 3_000_000}} {
		v.remb.Store(c.remb)
		eventually(t, "the encoder is asked", func() bool { return asked.Load() == c.want })
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
	eventually(t, "the bit rate is measured", func() bool { return stream.info().Bitrate > 100_000 })
}

// TestRateByArrivals holds that the estimator works with a real peer.
func TestRateByArrivals(t *testing.T) {
	var asked atomic.Uint64
	s := testServer(t, func(_ *Config, times *timing) { times.rate = 100 * time.Millisecond })
	_, src := addSource(t, s, StreamConfig{Bitrate: func(b uint) { asked.Store(uint64(b)) }})
	src.run(t)
	w := watch(t, s, "live", watchOptions{feedback: true})
	defer w.close()
	eventually(t, "the encoder is asked", func() bool { return asked.Load() > 0 })
}

func TestWriteAfterClose(t *testing.T) {
	s := testServer(t, nil)
	stream, src := addSource(t, s, StreamConfig{})
	var out Output = stream
	if err := out.WriteFrame(Frame{PTS: -1}); !errors.Is(err, ErrConfig) {
		t.Errorf("negative time: %v", err)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
	if err := out.Close(); err != nil {
		t.Errorf("twice: %v", err)
	}
	out.WriteMeta(Meta{})
	if err := src.next(); !errors.Is(err, ErrClosed) {
		t.Errorf("frame: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("twice: %v", err)
	}
	if _, err := s.Add(StreamConfig{Path: "x", Codec: VP8}); !errors.Is(err, ErrClosed) {
		t.Errorf("add: %v", err)
	}
}

// TestSizeChanges: who asks later is told the present size.
func TestSizeChanges(t *testing.T) {
	s := testServer(t, nil)
	stream, _ := addSource(t, s, StreamConfig{Width: 64, Height: 48})
	stream.WriteMeta(Meta{Width: 32, Height: 24})
	if got := request(t, s, "GET", "/api/streams", "", nil); !strings.Contains(got.body, `"width":32,"height":24`) {
		t.Errorf("%s", got.body)
	}
	if hello := string(encodeHello(stream.present(), s.time.now())); !strings.Contains(hello, `"width":32,"height":24`) {
		t.Errorf("%s", hello)
	}
}

// TestExpected: a stream that is expected and not there is listed with the
// reason, and after a while the server is not well.
func TestExpected(t *testing.T) {
	now := time.Now()
	s := testServer(t, func(_ *Config, times *timing) { times.now = func() time.Time { return now } })
	e, err := s.Expect("yard", "Yard")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Expect("yard", ""); !errors.Is(err, ErrPath) {
		t.Errorf("expected twice: %v", err)
	}
	check := func(when, list string, health int) {
		t.Helper()
		if got := request(t, s, "GET", "/api/streams", "", nil); !strings.Contains(got.body, list) {
			t.Errorf("%s: %s", when, got.body)
		}
		if got := request(t, s, "GET", "/healthz", "", nil); got.code != health {
			t.Errorf("%s: health %d %s", when, got.code, got.body)
		}
	}
	e.Note("connection refused")
	check("at first", `"title":"Yard"`, 200)
	now = now.Add(time.Minute)
	check("a minute later", `"missing":true,"note":"connection refused"`, 503)
	stream, err := s.Add(StreamConfig{Path: "yard", Codec: VP8})
	if err != nil {
		t.Fatal(err)
	}
	check("there without a frame", `"codec":"vp8"`, 503)
	write := func() {
		t.Helper()
		if err := stream.WriteFrame(Frame{Key: true, Data: frameData(0, true)}); err != nil {
			t.Fatal(err)
		}
	}
	write()
	check("there", `"codec":"vp8"`, 200)
	now = now.Add(9 * time.Second)
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	check("gone again", `"missing":true`, 200)
	now = now.Add(2 * time.Second)
	check("eleven seconds after the last frame", `"missing":true`, 503)
	for range 2 { // it comes and goes without a frame, as a camera that is tried again
		if stream, err = s.Add(StreamConfig{Path: "yard", Codec: VP8}); err != nil {
			t.Fatal(err)
		}
		check("there for a moment", `"codec":"vp8"`, 503)
		if err := stream.Close(); err != nil {
			t.Fatal(err)
		}
		check("gone in that moment", `"missing":true`, 503)
		now = now.Add(time.Second)
	}
	if stream, err = s.Add(StreamConfig{Path: "yard", Codec: VP8}); err != nil {
		t.Fatal(err)
	}
	write()
	check("frames again", `"codec":"vp8"`, 200)
	now = now.Add(12 * time.Second)
	check("silent", `"codec":"vp8"`, 503)
	stream.WriteMeta(Meta{Captured: now.Add(-12 * time.Second)}) // what a decoder gives back as the stream ends
	write()
	check("the last frame comes late", `"codec":"vp8"`, 503)
	stream.WriteMeta(Meta{Captured: now.Add(-3 * time.Second)})
	write()
	check("new frames", `"codec":"vp8"`, 200)
	e.Dropped(7)
	check("with frames dropped", `"dropped":7`, 200)
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	check("away with frames dropped", `"dropped":7`, 200)
	if got := request(t, s, "GET", "/metrics", "", nil); !strings.Contains(got.body, `avid_input_dropped_frames_total{stream="yard"} 7`) {
		t.Errorf("metrics: %s", got.body)
	}
	e.Close()
	check("no more expected", `[]`, 200)
}

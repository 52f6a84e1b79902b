package preview

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

// sleeper is a source that encodes nothing while nobody watches.
type sleeper struct {
	source
	now    func() time.Time
	mu     sync.Mutex
	told   []bool
	asleep bool
}

func (s *sleeper) watched(on bool) {
	s.mu.Lock()
	s.told, s.asleep = append(s.told, on), !on
	s.mu.Unlock()
	if on {
		s.AskKey()
	}
}

func (s *sleeper) has(told ...bool) func() bool {
	return func() bool { s.mu.Lock(); defer s.mu.Unlock(); return slices.Equal(s.told, told) }
}

// step writes the next frame, or only what is said of it.
func (s *sleeper) step(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	asleep := s.asleep
	s.mu.Unlock()
	if asleep {
		s.out.WriteMeta(fanout.Meta{PTS: time.Second, Captured: s.now()})
		return
	}
	if err := s.Next(); err != nil {
		t.Fatal(err)
	}
}

// TestIdle: without a viewer nothing need be encoded after a while; an offer is
// enough to begin again, and the viewer begins with a new key frame. Nobody calls
// the stream stalled, unless nothing is heard of it either.
func TestIdle(t *testing.T) {
	var ahead atomic.Int64
	s := testServer(t, func(_ *Config, times *timing) {
		times.Unwatched = 50 * time.Millisecond
		times.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	src := &sleeper{now: s.time.Now}
	stream, err := s.Add(fanout.StreamConfig{Path: "live", Codec: fanout.VP8, KeyFrame: src.AskKey, Watched: src.watched})
	if err != nil {
		t.Fatal(err)
	}
	src.to(stream)
	src.step(t)
	webrtctest.Eventually(t, "it rests", src.has(false))
	health := func(when string, code int) {
		t.Helper()
		if got := request(t, s, "GET", "/healthz", "", nil); got.code != code {
			t.Errorf("%s: %d %s", when, got.code, got.body)
		}
	}
	ahead.Add(int64(time.Hour))
	src.step(t)
	health("an hour at rest", 200)
	if got := request(t, s, "GET", "/api/streams", "", nil); !strings.Contains(got.body, `"idle":true`) {
		t.Error(got.body)
	}
	ahead.Add(int64(11 * time.Second))
	stream.WriteMeta(fanout.Meta{PTS: time.Second, Event: &fanout.EventStamp{Kind: "end"}}) // of no frame
	health("nothing is heard of it", 503)

	w, offer := webrtctest.NewWatcher(t, webrtctest.Options{})
	reply := request(t, s, "POST", "/live/whep", offer, map[string]string{"Content-Type": typeSDP})
	webrtctest.Eventually(t, "an offer wakes it", src.has(false, true))
	health("it has just been woken", 200)
	w.Close()
	if reply.code != 201 {
		t.Fatal(reply)
	}
	if got := request(t, s, "DELETE", reply.header.Get("Location"), "", nil); got.code != 200 {
		t.Fatal(got)
	}
	webrtctest.Eventually(t, "it rests again", src.has(false, true, false))

	viewer := watch(t, s, "live", webrtctest.Options{})
	defer viewer.Close()
	webrtctest.Eventually(t, "it is woken again", src.has(false, true, false, true))
	src.step(t)
	if f := viewer.Frame(t); binary.BigEndian.Uint32(f.Data) != 1 {
		t.Errorf("the first frame is %d, not the first since it was woken", binary.BigEndian.Uint32(f.Data))
	}
	ahead.Add(int64(11 * time.Second))
	s.stream("live").WriteMeta(fanout.Meta{PTS: time.Second, Captured: src.now()})
	health("awake without a frame", 503)
	stop := src.Run(t)
	health2 := func() bool { return request(t, s, "GET", "/healthz", "", nil).code == 200 }
	webrtctest.Eventually(t, "frames again", health2)
	stop()
}

// TestLate: how old the frames are is told; from five seconds on the server is
// not well.
func TestLate(t *testing.T) {
	now := time.Unix(1000, 0)
	s := testServer(t, func(_ *Config, times *timing) { times.Now = func() time.Time { return now } })
	_, src := addSource(t, s, fanout.StreamConfig{Path: "yard"})
	for _, c := range []struct {
		lag    time.Duration
		code   int
		health string
		lagged string
	}{
		{200 * time.Millisecond, 200, `{"status":"ok","streams":1}`, "0.2"},
		{2100 * time.Millisecond, 200, `{"status":"ok","streams":1,"late":{"yard":2.1}}`, "2.1"},
		{487 * time.Second, 503, `{"status":"late","streams":1,"late":{"yard":487}}`, "487"},
		{-time.Second, 200, `{"status":"ok","streams":1}`, "0"},
	} {
		if err := src.Next(); err != nil {
			t.Fatal(err)
		}
		src.out.WriteMeta(fanout.Meta{PTS: time.Second, Captured: now.Add(-c.lag)})
		if got := request(t, s, "GET", "/healthz", "", nil); got.code != c.code || strings.TrimSpace(got.body) != c.health {
			t.Errorf("%v: health %d %s", c.lag, got.code, got.body)
		}
		if got := request(t, s, "GET", "/metrics", "", nil); !strings.Contains(got.body, `avid_lag_seconds{stream="yard"} `+c.lagged+"\n") {
			t.Errorf("%v: metrics %s", c.lag, got.body)
		}
		if got := request(t, s, "GET", "/api/streams", "", nil); c.lagged != "0" && !strings.Contains(got.body, `"lag":`+c.lagged+"}") {
			t.Errorf("%v: %s", c.lag, got.body)
		}
	}
}

// TestImpaired: a stream that is judged, but not well, is named with the reason, and is no
// failure of the server.
func TestImpaired(t *testing.T) {
	s := testServer(t, nil)
	_, src := addSource(t, s, fanout.StreamConfig{Path: "yard"})
	for _, c := range []struct {
		state, reason, health, metric string
	}{
		{"judging", "", `{"status":"ok","streams":1}`, "0"},
		{"judging", "this machine is too slow", `{"status":"ok","streams":1,"impaired":{"yard":"this machine is too slow"}}`, "1"},
		{"filling", "it is dark", `{"status":"ok","streams":1}`, "0"},
	} {
		if err := src.Next(); err != nil {
			t.Fatal(err)
		}
		src.out.WriteMeta(fanout.Meta{PTS: time.Second, Captured: time.Now(), State: c.state, Reason: c.reason})
		if got := request(t, s, "GET", "/healthz", "", nil); got.code != 200 || strings.TrimSpace(got.body) != c.health {
			t.Errorf("%v: health %d %s", c, got.code, got.body)
		}
		if got := request(t, s, "GET", "/metrics", "", nil); !strings.Contains(got.body, `avid_impaired{stream="yard"} `+c.metric+"\n") {
			t.Errorf("%v: metrics %s", c, got.body)
		}
	}
}

package preview

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"avid/runtime/fanout"
)

// TestBlindIsTold: what the filter says of a stream is at /metrics and in
// /api/streams, and a stream without frames is silent there.
func TestBlindIsTold(t *testing.T) {
	var ahead atomic.Int64
	now := func() time.Time { return time.Unix(1_700_000_000, 0).Add(time.Duration(ahead.Load())) }
	s := testServer(t, func(_ *Config, times *timing) { times.Now = now })
	stream, err := s.Add(fanout.StreamConfig{Path: "yard", Codec: fanout.VP8})
	if err != nil {
		t.Fatal(err)
	}
	say := func(m fanout.Meta) {
		m.Captured = now()
		stream.WriteMeta(m)
	}
	check := func(when string, wants ...string) {
		t.Helper()
		body := request(t, s, "GET", "/metrics", "", nil).body + request(t, s, "GET", "/api/streams", "", nil).body
		for _, want := range wants {
			if without, ok := strings.CutPrefix(want, "!"); ok == strings.Contains(body, without) {
				t.Errorf("%s: %q in\n%s", when, want, body)
			}
		}
	}
	check("at first", "!avid_blind", "!avid_score", "!avid_events_total", `!"state"`)
	say(fanout.Meta{State: "filling"})
	check("filling", `avid_blind{stream="yard"} 0`, "!avid_score", `avid_events_total{stream="yard"} 0`, `"state":"filling"`)
	say(fanout.Meta{State: "blind", Reason: "frames are damaged"})
	check("blind", `avid_blind{stream="yard"} 1`, `"state":"blind","reason":"frames are damaged"`)
	say(fanout.Meta{State: "held", Scene: "dark", Reason: "too dark"})
	check("held", `avid_blind{stream="yard"} 0`, `avid_held{stream="yard"} 1`, `avid_scene{kind="dark",stream="yard"} 1`, `avid_scene{kind="covered",stream="yard"} 0`,
		`"state":"held","scene":"dark","reason":"too dark"`)
	say(fanout.Meta{State: "judging", Judged: true, Score: 28.25, Threshold: 6.875, Event: &fanout.EventStamp{Kind: "begin", ID: 1}})
	check("judging", `avid_blind{stream="yard"} 0`, `avid_score{stream="yard"} 28.25`, `avid_threshold{stream="yard"} 6.875`,
		`avid_events_total{stream="yard"} 1`, `"state":"judging"`, `!"reason"`)
	ahead.Add(int64(time.Minute))
	check("silent", `avid_blind{stream="yard"} 1`, "!avid_score", `"state":"silent","reason":"no frames come"`)
}

package preview

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"avid/runtime/access"
	"avid/runtime/fanout"
	"avid/runtime/internal/webrtctest"
)

// TestTold: events are told to who asks for what came since, with the streams that they may
// see; what is kept of them is bounded.
func TestTold(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	s := testServer(t, func(c *Config, times *timing) {
		c.Token, times.Now = "0123456789abcdef", func() time.Time { return now }
	})
	if err := s.Admit([]access.User{{Name: "guard", Token: "guard", Streams: []string{"gate"}}}); err != nil {
		t.Fatal(err)
	}
	yard, err := s.Expect("yard", "Yard")
	if err != nil {
		t.Fatal(err)
	}
	list := func(query, token string) string {
		return request(t, s, "GET", "/api/streams"+query, "", map[string]string{"Authorization": "Bearer " + token}).body
	}
	const token = "0123456789abcdef"
	yard.Event(Told{ID: "1-1", Zone: "lawn", Kind: "moving", Duration: 1, Peak: 8, Threshold: 6.5, Open: true}, now.Add(-2*time.Second))
	const told = `"events":[{"id":"1-1","kind":"moving","zone":"lawn","duration":1,"peak":8,"threshold":6.5,"open":true,"ago":2,"changed":1800000000000}]`
	if got := list("?since=0", token); !strings.Contains(got, told) {
		t.Errorf("%s", got)
	}
	for name, got := range map[string]string{"not asked": list("", token), "nothing new": list("?since=1800000000000", token), "another's": list("?since=0", "guard")} {
		if strings.Contains(got, "events") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := list("?since=yesterday", token); !strings.Contains(got, "since: want") {
		t.Errorf("%s", got)
	}
	yard.Event(Told{ID: "1-1", Zone: "lawn", Duration: 3}, now.Add(-2*time.Second)) // in the same millisecond
	if got := list("?since=1800000000000", token); strings.Count(got, `"id"`) != 1 || !strings.Contains(got, `"duration":3,"peak":0,"threshold":0,"open":false,"ago":2,"changed":1800000000001`) {
		t.Errorf("%s", got)
	}
	yard.Pictured("1-1", "/api/events/yard/1-1/marked.jpg")
	yard.Pictured("1-9", "/of/nothing")
	yard.Event(Told{ID: "1-1", Zone: "lawn", Duration: 4}, now.Add(-2*time.Second))
	if got := list("?since=1800000000001", token); !strings.Contains(got, `"duration":4,"peak":0,"threshold":0,"open":false,"picture":"/api/events/yard/1-1/marked.jpg","ago":2,"changed":1800000000003}`) || strings.Contains(got, "nothing") {
		t.Errorf("%s", got)
	}
	for i := range KeptEvents {
		yard.Event(Told{ID: fmt.Sprint("2-", i)}, now)
	}
	if got := list("?since=0", token); strings.Count(got, `"id"`) != KeptEvents || strings.Contains(got, `"1-1"`) {
		t.Errorf("%s", got)
	}
}

// TestCrowded: a camera may have fewer viewers than the server; the others are let in.
func TestCrowded(t *testing.T) {
	s := testServer(t, func(_ *Config, times *timing) { times.Connect = 500 * time.Millisecond })
	e, err := s.Expect("a", "A")
	if err != nil {
		t.Fatal(err)
	}
	e.Limit(1)
	addSource(t, s, fanout.StreamConfig{Path: "a"})
	addSource(t, s, fanout.StreamConfig{Path: "b"})
	post := func(path string) reply {
		return request(t, s, "POST", path, browserOffer, map[string]string{"Content-Type": typeSDP})
	}
	first := post("/a/whep")
	if first.code != 201 {
		t.Fatalf("%d %s", first.code, first.body)
	}
	if second := post("/a/whep"); second.code != 503 || second.header.Get("Retry-After") == "" || second.body != "all places of this camera are taken\n" {
		t.Errorf("second: %d %q", second.code, second.body)
	}
	if other := post("/b/whep"); other.code != 201 {
		t.Errorf("another camera: %d", other.code)
	}
	if got := request(t, s, "DELETE", first.header.Get("Location"), "", nil); got.code != 200 {
		t.Errorf("DELETE: %d", got.code)
	}
	webrtctest.Eventually(t, "slots are given back", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.taken) == 0 })
	if third := post("/a/whep"); third.code != 201 {
		t.Errorf("after it left: %d %s", third.code, third.body)
	}
}

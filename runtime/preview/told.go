package preview

import (
	"cmp"
	"slices"
	"time"

	"avid/runtime/fanout"
)

// Told is an event of an expected stream, as it stands: pages that do not show the
// stream learn of it so, and those that do, its zone.
type Told struct {
	ID        string        `json:"id"` // of the event, as its records have it
	Kind      string        `json:"kind,omitempty"`
	Zone      string        `json:"zone,omitempty"`
	Duration  fanout.Number `json:"duration"` // so far, seconds
	Peak      fanout.Number `json:"peak"`     // logits
	Threshold fanout.Number `json:"threshold"`
	Open      bool          `json:"open"`
	// Cut tells that its end was not seen, as the server was stopped before.
	Cut bool `json:"cut,omitempty"`
	// Picture is the address of the picture that was kept of it; empty: there is none yet.
	Picture string `json:"picture,omitempty"`
}

// KeptEvents is how many events of a stream are told to pages that are opened later.
const KeptEvents = 20

// news is an event with when it was told.
type news struct {
	Told
	start time.Time
	at    int64 // UNIX ms of the server; no two are the same
}

// eventInfo is an event of GET /api/streams.
type eventInfo struct {
	Told
	Ago     fanout.Number `json:"ago"`     // seconds since its first irregular frame
	Changed int64         `json:"changed"` // UNIX ms; what since is held against
}

// Event tells of an event that has begun, changed or ended; start is the time of its first
// irregular frame.
func (e *Expected) Event(t Told, start time.Time) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	n := news{Told: t, start: start, at: e.server.tellLocked()}
	for i := range e.events {
		if e.events[i].ID == t.ID {
			n.Picture = cmp.Or(n.Picture, e.events[i].Picture)
			e.events[i] = n
			return
		}
	}
	if len(e.events) == KeptEvents {
		e.events = slices.Delete(e.events, 0, 1)
	}
	e.events = append(e.events, n)
}

// Pictured tells where the picture of an event is that was told; of another one nothing.
func (e *Expected) Pictured(id, address string) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	for i := range e.events {
		if e.events[i].ID == id {
			e.events[i].Picture, e.events[i].at = address, e.server.tellLocked()
			return
		}
	}
}

// tellLocked is the time of what is told now, behind all that was. It needs mu.
func (s *Server) tellLocked() int64 {
	s.newest = max(s.newest+1, s.time.Now().UnixMilli())
	return s.newest
}

// eventsSince are the events of the expected streams that were told behind a time, by path.
func (s *Server) eventsSince(ms int64) map[string][]eventInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, now := map[string][]eventInfo{}, s.time.Now()
	for path, e := range s.expected {
		for _, n := range e.events {
			if n.at > ms {
				all[path] = append(all[path], eventInfo{n.Told, fanout.Number(now.Sub(n.start).Seconds()), n.at})
			}
		}
	}
	return all
}

// Limit bounds the viewers of the stream, besides Config.MaxViewers; 0: that alone does.
func (e *Expected) Limit(viewers int) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.most = viewers
}

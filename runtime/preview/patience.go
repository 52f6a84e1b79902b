package preview

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Wrong tokens: each address has some for nothing, as people mistype; from then on
// its answers are held back. Right ones are never held, so that a flood from the same
// address keeps nobody out; what keeps guessing from being of use is the length of
// the token.
const (
	freeMistakes   = 5
	mistakesWithin = time.Minute
	mostHeld       = 64   // answers held back at once; more are given at once, and the connection closed
	mostSuspects   = 4096 // addresses remembered
)

// mistakes counts the wrong tokens of each address.
type mistakes struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	from  map[netip.Prefix]*suspect
	total uint64
	held  int
}

type suspect struct {
	since time.Time // of the present minute
	wrong int       // in it
}

func newMistakes(log *slog.Logger, now func() time.Time) *mistakes {
	return &mistakes{log: log, now: now, from: map[netip.Prefix]*suspect{}}
}

// made counts a wrong token, tells of many, and says whether its answer is to be
// held back; release must be called then.
func (m *mistakes) made(from netip.Prefix) (hold bool) {
	m.mu.Lock()
	m.total++
	now := m.now()
	s := m.from[from]
	if s == nil {
		if len(m.from) >= mostSuspects {
			m.forgetLocked(now)
		}
		s = &suspect{since: now}
		m.from[from] = s
	}
	before := 0
	if now.Sub(s.since) >= mistakesWithin {
		before, s.since, s.wrong = s.wrong, now, 0
	}
	s.wrong++
	tell := s.wrong == freeMistakes+1
	if hold = s.wrong > freeMistakes && m.held < mostHeld; hold {
		m.held++
	}
	m.mu.Unlock()
	if before > freeMistakes {
		m.log.Warn("wrong tokens", "address", from.Addr().String(), "number", before)
	}
	if tell {
		m.log.Warn("more wrong tokens than by mistake; answers to this address are held back", "address", from.Addr().String())
	}
	return hold
}

func (m *mistakes) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held--
}

// count is how many wrong tokens there were.
func (m *mistakes) count() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

// forgetLocked makes room: those whose minute is over, or else any.
func (m *mistakes) forgetLocked(now time.Time) {
	for from, s := range m.from {
		if now.Sub(s.since) >= mistakesWithin {
			delete(m.from, from)
		}
	}
	for from := range m.from {
		if len(m.from) < mostSuspects {
			return
		}
		delete(m.from, from)
	}
}

// hold keeps a wrong token waiting for its answer.
func (s *Server) hold(r *http.Request) {
	if !s.mistakes.made(sender(r)) {
		return
	}
	defer s.mistakes.release()
	t := time.NewTimer(s.time.wrong)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

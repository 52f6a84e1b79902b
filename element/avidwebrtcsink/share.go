package avidwebrtcsink

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"avid/runtime/access"
	"avid/runtime/preview"
)

// Host is a server that a host program holds.
type Host struct {
	Listen string // the address that was bound, which sinks must be given as listen
	URL    string // of the page
	place  *place
	all    *servers
}

// Share opens a server that the sinks of this process with the same address
// and settings then use, so that its page stays between their streams. The
// errors are those of preview.Listen, and of sinks that serve the address with
// other settings. Close it once.
func Share(c preview.Config) (*Host, error) { return here.share(c) }

func (s *servers) share(c preview.Config) (*Host, error) {
	p, err := s.take(c, "")
	if errors.Is(err, errTaken) {
		err = fmt.Errorf("%w: this program shares it already", errTaken)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.key == "" { // a port that the system chose: from now on it has a name
		p.key = addressKey(p.Addr())
		s.open[p.key] = p.shared
	}
	return &Host{Listen: p.Addr(), URL: p.URL(), place: p, all: s}, nil
}

// Expect announces the stream of a sink: see preview.Server.
func (h *Host) Expect(path, title string) (*preview.Expected, error) {
	return h.place.Expect(path, title)
}

// Admit has users ask: see preview.Server.
func (h *Host) Admit(users []access.User) error { return h.place.Admit(users) }

// Handle has a handler answer further addresses: see preview.Server.
func (h *Host) Handle(handler http.Handler) { h.place.Handle(handler) }

// KeepsHistory has the server show a page of what was recorded: see preview.Server.
func (h *Host) KeepsHistory() { h.place.KeepsHistory() }

// Collect adds figures to those at /metrics: see preview.Server.
func (h *Host) Collect(c prometheus.Collector) error { return h.place.Collect(c) }

// Close gives the server back; it ends with its last sink.
func (h *Host) Close() error { return h.all.give(h.place) }

// SplitList gives the addresses in a list with commas between.
func SplitList(list string) []string {
	var all []string
	for a := range strings.SplitSeq(list, ",") {
		if a = strings.TrimSpace(a); a != "" {
			all = append(all, a)
		}
	}
	return all
}

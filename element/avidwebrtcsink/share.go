package avidwebrtcsink

import (
	"errors"
	"fmt"
	"strings"

	"avid/runtime/preview"
)

// Share opens a server that the sinks of this process with the same address
// and settings then use, so that its page stays between their streams: for a
// host program. It returns the address that was bound, which sinks must be
// given as listen, and the page's URL. The errors are those of preview.Listen,
// and of sinks that serve the address with other settings. Call release once.
func Share(c preview.Config) (listen, url string, release func() error, err error) {
	return here.share(c)
}

func (s *servers) share(c preview.Config) (listen, url string, release func() error, err error) {
	p, err := s.take(c, "")
	if errors.Is(err, errTaken) {
		err = fmt.Errorf("%w: this program shares it already", errTaken)
	}
	if err != nil {
		return "", "", nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.key == "" { // a port that the system chose: from now on it has a name
		p.key = addressKey(p.Addr())
		s.open[p.key] = p.shared
	}
	return p.Addr(), p.URL(), func() error { return s.give(p) }, nil
}

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

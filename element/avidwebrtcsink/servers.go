package avidwebrtcsink

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"avid/runtime/preview"
)

var (
	// errDisagree says that two sinks want one server with different settings.
	errDisagree = errors.New("another sink serves the same address with another setting")
	// errTaken says that two sinks want one path of a server.
	errTaken = errors.New("another sink has the same path on this address")
)

// servers are the servers of this process that sinks share, by address.
type servers struct {
	listen func(preview.Config) (server, error)

	mu   sync.Mutex // guards all and what hangs on it
	open map[string]*shared
}

// shared is a server with the sinks that use it.
type shared struct {
	server
	key    string // in servers.open; "": not shared
	config preview.Config
	paths  map[string]bool
}

// place is a sink's path on a server.
type place struct {
	*shared
	path  string
	first bool // the server was opened for it
}

func newServers(listen func(preview.Config) (server, error)) *servers {
	return &servers{listen: listen, open: map[string]*shared{}}
}

// take gives the sink its place, on a new server where the address has none.
// The errors are errDisagree, errTaken and those of preview.Listen. Give it
// back.
func (s *servers) take(c preview.Config, path string) (*place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := addressKey(c.Listen)
	on := s.open[key]
	first := on == nil
	if first {
		opened, err := s.listen(c)
		if err != nil {
			return nil, err
		}
		on = &shared{server: opened, key: key, config: c, paths: map[string]bool{}}
		if key != "" {
			s.open[key] = on
		}
	}
	if what := disagreement(on.config, c); what != "" {
		return nil, fmt.Errorf("%w: %s", errDisagree, what)
	}
	if on.paths[path] {
		return nil, fmt.Errorf("%w: %q", errTaken, path)
	}
	on.paths[path] = true
	return &place{on, path, first}, nil
}

// give gives a place back; the last one closes the server.
func (s *servers) give(p *place) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(p.paths, p.path)
	if len(p.paths) > 0 {
		return nil
	}
	if p.key != "" {
		delete(s.open, p.key)
	}
	// Under the lock: the address is free again when the next sink asks for it.
	return p.Close()
}

// addressKey is one name for the addresses that are the same socket; "" for
// those with port 0, which never are.
func addressKey(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" || port == "" {
		return ""
	}
	host = strings.ToLower(host)
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
		if ip.IsUnspecified() {
			host = ""
		}
	}
	return net.JoinHostPort(host, port)
}

// disagreement names the setting in which two sinks differ, or is "".
func disagreement(a, b preview.Config) string {
	switch {
	case a.Token != b.Token:
		return "token"
	case a.TLSCert != b.TLSCert:
		return "tls-cert"
	case a.TLSKey != b.TLSKey:
		return "tls-key"
	case a.STUNServer != b.STUNServer:
		return "stun-server"
	case !slices.Equal(a.TURNServers, b.TURNServers):
		return "turn-servers"
	case !slices.Equal(a.MediaIPs, b.MediaIPs):
		return "media-ips"
	case a.MaxViewers != b.MaxViewers:
		return "max-viewers"
	}
	return ""
}

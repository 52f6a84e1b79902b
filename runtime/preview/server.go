package preview

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
	"github.com/prometheus/client_golang/prometheus"

	"avid/runtime/fanout"
)

// Server shows streams to browsers and other WHEP clients. All its methods
// may be called from any goroutine, but Close not from a function of a
// fanout.StreamConfig.
type Server struct {
	config  Config
	time    timing
	log     *slog.Logger
	guard   *guard
	ice     []webrtc.ICEServer
	engine  webrtc.SettingEngine
	mux     ice.UDPMux
	http    *http.Server
	tcp     net.Listener
	metrics *prometheus.Registry

	door     *door
	mistakes *mistakes
	serving  sync.WaitGroup

	mu       sync.Mutex   // before Source.mu of package fanout
	api      http.Handler // nil: there is none
	history  bool         // there is a page of what was recorded
	streams  map[string]*Stream
	expected map[string]*Expected
	sessions map[string]*session
	slots    int            // viewers, and those that are being let in
	taken    map[string]int // the same by the path of their stream
	newest   int64          // news.at of what was told last
	closed   bool
}

// Output is what frames are written to: a Stream of a Server, or a Push. Its
// methods are those of fanout.Source, but for Close.
type Output interface {
	WriteFrame(fanout.Frame) error
	WriteMeta(fanout.Meta)
	Stats() fanout.StreamStats
	Close() error
}

// Stream is one stream of a Server. WriteFrame and WriteMeta may be called
// from different goroutines.
type Stream struct {
	source *fanout.Source
	path   string
	server *Server
}

// Listen opens a server's sockets and serves until Close. The errors are
// ErrConfig and ErrListen, which wraps the system's.
func Listen(c Config) (*Server, error) { return listen(c, defaultTiming()) }

func listen(c Config, t timing) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	servers, err := iceServers(c.STUNServer, c.TURNServers)
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: c, time: t, log: quiet(c.Logger), guard: newGuard(c), ice: servers,
		mistakes: newMistakes(quiet(c.Logger), t.Now),
		streams:  map[string]*Stream{}, expected: map[string]*Expected{}, sessions: map[string]*session{},
		taken: map[string]int{},
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	s.metrics = newMetrics(s)
	s.http = &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: t.readHeader, ReadTimeout: t.read,
		WriteTimeout: t.write, IdleTimeout: t.idle, MaxHeaderBytes: 16 << 10, ConnContext: connContext,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.serving.Go(func() {
		if err := s.http.Serve(s.tcp); err != nil {
			s.log.Debug("serve", "error", err)
		}
	})
	s.log.Info("preview", "url", s.URL())
	if text := c.Weakness(); text != "" {
		s.log.Warn(text)
	}
	return s, nil
}

// open binds TCP and UDP.
func (s *Server) open() error {
	certificate, err := newCertificates(s.config, s.time.Now, s.log)
	if err != nil {
		return err
	}
	tcp, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrListen, err)
	}
	bound, ok := tcp.Addr().(*net.TCPAddr)
	if !ok {
		tcp.Close()
		return fmt.Errorf("%w: %v is no TCP address", ErrListen, tcp.Addr())
	}
	s.guard.now = s.time.Now
	s.guard.name = cookiePrefix + strconv.Itoa(bound.Port)
	own := ownAddresses()
	var hear func(netip.Addr) bool
	if s.guard.loopback = bound.IP.IsLoopback(); s.guard.loopback {
		hear = fromHere(own)
	}
	s.engine = fanout.NewSettings(s.time.Timing, s.log)
	ips, err := mediaAddresses(bound.AddrPort().Addr(), s.config.MediaIPs, own)
	if err == nil {
		s.mux, err = newMux(bound.Port, ips, hear, s.engine.LoggerFactory)
	}
	if err != nil {
		tcp.Close()
		return fmt.Errorf("%w: %w", ErrListen, err)
	}
	s.engine.SetICEUDPMux(s.mux)
	s.door = newDoor(tcp)
	s.tcp = s.door
	if certificate != nil {
		s.tcp = tls.NewListener(s.tcp, &tls.Config{GetCertificate: certificate.get, MinVersion: tls.VersionTLS12})
	}
	return nil
}

// Addr is host:port that the server listens on.
func (s *Server) Addr() string { return s.tcp.Addr().String() }

// URL is an address of the page that a browser on this machine can open.
func (s *Server) URL() string {
	host, port, _ := net.SplitHostPort(s.Addr()) // it comes from a net.Addr
	if net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1" // Go listens on both families there
	}
	scheme := "http://"
	if s.config.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port) + "/"
}

// Add starts a stream. The errors are fanout's ErrPath (not possible, or taken),
// ErrConfig, ErrClosed.
func (s *Server) Add(c fanout.StreamConfig) (*Stream, error) {
	if err := ValidateStream(c); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fanout.ErrClosed
	}
	if s.streams[c.Path] != nil {
		return nil, fmt.Errorf("%w: %q is taken", fanout.ErrPath, c.Path)
	}
	source, err := fanout.NewSource(c, s.time.Timing, s.log)
	if err != nil {
		return nil, err
	}
	stream := &Stream{source: source, path: c.Path, server: s}
	s.streams[c.Path] = stream
	s.expected[c.Path].arrivesLocked(source)
	return stream, nil
}

// Config is what the stream was added with, defaults filled in.
func (s *Stream) Config() fanout.StreamConfig { return s.source.Config() }

// WriteFrame hands a frame to all viewers: see fanout.Source.
func (s *Stream) WriteFrame(f fanout.Frame) error { return s.source.WriteFrame(f) }

// WriteMeta sends what is known of a frame to all viewers that have a data
// channel: see fanout.Source.
func (s *Stream) WriteMeta(m fanout.Meta) { s.source.WriteMeta(m) }

// Stats returns the counts so far.
func (s *Stream) Stats() fanout.StreamStats { return s.source.Stats() }

// Close ends the stream and its viewers. Once it returns, no function of its
// StreamConfig is running or will be called. Twice is fine.
func (s *Stream) Close() error {
	if !s.source.Close() {
		return nil
	}
	s.server.mu.Lock()
	delete(s.server.streams, s.path)
	s.server.expected[s.path].leavesLocked(s.source)
	var ended []*session
	for _, entry := range s.server.sessions {
		if entry.stream == s {
			ended = append(ended, entry)
		}
	}
	s.server.mu.Unlock()
	for _, entry := range ended {
		entry.peer.End()
	}
	for _, entry := range ended {
		<-entry.done
	}
	s.source.Wait()
	return nil
}

// all lists the streams by path.
func (s *Server) all() []*Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.streams), func(a, b *Stream) int {
		return strings.Compare(a.path, b.path)
	})
}

func (s *Server) stream(path string) *Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[path]
}

// Close ends the streams, their viewers and the sockets. Twice is fine.
func (s *Server) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	for _, stream := range s.all() {
		_ = stream.Close() // gives no error
	}
	// Requests under way see that their stream is gone.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	s.serving.Wait()
	if err := s.mux.Close(); err != nil {
		return fmt.Errorf("preview: %w", err)
	}
	return nil
}

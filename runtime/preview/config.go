package preview

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strconv"

	"avid/runtime/fanout"
)

// What can go wrong with a Server or a Push, beside the errors of fanout.
var (
	ErrConfig = errors.New("preview: invalid setting")
	ErrListen = errors.New("preview: cannot listen")
)

// Config are the settings of a Server.
type Config struct {
	// Listen is host:port for HTTP; port 0 takes a free one. Media goes over
	// UDP, the same port where it is free.
	Listen string
	// MediaIPs are the addresses of this machine that media is sent from. None:
	// that of Listen; all where Listen is 0.0.0.0 or on loopback, where only
	// this machine is heard on them.
	MediaIPs []string
	// Token, where not empty, is demanded on every route.
	Token string
	// TLSCert and TLSKey are PEM files; both or none.
	TLSCert, TLSKey string
	// STUNServer is stun:host:port, TURNServers are turn:host:port with
	// credentials as turn://user:password@host:port. Viewers are told of them.
	STUNServer  string
	TURNServers []string
	// MaxViewers bounds the viewers of all streams together, 1 to 1000.
	MaxViewers int
	// Insecure allows listening beyond loopback without a token.
	Insecure bool
	// Logger gets what happens; nil: nobody.
	Logger *slog.Logger
}

// DefaultConfig listens on loopback only, for 32 viewers.
func DefaultConfig() Config {
	return Config{Listen: "127.0.0.1:8889", MaxViewers: 32}
}

// tokenShape is what an Authorization header can carry (RFC 6750 §2.1), and
// more: any visible ASCII.
var tokenShape = regexp.MustCompile(`^[!-~]{1,512}$`)

// Validate says whether the settings are possible and fit each other: nil or
// ErrConfig. It opens no file and no socket.
func (c Config) Validate() error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("%w: listen %q, allowed is host:port", ErrConfig, c.Listen)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > 65535 {
		return fmt.Errorf("%w: listen %q, the port is 0 to 65535", ErrConfig, c.Listen)
	}
	if c.Token != "" && !tokenShape.MatchString(c.Token) {
		return fmt.Errorf("%w: token, allowed are 1 to 512 visible ASCII characters", ErrConfig)
	}
	if c.Token == "" && !c.Insecure && !isLoopback(host) {
		return fmt.Errorf("%w: listen %q is open to other machines, set a token (or insecure)", ErrConfig, c.Listen)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fmt.Errorf("%w: tls-cert %q and tls-key %q, set both or none", ErrConfig, c.TLSCert, c.TLSKey)
	}
	if c.MaxViewers < 1 || c.MaxViewers > 1000 {
		return fmt.Errorf("%w: max-viewers %d, allowed is 1 to 1000", ErrConfig, c.MaxViewers)
	}
	if _, err := mediaAddresses(netip.Addr{}, c.MediaIPs, nil); err != nil {
		return err
	}
	_, err = iceServers(c.STUNServer, c.TURNServers)
	return err
}

// leastToken is how long a token must be to be out of reach for guessing, where each
// of its characters is random.
const leastToken = 16

// Weakness says what makes the token easy to guess, in a sentence; "" where nothing
// does.
func (c Config) Weakness() string {
	different := map[rune]bool{}
	for _, r := range c.Token {
		different[r] = true
	}
	switch {
	case c.Token == "":
	case len(c.Token) < leastToken:
		return fmt.Sprintf("the token is weak: it has %d characters, and %d or more at random cannot be guessed (openssl rand -hex 16)", len(c.Token), leastToken)
	case len(different) < leastToken/3:
		return fmt.Sprintf("the token is weak: it has %d different characters (openssl rand -hex 16 makes a good one)", len(different))
	}
	return ""
}

// isLoopback says whether only this machine reaches a host.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// reserved are first segments that the server uses itself.
var reserved = map[string]bool{
	".": true, "..": true, "api": true, "page": true,
	"metrics": true, "healthz": true, "favicon.ico": true, "history": true,
}

// ValidPath says whether a stream can have a path.
func ValidPath(path string) bool { return fanout.IsSegment(path) && !reserved[path] }

// ValidateStream says whether a Server or a Push can take a stream: nil,
// fanout.ErrPath or fanout.ErrConfig.
func ValidateStream(c fanout.StreamConfig) error {
	if !ValidPath(c.Path) {
		return fmt.Errorf("%w: %q, allowed are 1 to 64 of A-Z a-z 0-9 . _ - but no name of the server's own", fanout.ErrPath, c.Path)
	}
	return c.Validate()
}

// quiet returns l, or a logger that discards all where l is nil.
func quiet(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}

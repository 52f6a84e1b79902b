package preview

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificates give the certificate of two files, which they read again when they have
// changed: certificates are renewed every few weeks, and the server runs for months.
type certificates struct {
	cert, key string
	now       func() time.Time
	log       *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	read   [2]time.Time // when the files were changed that pair is of
	looked time.Time
}

// lookAgain is how long the files are not looked at again.
const lookAgain = 10 * time.Second

// newCertificates reads the files of the settings; nil where there are none. The error
// is ErrConfig.
func newCertificates(c Config, now func() time.Time, log *slog.Logger) (*certificates, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	all := &certificates{cert: c.TLSCert, key: c.TLSKey, now: now, log: log, looked: now()}
	return all, all.load()
}

// load reads the files. The error is ErrConfig.
func (c *certificates) load() error {
	read := c.changed()
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("%w: tls-cert %q, tls-key %q: %w", ErrConfig, c.cert, c.key, err)
	}
	c.pair, c.read = &pair, read
	return nil
}

// changed is when the files were changed.
func (c *certificates) changed() (at [2]time.Time) {
	for i, path := range []string{c.cert, c.key} {
		if info, err := os.Stat(path); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

// get is the certificate for a connection. Where new files cannot be read, it is the one
// before: of two files one is written first.
func (c *certificates) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookAgain {
		c.looked = now
		if c.changed() != c.read {
			if err := c.load(); err != nil {
				c.log.Warn("the certificate of before goes on", "error", err)
			}
		}
	}
	return c.pair, nil
}

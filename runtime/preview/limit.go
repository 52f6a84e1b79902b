package preview

import (
	"net"
	"sync"
)

// maxConnections bounds the TCP connections of a server: a viewer needs two or
// three, the rest is for those that never finish a request.
const maxConnections = 4096

// limitListener accepts so many connections at a time; more wait in the
// kernel.
type limitListener struct {
	net.Listener
	seats chan struct{}
	once  sync.Once
	end   chan struct{}
}

func newLimitListener(l net.Listener, most int) net.Listener {
	return &limitListener{Listener: l, seats: make(chan struct{}, most), end: make(chan struct{})}
}

// Accept waits for a connection and a seat.
func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.seats <- struct{}{}:
	case <-l.end:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.seats
		return nil, err
	}
	return &limitConn{Conn: c, leave: func() { <-l.seats }}, nil
}

// Close ends Accept too.
func (l *limitListener) Close() error {
	l.once.Do(func() { close(l.end) })
	return l.Listener.Close()
}

type limitConn struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close gives the seat back.
func (c *limitConn) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}

package preview

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Bounds of TCP connections. A stranger has shown nothing yet: those are many when
// somebody floods the server, so room is kept for the others, and a stranger that
// comes takes the place of another rather than waits. A viewer needs two or three
// connections, and a proxy before the server is one address for all of its clients.
const (
	maxStrangers   = 4096
	maxConnections = 2048 // of those that are let in
)

// roomFor is for so many connections, or a quarter of the files that the process may
// open where that is less: cameras need some too. Three quarters of it may be of one
// address; with much less, a flood from there would cut its own right requests.
func roomFor(most, files int) room {
	if files > 0 {
		most = min(most, max(files/4, 4))
	}
	return newRoom(most, 3*most/4)
}

// door is a listener that takes every connection, and closes others where there are
// too many: of the address that has the most, the one that came first.
type door struct {
	net.Listener

	mu        sync.Mutex
	strangers room
	known     room
}

func newDoor(l net.Listener) *door {
	files := openFiles()
	return &door{Listener: l, strangers: roomFor(maxStrangers, files), known: roomFor(maxConnections, files)}
}

// Accept takes the next connection as a stranger.
func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	in := &doorConn{Conn: c, door: d, from: network(c.RemoteAddr())}
	d.mu.Lock()
	out := d.strangers.add(in)
	d.mu.Unlock()
	closeAll(out)
	return in, nil
}

// know says that a connection is of somebody who may ask.
func (d *door) know(c *doorConn) {
	d.mu.Lock()
	var out []*doorConn
	if d.strangers.remove(c) {
		out = d.known.add(c)
	}
	d.mu.Unlock()
	closeAll(out)
}

func (d *door) forget(c *doorConn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.strangers.remove(c) {
		d.known.remove(c)
	}
}

func closeAll(conns []*doorConn) {
	for _, c := range conns {
		_ = c.Close() // it is to go, whatever it says
	}
}

// doorConn is a connection that the door knows of.
type doorConn struct {
	net.Conn
	door *door
	from netip.Prefix
}

// Close leaves the room.
func (c *doorConn) Close() error {
	c.door.forget(c)
	return c.Conn.Close()
}

// network is what counts as one address: for IPv6 the /64 that a site has at least
// (RFC 6177), so that its many addresses are no way around a bound.
func network(a net.Addr) netip.Prefix {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	return networkOf(tcp.AddrPort().Addr())
}

func networkOf(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits) // of an address of that family
	return p
}

// room holds connections by address, oldest first.
type room struct {
	most, each int
	n          int
	from       map[netip.Prefix][]*doorConn
}

func newRoom(most, each int) room {
	return room{most: most, each: each, from: map[netip.Prefix][]*doorConn{}}
}

// add takes a connection in and returns those that are to go for it.
func (r *room) add(c *doorConn) (out []*doorConn) {
	r.from[c.from] = append(r.from[c.from], c)
	r.n++
	if mine := r.from[c.from]; len(mine) > r.each {
		out = append(out, mine[0])
	} else if r.n > r.most {
		out = append(out, r.crowd()[0])
	}
	for _, o := range out {
		r.remove(o)
	}
	return out
}

// crowd is the connections of the address that has the most.
func (r *room) crowd() (most []*doorConn) {
	for _, conns := range r.from {
		if len(conns) > len(most) {
			most = conns
		}
	}
	return most
}

// remove takes a connection out; false where it is not in.
func (r *room) remove(c *doorConn) bool {
	mine := r.from[c.from]
	for i, o := range mine {
		if o != c {
			continue
		}
		r.n--
		if len(mine) == 1 {
			delete(r.from, c.from)
		} else {
			r.from[c.from] = append(mine[:i:i], mine[i+1:]...)
		}
		return true
	}
	return false
}

// connKey is the key of a request's connection in its context.
type connKey struct{}

// connContext gives requests their connection, for http.Server.
func connContext(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok { // tls.Conn
		c = secure.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// letIn says that the connection of a request is of somebody who may ask.
func letIn(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(*doorConn); ok {
		c.door.know(c)
	}
}

// sender is the address that a request comes from.
func sender(r *http.Request) netip.Prefix {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	return networkOf(from.Addr())
}

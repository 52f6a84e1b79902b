package webrtctest

import (
	"net"
	"testing"

	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
)

// cutNet is a network that can be cut off.
type cutNet struct {
	*stdnet.Net
	cut chan struct{}
}

func newCutNet(t testing.TB, cut chan struct{}) *cutNet {
	t.Helper()
	n, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	return &cutNet{n, cut}
}

func (n *cutNet) ListenUDP(network string, address *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, address)
	if err != nil {
		return nil, err
	}
	return &cutConn{c, n.cut}, nil
}

type cutConn struct {
	transport.UDPConn
	cut chan struct{}
}

func (c *cutConn) off() bool {
	select {
	case <-c.cut:
		return true
	default:
		return false
	}
}

func (c *cutConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.off() {
			return n, from, err
		}
	}
}

func (c *cutConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.off() {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, to)
}

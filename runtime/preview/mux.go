package preview

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
)

// mediaBuffer is asked of the kernel for each UDP socket: a key frame for each
// of many viewers goes out in one burst.
const mediaBuffer = 2 << 20

// newMux opens the UDP side of a server: all viewers share one socket an
// address, so that a firewall needs one port open. That is the port of HTTP
// where UDP has it free.
//
// An address that cannot be had, as those of a network that just changes, is
// left out, unless it is the first. hear says whom to hear; nil: everybody.
func newMux(port int, ips []netip.Addr, hear func(netip.Addr) bool, logs logging.LoggerFactory) (ice.UDPMux, error) {
	logger := logs.NewLogger("ice")
	var muxes []ice.UDPMux
	for i, ip := range ips {
		udp, err := listenUDP(netip.AddrPortFrom(ip, uint16(port)))
		if err != nil && i == 0 {
			return nil, fmt.Errorf("UDP for media: %w", err)
		} else if err != nil {
			logger.Warnf("UDP for media: %v", err)
			continue
		}
		var conn net.PacketConn = udp
		if hear != nil {
			conn = &pickyConn{PacketConn: udp, hear: hear}
		}
		muxes = append(muxes, ice.NewUDPMuxDefault(ice.UDPMuxParams{Logger: logger, UDPConn: conn}))
	}
	return ice.NewMultiUDPMuxDefault(muxes...), nil
}

// listenUDP opens a socket at the address, or at another port of it.
func listenUDP(address netip.AddrPort) (*net.UDPConn, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(address))
	if err != nil {
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address.Addr(), 0)))
	}
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(mediaBuffer) // the kernel gives what it may
	_ = conn.SetWriteBuffer(mediaBuffer)
	return conn, nil
}

// pickyConn hears some addresses only.
type pickyConn struct {
	net.PacketConn
	hear func(netip.Addr) bool
}

// ReadFrom drops what comes from others.
func (c *pickyConn) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(p)
		if err != nil {
			return n, from, err
		}
		if udp, ok := from.(*net.UDPAddr); ok && c.hear(udp.AddrPort().Addr().Unmap()) {
			return n, from, nil
		}
	}
}

package preview

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// mediaAddresses are the addresses that media is sent from, given the one that
// HTTP is bound to, those that are wanted, none for all that fit, and those of
// this machine. The error is ErrConfig.
//
// A server on loopback has media on all: Firefox and libnice never use
// loopback, not even for a page of their own machine.
func mediaAddresses(bound netip.Addr, wanted []string, own []netip.Addr) (ips []netip.Addr, err error) {
	bound = bound.Unmap().WithZone("")
	for _, w := range wanted {
		ip, err := netip.ParseAddr(w)
		if err != nil || ip.IsUnspecified() || ip.IsMulticast() {
			return nil, fmt.Errorf("%w: media-ips %q, allowed are addresses of this machine", ErrConfig, w)
		}
		ips = append(ips, ip.Unmap())
	}
	switch {
	case len(ips) > 0:
	case bound.IsLoopback():
		ips = slices.Concat([]netip.Addr{bound}, own)
	case bound.IsUnspecified():
		for _, ip := range own {
			if bound.Is6() || ip.Is4() {
				ips = append(ips, ip)
			}
		}
		ips = append(ips, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	default:
		ips = []netip.Addr{bound}
	}
	return ips, nil
}

// fromHere tells this machine's addresses from others.
func fromHere(own []netip.Addr) func(netip.Addr) bool {
	return func(ip netip.Addr) bool { return ip.IsLoopback() || slices.Contains(own, ip) }
}

// ownAddresses are this machine's, less loopback and those that hold on one
// link only.
func ownAddresses() []netip.Addr {
	var own []netip.Addr
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // loopback is there without them
	}
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if ip := prefix.Addr().Unmap(); err == nil && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			own = append(own, ip)
		}
	}
	return own
}

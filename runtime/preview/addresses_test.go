package preview

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"

	"avid/runtime/fanout"
)

func addresses(all ...string) (ips []netip.Addr) {
	for _, a := range all {
		ips = append(ips, netip.MustParseAddr(a))
	}
	return ips
}

func TestMediaAddresses(t *testing.T) {
	own := addresses("192.0.2.7", "2001:db8::7")
	for _, c := range []struct {
		bound  string
		wanted []string
		want   []netip.Addr
	}{
		{"127.0.0.1", nil, addresses("127.0.0.1", "192.0.2.7", "2001:db8::7")},
		{"::1", nil, addresses("::1", "192.0.2.7", "2001:db8::7")},
		{"127.0.0.1", []string{"127.0.0.1"}, addresses("127.0.0.1")},
		{"0.0.0.0", nil, addresses("192.0.2.7", "127.0.0.1")},
		{"::", nil, addresses("192.0.2.7", "2001:db8::7", "127.0.0.1")},
		{"0.0.0.0", []string{"192.0.2.7"}, addresses("192.0.2.7")},
		{"192.0.2.7", nil, addresses("192.0.2.7")},
		{"::ffff:192.0.2.7", nil, addresses("192.0.2.7")},
	} {
		got, err := mediaAddresses(netip.MustParseAddr(c.bound), c.wanted, own)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s %v: %v, %v", c.bound, c.wanted, got, err)
		}
	}
	for _, wrong := range []string{"here", "0.0.0.0", "224.0.0.1", "127.0.0.1:5"} {
		c := DefaultConfig()
		c.MediaIPs = []string{wrong}
		if err := c.Validate(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// from gives a packet from each of some addresses.
type from struct {
	net.PacketConn
	all []netip.Addr
}

func (f *from) ReadFrom(p []byte) (int, net.Addr, error) {
	if len(f.all) == 0 {
		return 0, nil, io.EOF
	}
	ip := f.all[0]
	f.all = f.all[1:]
	return copy(p, ip.String()), net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 9)), nil
}

// TestLocalMediaHearsItsOwn: a server for this machine hears nobody else.
func TestLocalMediaHearsItsOwn(t *testing.T) {
	conn := &pickyConn{&from{all: addresses("198.51.100.1", "192.0.2.7", "2001:db8::8", "::ffff:127.0.0.1", "192.0.2.8", "2001:db8::7")},
		fromHere(addresses("192.0.2.7", "2001:db8::7"))}
	var heard []string
	for {
		b := make([]byte, 64)
		n, _, err := conn.ReadFrom(b)
		if err != nil {
			break
		}
		heard = append(heard, string(b[:n]))
	}
	if !slices.Equal(heard, []string{"192.0.2.7", "::ffff:127.0.0.1", "2001:db8::7"}) {
		t.Errorf("heard %v", heard)
	}
}

// TestMuxWithoutAnAddress: one that is not there is left out, the first must
// be there; a port that is taken gives another.
func TestMuxWithoutAnAddress(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.LocalAddr().(*net.UDPAddr).Port
	logs := fanout.NewSettings(fanout.DefaultTiming(), quiet(nil)).LoggerFactory
	mux, err := newMux(port, addresses("127.0.0.1", "192.0.2.1", "127.0.0.2"), nil, logs)
	if err != nil {
		t.Fatal(err)
	}
	defer mux.Close()
	got := fmt.Sprint(mux.GetListenAddresses())
	if len(mux.GetListenAddresses()) != 2 || got == fmt.Sprint(taken.LocalAddr()) {
		t.Errorf("listens on %s", got)
	}
	if _, err := newMux(0, addresses("192.0.2.1"), nil, logs); err == nil {
		t.Error("an address of another machine is taken")
	}
}

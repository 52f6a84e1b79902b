package preview

import (
	"fmt"
	"log/slog"
	"net"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// mediaBuffer is asked of the kernel for each UDP socket: a key frame for each
// of many viewers goes out in one burst.
const mediaBuffer = 2 << 20

// newMux opens the UDP side of a server: all viewers share one socket an
// address, so that a firewall needs one port open. That is the port of HTTP
// where UDP has it free.
func newMux(tcp *net.TCPAddr, logs logFactory) (ice.UDPMux, error) {
	logger := logs.NewLogger("ice")
	if tcp.IP.IsUnspecified() {
		options := []ice.UDPMuxFromPortOption{
			ice.UDPMuxFromPortWithLoopback(), ice.UDPMuxFromPortWithLogger(logger),
			ice.UDPMuxFromPortWithReadBufferSize(mediaBuffer), ice.UDPMuxFromPortWithWriteBufferSize(mediaBuffer),
		}
		if tcp.IP.To4() != nil {
			options = append(options, ice.UDPMuxFromPortWithNetworks(ice.NetworkTypeUDP4))
		}
		mux, err := ice.NewMultiUDPMuxFromPort(tcp.Port, options...)
		if err != nil {
			mux, err = ice.NewMultiUDPMuxFromPort(0, options...)
		}
		if err != nil {
			return nil, fmt.Errorf("UDP for media: %w", err)
		}
		return mux, nil
	}
	address := net.UDPAddr{IP: tcp.IP, Port: tcp.Port, Zone: tcp.Zone}
	conn, err := net.ListenUDP("udp", &address)
	if err != nil {
		address.Port = 0
		if conn, err = net.ListenUDP("udp", &address); err != nil {
			return nil, fmt.Errorf("UDP for media: %w", err)
		}
	}
	_ = conn.SetReadBuffer(mediaBuffer) // the kernel gives what it may
	_ = conn.SetWriteBuffer(mediaBuffer)
	return ice.NewUDPMuxDefault(ice.UDPMuxParams{Logger: logger, UDPConn: conn}), nil
}

// settings of a connection that both server and client share.
func newSettings(t timing, log *slog.Logger) webrtc.SettingEngine {
	var s webrtc.SettingEngine
	s.LoggerFactory = logFactory{log}
	s.SetICETimeouts(t.disconnect, t.fail, keepAlive)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetIncludeLoopbackCandidate(true)
	s.DisableActiveTCP(true)
	s.SetSTUNGatherTimeout(t.gather)
	s.SetSCTPMaxMessageSize(messageBytes)
	return s
}

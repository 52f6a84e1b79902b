//go:build !nogst

package video

import (
	"fmt"
	"time"

	"avid/element/pipeline"
)

// Live is how a live input is read: frames are dropped rather than shown late.
type Live struct {
	Latency   time.Duration // that an RTSP source allows for packets to come in order
	Transport string        // of RTSP: one of cameras.Transports
	Force     bool          // take an address for live that does not say so, as those of HTTP
	// Units, if set, takes what comes encoded, before anything is dropped of it: see
	// pipeline.TakeUnits.
	Units func(pipeline.Unit)
}

// protocols are what Transports are for rtspsrc; auto leaves its own order, which
// is UDP first.
var protocols = map[string]string{"tcp": "tcp", "udp": "udp+udp-mcast"}

// lateQueue is the queue that a pipeline.Gate looks after: it keeps two pictures,
// and drops the older where what follows is too slow.
const lateQueue = "queue name=late max-size-buffers=2 max-size-bytes=0 max-size-time=0"

// waiting bounds what decodebin keeps before a decoder. It takes all that comes
// while the gate waits whether the decoder catches up, two and a half seconds, so
// that what waits is seen here and not left to wait in the network.
var waiting = []pipeline.Preset{
	{Factory: "decodebin", Property: "max-size-time", Value: "5000000000"},
	{Factory: "decodebin", Property: "max-size-buffers", Value: "100000"},
	{Factory: "decodebin", Property: "max-size-bytes", Value: "134217728"},
}

// presets are for the elements that the source makes.
func (l Live) presets() []pipeline.Preset {
	all := append([]pipeline.Preset{{Factory: "rtspsrc", Property: "latency", Value: fmt.Sprint(l.Latency.Milliseconds())}}, waiting...)
	if p := protocols[l.Transport]; p != "" {
		all = append(all, pipeline.Preset{Factory: "rtspsrc", Property: "protocols", Value: p})
	}
	return all
}

// Parse makes the pipeline of a Source with the given tail, which drops frames of
// a live source rather than fall behind; the gate counts them. Close both.
//
// rtspsrc's own drop-on-latency is not used: it drops packets, and so breaks
// pictures up to the next key frame where whole frames can go.
func (l Live) Parse(path, tail string) (*pipeline.Pipeline, *pipeline.Gate, error) {
	p, err := Parse(path, lateQueue+" ! "+tail)
	if err != nil {
		return nil, nil, err
	}
	if l.Units != nil { // before the gate, which drops
		if err := p.TakeUnits("", l.Units); err != nil {
			p.Close()
			return nil, nil, err
		}
	}
	gate, err := p.KeepUp(l.presets(), l.Force)
	if err != nil {
		p.Close()
		return nil, nil, err
	}
	return p, gate, nil
}

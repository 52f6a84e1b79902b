// Package avidwebrtcsink is the GStreamer element avidwebrtcsink: it shows a
// stream in browsers by WebRTC, with what avidfilter wrote on its frames as
// data, or pushes it to a media server by WHIP.
//
// The element is a bin. Raw video is encoded once, whatever the number of
// viewers; encoded video is passed on. What is written on the frames is read
// before the encoder and each frame after it; both have the frame's running
// time, by which runtime/preview brings them together again.
package avidwebrtcsink

import "avid/element/gstc"

// caps are what the sink pad takes: raw video in system memory, in the formats
// that videoconvert knows, those that need no conversion first; and encoded
// video in any form that its parser can turn into the one that is sent.
const caps = "video/x-raw, " +
	"format = (string) { I420, NV12, YV12, NV21, YUY2, UYVY, BGRx, RGBx, BGRA, RGBA, xRGB, xBGR, ARGB, ABGR, BGR, RGB, " +
	"GRAY8, GRAY16_LE, Y42B, Y444, YVYU, v210, I420_10LE, I422_10LE, P010_10LE, RGB16 }, " +
	"width = (int) [ 1, 32767 ], " +
	"height = (int) [ 1, 32767 ], " +
	"framerate = (fraction) [ 0/1, 2147483647/1 ]; " +
	"video/x-h264; video/x-h265; video/x-vp8; video/x-vp9; video/x-av1"

// The signals. Their handlers run in a thread of the server; they must not
// change the element's state and wait for it.
const (
	signalJoined = "viewer-joined" // id, remote address, user agent
	signalLeft   = "viewer-left"   // id
)

// here are the servers of this process.
var here = newServers(listenPreview)

// class is the element as it is registered.
var class = newClass("avidwebrtcsink", "AvidWebRTCSink", deps{servers: here, push: pushPreview, has: gstc.HasElement})

// newClass describes the element with these dependencies.
func newClass(name, typeName string, w deps) *gstc.BinClass {
	return &gstc.BinClass{
		TypeName:    typeName,
		Name:        name,
		LongName:    "WebRTC preview sink",
		Klass:       "Sink/Network/WebRTC",
		Description: "Shows video in browsers by WebRTC (WHEP), with what avidfilter found as data, or pushes it by WHIP",
		Author:      "The avid authors",
		Caps:        caps,
		Properties:  properties(),
		Signals:     []gstc.Signal{{Name: signalJoined, Params: 3}, {Name: signalLeft, Params: 1}},
		New:         func(bin *gstc.Bin) gstc.BinBody { return newSink(bin, w) },
	}
}

// Register registers avidwebrtcsink in this process, for a host program that
// has it built in; GStreamer must have been initialized. It may be called
// again.
func Register() error { return gstc.RegisterBin(class) }

// RegisterPlugin registers avidwebrtcsink as a feature of a plugin, in its
// entry.
func RegisterPlugin(p gstc.Plugin) error { return p.RegisterBin(class) }

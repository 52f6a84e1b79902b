// Package preview shows live video in browsers and other WebRTC receivers: a
// WHEP server with a page of its own, and a WHIP client. It takes encoded
// frames and what avid says of them, which package fanout sends on; it knows
// nothing of GStreamer.
package preview

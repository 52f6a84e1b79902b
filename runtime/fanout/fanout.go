// Package fanout sends one encoded video to many WebRTC peers, each at its own
// pace, with what avid says of each frame on a data channel beside it. A Source
// takes the frames; a Peer is one connection. How peers come to be, by WHEP or
// WHIP, is left to the caller.
package fanout

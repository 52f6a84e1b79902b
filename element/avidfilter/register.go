// Package avidfilter is the GStreamer element avidfilter: it marks what is
// irregular in a raw video stream, judged by the bundle of that camera.
//
// The main thread of data is: buffer, luma at model size, window of six grey
// frames, inference, mask and score, then metadata, overlay and messages. The
// element works in passthrough: pixels are read, and a buffer is made writable
// only when there is something to draw on it or to hang on it.
package avidfilter

import (
	"avid/element/gstc"
	"avid/runtime/pixel"
)

// caps is the raw video that both pads take: the formats of runtime/pixel, sizes up
// to luma.MaxSide, as GStreamer's own scaler, any frame rate. Pictures in CUDA memory
// are read through their memory's own map, which brings them down; they pass on
// where they are.
func caps() string {
	picture := "format = (string) { " + pixel.List() + " }, " +
		"width = (int) [ 1, 32767 ], " +
		"height = (int) [ 1, 32767 ], " +
		"framerate = (fraction) [ 0/1, 2147483647/1 ]"
	return "video/x-raw, " + picture + "; video/x-raw(memory:CUDAMemory), " + picture
}

// The signals, which are emitted whatever post-messages says, each with the structure of
// the message, in the thread that the message would come from: most often the stream's.
const (
	eventSignal = "irregularity"
	sceneSignal = "scene"
)

// class is the element as it is registered.
var class = newClass("avidfilter", "AvidFilter", openEngine)

// newClass describes the element over the given way to open a bundle.
func newClass(name, typeName string, open opener) *gstc.Class {
	return &gstc.Class{
		TypeName:    typeName,
		Name:        name,
		LongName:    "Irregularity filter",
		Klass:       "Filter/Analyzer/Video",
		Description: "Detects and marks irregularities in video from a fixed camera, learnt from its ordinary footage",
		Author:      "The avid authors",
		Caps:        caps(),
		Properties:  properties(),
		Signals:     []string{eventSignal, sceneSignal},
		New:         func(el *gstc.Element) gstc.Body { return newFilter(el, open) },
	}
}

// Register registers avidfilter in this process, for a host program that has
// it built in; GStreamer must have been initialized. It may be called again.
func Register() error { return gstc.Register(class) }

// RegisterPlugin registers avidfilter as a feature of a plugin, in its entry.
func RegisterPlugin(p gstc.Plugin) error { return p.Register(class) }

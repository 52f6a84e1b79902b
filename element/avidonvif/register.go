// Package avidonvif is the GStreamer element avidonvif: it makes what an avidfilter
// upstream finds into ONVIF metadata, on a pad of its own, for recorders and video
// management systems, and lets the video pass as it is, raw or encoded.
package avidonvif

import "avid/element/gstc"

// class is the element as it is registered.
var class = &gstc.ReaderClass{
	TypeName:    "AvidOnvif",
	Name:        "avidonvif",
	LongName:    "Irregularities as ONVIF metadata",
	Klass:       "Video/Metadata/Extractor",
	Description: "Makes what an avidfilter upstream finds into a stream of ONVIF metadata: objects of frames, and events",
	Author:      "The avid authors",
	Side:        "application/x-onvif-metadata, parsed=(boolean)true",
	Properties:  properties(),
	New:         func(r *gstc.Reader) gstc.ReaderBody { return newBody(r) },
}

// Register registers avidonvif in this process, for a host program that has it built in;
// GStreamer must have been initialized. It may be called again.
func Register() error { return gstc.RegisterReader(class) }

// RegisterPlugin registers avidonvif as a feature of a plugin, in its entry.
func RegisterPlugin(p gstc.Plugin) error { return p.RegisterReader(class) }

// Package avidonvifpay is the GStreamer element avidonvifpay: it puts documents of ONVIF
// metadata into RTP (ONVIF Streaming Specification, "RTP for Metadata stream": the marker is on
// last packet of a document), as rtponvifmetadatapay of gst-plugins-rs does.
package avidonvifpay

import "avid/element/gstc"

// class is the element as it is registered. Its rank is below that of
// rtponvifmetadatapay, which GStreamer takes where it chooses.
var class = &gstc.PayloadClass{
	TypeName:    "AvidOnvifPay",
	Name:        "avidonvifpay",
	LongName:    "RTP payloader of ONVIF metadata",
	Klass:       "Codec/Payloader/Network/RTP",
	Description: "Puts documents of ONVIF metadata, such as those of avidonvif, into RTP packets",
	Author:      "The avid authors",
	Rank:        rankMarginal,
	Caps:        "application/x-onvif-metadata",
	Encoding:    "VND.ONVIF.METADATA",
}

// rankMarginal is GST_RANK_MARGINAL.
const rankMarginal = 64

// Register registers avidonvifpay in this process, for a host program that has it built
// in; GStreamer must have been initialized. It may be called again.
func Register() error { return gstc.RegisterPayload(class) }

// RegisterPlugin registers avidonvifpay as a feature of a plugin, in its entry.
func RegisterPlugin(p gstc.Plugin) error { return p.RegisterPayload(class) }

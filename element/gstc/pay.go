package gstc

/*
#include "pay.h"
*/
import "C"

// PayloadClass describes a payloader of RTP, as Class does an element that works on
// pictures: each buffer is spread over packets, of which the last one has the marker.
type PayloadClass struct {
	TypeName    string // GType, as in "AvidOnvifPay"
	Name        string // as in "avidonvifpay"
	LongName    string
	Klass       string // as in "Codec/Payloader/Network/RTP"
	Description string
	Author      string
	Rank        uint
	Caps        string // of the sink pad
	Encoding    string // as RTP's caps have it, as in "VND.ONVIF.METADATA"; its clock has 90 kHz
}

// RegisterPayload registers a PayloadClass as Register does a Class.
func RegisterPayload(c *PayloadClass) error { return registerPayload(nil, c) }

// RegisterPayload does as the function RegisterPayload, as a feature of the plugin.
func (p Plugin) RegisterPayload(c *PayloadClass) error { return registerPayload(p.ptr, c) }

func registerPayload(plugin *C.GstPlugin, c *PayloadClass) error {
	described := &Class{TypeName: c.TypeName, Name: c.Name, LongName: c.LongName, Klass: c.Klass,
		Description: c.Description, Author: c.Author, Rank: c.Rank, Caps: c.Caps}
	spec := specOf(described)
	spec.encoding = cString(c.Encoding)
	return feature(plugin, described, C.avid_pay_register(spec))
}

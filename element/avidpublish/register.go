// Package avidpublish is the GStreamer element avidpublish: it sends what an avidfilter
// upstream reports to other programs, as "avid run --publish" does, and lets the stream
// pass as it is, raw or encoded.
package avidpublish

import "avid/element/gstc"

// class is the element as it is registered.
var class = newClass("avidpublish", "AvidPublish")

func newClass(name, typeName string) *gstc.ReaderClass {
	return &gstc.ReaderClass{
		TypeName:    typeName,
		Name:        name,
		LongName:    "Irregularity publisher",
		Klass:       "Generic/Network",
		Description: "Sends the events of an avidfilter upstream to files, webhooks, MQTT, NATS and Kafka",
		Author:      "The avid authors",
		Properties:  properties(),
		New:         func(r *gstc.Reader) gstc.ReaderBody { return newPublisher(r) },
	}
}

// Register registers avidpublish in this process, for a host program that has it built
// in; GStreamer must have been initialized. It may be called again.
func Register() error { return gstc.RegisterReader(class) }

// RegisterPlugin registers avidpublish as a feature of a plugin, in its entry.
func RegisterPlugin(p gstc.Plugin) error { return p.RegisterReader(class) }

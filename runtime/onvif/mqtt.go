package onvif

import (
	"encoding/json"
	"strings"
)

// Payload is the prefix of topics of MQTT behind which events are JSON (ONVIF Core
// Specification, "Topic Structure").
const Payload = "onvif-ej"

// changed is an event as JSON (the same, "JSON Event Payload"): the items of its source
// in the order in which the XML has them, and no operation.
type changed struct {
	UtcTime string
	Source  struct{ VideoSource, RuleName string }
	Data    struct{ State bool }
}

// JSON is the property as a message of MQTT, which is retained.
func (p Property) JSON() ([]byte, error) {
	c := changed{UtcTime: p.At.UTC().Format(utc)}
	c.Source.VideoSource, c.Source.RuleName, c.Data.State = p.Camera, p.Rule, p.On
	return json.Marshal(c)
}

// Path is the property's topic of MQTT, behind the prefixes: that of the event without
// ONVIF's namespace, and the source.
func (n Name) Path() string {
	return strings.TrimPrefix(n.Topic, "tns1:") + "/&" + level(n.Camera) + "/" + level(n.Rule)
}

// level is a name as a level of a topic, without the characters that have a meaning
// there.
func level(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("#+/", r) {
			return -1
		}
		return r
	}, name)
}

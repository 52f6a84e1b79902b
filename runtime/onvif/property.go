package onvif

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"avid/runtime/event"
)

// ErrKind says that a record is nothing that has a topic.
var ErrKind = errors.New("onvif: no event")

// Topic is what events are told as: something moves that should not (Analytics Service
// Specification, annex "Motion region detector").
const Topic = "tns1:RuleEngine/MotionRegionDetector/Motion"

// topicNamespace is that of the topics that ONVIF has not.
const topicNamespace = "urn:avid:onvif:topics"

// WholePicture is the rule of events without a zone.
const WholePicture = "avid"

// scenes are the topics of what keeps a stream from being judged, which is the rule's name
// (the same, annex "Tampering Detection"). What the annex has no word for has topics of our
// own below ONVIF's, as Core Specification, "ONVIF Topic Namespace", allows.
var scenes = []struct{ kind, topic string }{
	{"dark", "tns1:VideoSource/ImageTooDark/AnalyticsService"},
	{"covered", "tns1:VideoSource/GlobalSceneChange/AnalyticsService"},
	{"camera-moved", "tns1:VideoSource/GlobalSceneChange/AnalyticsService"},
	{"light", "tns1:VideoSource/GlobalSceneChange/AnalyticsService"},
	{"out-of-focus", "tns1:VideoSource/ImageTooBlurry/AnalyticsService"},
	{"frozen", "tns1:VideoSource/tnsavid:ImageFrozen"},
	{"drift", "tns1:VideoSource/tnsavid:ScoreDrift"},
}

// Name tells properties apart.
type Name struct {
	Topic  string
	Camera string // the source
	Rule   string // the zone, WholePicture, or the kind of a scene
}

// Property is how it is with a rule of a camera, and since when: an event is a property
// that becomes true and false.
type Property struct {
	Name
	At        time.Time
	On        bool
	Operation Operation
}

// Operation says why a property is told of (Core Specification, "Property events").
type Operation int

// The operations.
const (
	Changed     Operation = iota
	Initialized           // it is new, or somebody begins to listen
	Deleted               // there is no such rule any more
)

// String is the operation as the schema has it.
func (o Operation) String() string { return [...]string{"Changed", "Initialized", "Deleted"}[o] }

// PropertyOf is the property that the begin or the end of an event or of a scene changes.
// The error is ErrKind for all other records.
func PropertyOf(r event.Record) (Property, error) {
	p := Property{At: time.UnixMicro(int64(r.Time * 1e6)), Name: Name{Camera: r.Camera}}
	switch r.Type {
	case string(event.Begin), string(event.End):
		p.Topic, p.Rule, p.On = Topic, rule(r.Zone), r.Type == string(event.Begin)
		return p, nil
	case event.SceneBegin, event.SceneEnd:
		for _, s := range scenes {
			if s.kind == r.Kind {
				p.Topic, p.Rule, p.On = s.topic, s.kind, r.Type == event.SceneBegin
				return p, nil
			}
		}
	}
	return Property{}, fmt.Errorf("%w: type is %q and kind is %q", ErrKind, r.Type, r.Kind)
}

// rule is the name of the rule of a zone's events; "" is the whole picture.
func rule(zone string) string {
	if zone == "" {
		return WholePicture
	}
	return zone
}

// Names are those of all properties of a camera with zones to judge; none: the whole picture.
func Names(camera string, zones []string) []Name {
	if len(zones) == 0 {
		zones = []string{""}
	}
	var all []Name
	for _, z := range zones {
		all = append(all, Name{Topic, camera, rule(z)})
	}
	for _, s := range scenes {
		all = append(all, Name{s.topic, camera, s.kind})
	}
	return all
}

// notify is the property as the schema has it.
func (p Property) notify() notification {
	m := message{UtcTime: p.At.UTC().Format(utc), Operation: p.Operation.String(), Source: items{[]item{{"VideoSource", p.Camera}, {"RuleName", p.Rule}}}}
	if p.Operation != Deleted {
		m.Data = &items{[]item{{"State", strconv.FormatBool(p.On)}}}
	}
	return notification{Topic: topic{"http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet", p.Topic}, Message: m}
}

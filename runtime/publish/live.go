package publish

import (
	"strings"

	"avid/runtime/event"
)

// Camera is what a carrier needs to know of a camera before its first event.
type Camera struct {
	Name   string
	Title  string // what people call it; "": Name
	Bundle string // name of the bundle
	Away   bool   // no frames come
	Gone   bool   // it was taken out for good: what is shown of it is taken down
}

// State is how it is with a camera now.
type State struct {
	State     string   `json:"state"` // as in the property stats of avidfilter
	Scene     string   `json:"scene"` // what keeps it from being judged well; "": nothing
	Score     *float64 `json:"score"` // logits; null before the first verdict
	Threshold *float64 `json:"threshold"`
	FPS       float64  `json:"fps"`
	Lag       *float64 `json:"lag"`     // seconds; null where it is not known
	Skipped   uint64   `json:"skipped"` // frames
	// Zones are the names of those that events are of; none: the whole picture; nil: not known.
	Zones []string `json:"-"`
	// Detect and FalseAlarmRate are the settings that can be changed from afar; nil
	// where the host lets nobody.
	Detect         *bool    `json:"detect,omitempty"`
	FalseAlarmRate *float64 `json:"false_alarm_rate,omitempty"` // a day
}

// Live is what a Carrier does besides where it can show what is so now. None of it is
// kept on disk: what cannot be sent is followed by something newer. The methods
// return at once and may be called by any goroutine.
type Live interface {
	Camera(c Camera)
	// Now takes a record when it is made, which may be long before it is sent.
	Now(r event.Record)
	State(camera string, s State)
	Snapshot(camera string, jpeg []byte)
}

// Host is what carriers ask of the program that they are in; nil where it cannot be
// done. The functions are called by any goroutine and must return at once.
type Host struct {
	Detect         func(camera string, on bool)
	FalseAlarmRate func(camera string, perDay float64)
}

// Camera tells the carriers of a camera.
func (p *Publisher) Camera(c Camera) { p.live(func(l Live) { l.Camera(c) }) }

// State tells the carriers how it is with a camera.
func (p *Publisher) State(camera string, s State) { p.live(func(l Live) { l.State(camera, s) }) }

// Snapshot tells the carriers what a camera's last event looks like.
func (p *Publisher) Snapshot(camera string, jpeg []byte) {
	p.live(func(l Live) { l.Snapshot(camera, jpeg) })
}

func (p *Publisher) live(tell func(Live)) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if !p.closed {
		p.each(tell)
	}
}

// each calls tell for each carrier that shows what is so now.
func (p *Publisher) each(tell func(Live)) {
	for _, s := range p.senders {
		if l, ok := s.route.Carrier.(Live); ok {
			tell(l)
		}
	}
}

// Token is a camera's name as a part of topics and subjects: letters, digits, _ and -
// stay, and anything else becomes _. Names that differ by spaces alone become equal;
// others that would do not, since a hash of the name is put behind.
func Token(camera string) string {
	hash := camera == ""
	token := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-':
			return r
		case r != ' ':
			hash = true
		}
		return '_'
	}, camera)
	if hash {
		token += "_" + shortHash(camera)
	}
	return token
}

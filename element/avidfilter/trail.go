package avidfilter

import (
	"sync"

	"avid/element/gstc"
)

// trail is the reports that are to go downstream as events of GStreamer, in order. No
// frame that is dropped on its way takes one along, and those that no frame carries go
// the same way. Safe for concurrent use.
type trail struct {
	mu   sync.Mutex
	list []*gstc.Structure
}

// add has a report go with the next send.
func (t *trail) add(s *gstc.Structure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, s)
}

// take takes what there is.
func (t *trail) take() []*gstc.Structure {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.list
	t.list = nil
	return list
}

// send sends what there is. It may have to wait for the elements downstream, so the
// caller holds no lock that a frame or a change of state needs.
func (t *trail) send(el *gstc.Element) {
	for _, s := range t.take() {
		el.PushEvent(s)
	}
}

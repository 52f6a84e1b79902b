package gstc

import (
	"sync"
	"sync/atomic"
)

// instance is the Go half of one element.
type instance struct {
	properties []Property
	common     common // the body, of whichever kind
	element    Element
	started    bool // only touched by start and stop

	// Of a Class.
	body  Body
	frame Frame

	// Of a BinClass.
	bin   Bin
	inner BinBody
	marks Marks // of the entry's thread
	coded Coded // of the exit's

	// Of a ReaderClass.
	reader   Reader
	listener ReaderBody
	side     SideBody // of a class with a side, else nil
	passing  Passing
}

// common is what all kinds of bodies do.
type common interface {
	Start() error
	Stop()
	Set(row int, v Value)
	Get(row int) Value
}

// handles maps the number that C keeps to its instance. cgo.Handle would do,
// but its Value allocates for numbers above 255, once a callback; here a
// look-up is one atomic load.
type handles struct {
	mu   sync.Mutex // guards writers
	list atomic.Pointer[[]*instance]
}

var instances handles

// add gives the number of a new instance; never 0.
func (h *handles) add(i *instance) uintptr {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*instance
	if old := h.list.Load(); old != nil {
		list = append(list, *old...)
	}
	for n := range list {
		if list[n] == nil {
			list[n] = i
			h.list.Store(&list)
			return uintptr(n + 1)
		}
	}
	list = append(list, i)
	h.list.Store(&list)
	return uintptr(len(list))
}

// get is the instance of a number, or nil.
func (h *handles) get(n uintptr) *instance {
	list := h.list.Load()
	if list == nil || n == 0 || n > uintptr(len(*list)) {
		return nil
	}
	return (*list)[n-1]
}

// remove forgets a number; twice is fine.
func (h *handles) remove(n uintptr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.list.Load()
	if old == nil || n == 0 || n > uintptr(len(*old)) {
		return
	}
	list := append([]*instance(nil), *old...)
	list[n-1] = nil
	h.list.Store(&list)
}

// count is how many instances live.
func (h *handles) count() int {
	n := 0
	if list := h.list.Load(); list != nil {
		for _, i := range *list {
			if i != nil {
				n++
			}
		}
	}
	return n
}

// Instances is how many elements of this room live, for leak tests.
func Instances() int { return instances.count() }

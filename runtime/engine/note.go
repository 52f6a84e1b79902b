package engine

import "sync"

// hushable is o whose Note is told nothing more once hush has returned: an opening
// that was given up may go on when whoever listened is gone.
func (o Options) hushable() (_ Options, hush func()) {
	note := o.Note
	if note == nil {
		return o, func() {}
	}
	var mu sync.Mutex // guards over, and is held for note
	over := false
	o.Note = func(sentence string) {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			note(sentence)
		}
	}
	return o, func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
	}
}

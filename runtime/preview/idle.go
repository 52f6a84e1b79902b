package preview

import "time"

// interest keeps who watches a feed, or is about to, from the offer on: while
// nobody does, the source is told that frames need not be encoded.
type interest struct {
	changed chan struct{} // holds a token when viewers came or went

	// Guarded by feed.mu.
	viewers int
	left    time.Time // since when there is none
	idle    bool      // the source knows that nobody watches
}

// comes and goes count a viewer, from its offer until nothing is left of it.
func (f *feed) comes() {
	f.mu.Lock()
	f.interest.viewers++
	f.mu.Unlock()
	f.interestChanged()
}

func (f *feed) goes() {
	f.mu.Lock()
	f.interest.viewers--
	f.interest.left = f.time.now()
	f.mu.Unlock()
	f.interestChanged()
}

func (f *feed) interestChanged() {
	select {
	case f.interest.changed <- struct{}{}:
	default:
	}
}

// watchInterest tells the source, in order and from one goroutine, whether
// anybody watches.
func (f *feed) watchInterest() {
	timer := time.NewTimer(f.time.unwatched)
	defer timer.Stop()
	for {
		select {
		case <-f.end:
			return
		case <-f.interest.changed:
		case <-timer.C:
		}
		if left := f.settle(); left > 0 {
			timer.Reset(left)
		}
	}
}

// settle tells the source what it does not know yet, and returns when to look
// again if nothing happens before; 0: not at all.
func (f *feed) settle() (again time.Duration) {
	f.mu.Lock()
	i := &f.interest
	was := i.idle
	now := f.time.now()
	switch {
	case f.closed:
	case i.viewers > 0 && i.idle:
		// The first frame is due from here on; what is old is of no use.
		i.idle, f.last, f.group = false, now, group{}
	case i.viewers == 0 && !i.idle:
		if again = f.time.unwatched - now.Sub(i.left); again <= 0 {
			i.idle, f.group = true, group{}
		}
	}
	idle := i.idle
	f.mu.Unlock()
	if idle != was {
		f.log.Debug("encoding", "idle", idle)
		f.config.Watched(!idle)
	}
	return max(again, 0)
}

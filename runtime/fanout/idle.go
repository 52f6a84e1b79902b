package fanout

import "time"

// interest keeps who watches a source, or is about to, from the offer on: while
// nobody does, the encoder is told that frames need not be encoded.
type interest struct {
	changed chan struct{} // holds a token when viewers came or went

	// Guarded by Source.mu.
	viewers int
	left    time.Time // since when there is none
	idle    bool      // the encoder knows that nobody watches
}

// comes and goes count a viewer, from its offer until nothing is left of it.
func (s *Source) comes() {
	s.mu.Lock()
	s.interest.viewers++
	s.mu.Unlock()
	s.interestChanged()
}

func (s *Source) goes() {
	s.mu.Lock()
	s.interest.viewers--
	s.interest.left = s.time.Now()
	s.mu.Unlock()
	s.interestChanged()
}

func (s *Source) interestChanged() {
	select {
	case s.interest.changed <- struct{}{}:
	default:
	}
}

// watchInterest tells the encoder, in order and from one goroutine, whether
// anybody watches.
func (s *Source) watchInterest() {
	timer := time.NewTimer(s.time.Unwatched)
	defer timer.Stop()
	for {
		select {
		case <-s.end:
			return
		case <-s.interest.changed:
		case <-timer.C:
		}
		if left := s.settle(); left > 0 {
			timer.Reset(left)
		}
	}
}

// settle tells the encoder what it does not know yet, and returns when to look
// again if nothing happens before; 0: not at all.
func (s *Source) settle() (again time.Duration) {
	s.mu.Lock()
	i := &s.interest
	was := i.idle
	now := s.time.Now()
	switch {
	case s.closed:
	case i.viewers > 0 && i.idle:
		// The first frame is due from here on; what is old is of no use.
		i.idle, s.last, s.gop = false, now, gop{}
	case i.viewers == 0 && !i.idle:
		if again = s.time.Unwatched - now.Sub(i.left); again <= 0 {
			i.idle, s.gop = true, gop{}
		}
	}
	idle := i.idle
	s.mu.Unlock()
	if idle != was {
		s.log.Debug("encoding", "idle", idle)
		s.config.Watched(!idle)
	}
	return max(again, 0)
}

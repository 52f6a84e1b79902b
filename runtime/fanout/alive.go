package fanout

import "time"

// Stalled returns how long no frame has come, 0 when all is well.
func (s *Source) Stalled() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if since := s.time.Now().Sub(s.lastLocked()); since >= s.time.Stall {
		return since
	}
	return 0
}

// aliveLocked sets last to now, as a frame has come. After a silence a frame that
// is as old is no sign of life: parsers and decoders keep the last frame of a
// camera until the stream is given up. It needs mu.
func (s *Source) aliveLocked(last *time.Time, now time.Time) {
	if now.Sub(*last) < s.time.Stall || s.lag < s.time.Stall {
		*last = now
	}
}

// lastLocked is when the video was known to go on last: by a frame, or, while
// none is encoded, by what is said of it. It needs mu.
func (s *Source) lastLocked() time.Time {
	if s.interest.idle {
		return s.seen
	}
	return s.last
}

// Due says, of a source that has had no frame yet, since when one is due.
func (s *Source) Due(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = since
}

// LastFrame returns when the video was known to go on last: the time of the newest
// frame, or of the newest Meta while none is encoded.
func (s *Source) LastFrame() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastLocked()
}

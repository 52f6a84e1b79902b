package fanout

import "avid/models/redact"

// WriteMeta sends what is known of a frame to all viewers that have a data
// channel. It never waits for one.
func (s *Source) WriteMeta(m Meta) {
	m.Reason = redact.Text(m.Reason)
	s.mu.Lock()
	s.stats.Metas++
	if now := s.time.Now(); !m.Captured.IsZero() { // it is of a frame, and not only of an event
		s.lag = max(now.Sub(m.Captured), 0)
		s.aliveLocked(&s.seen, now)
		s.status = Status{m.State, m.Scene, m.Reason, m.Judged, m.Score, m.Threshold, s.status.Events}
	}
	if m.Event != nil && m.Event.Kind == "begin" {
		s.status.Events++
	}
	if m.Width > 0 && m.Height > 0 {
		s.width, s.height = m.Width, m.Height
	}
	stamp := s.packetizer.stamp(m.PTS)
	s.mu.Unlock()
	var text []byte
	for _, v := range s.all() {
		if !v.channel.open() {
			continue
		}
		if text == nil {
			text = encodeMeta(m, stamp)
		}
		if !v.channel.send(text) {
			s.skipped.Add(1)
		}
	}
}

// Stats returns the counts so far.
func (s *Source) Stats() StreamStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Viewers = len(s.viewers)
	stats.Sent, stats.Skipped = s.sent.Load(), s.skipped.Load()
	stats.Idle, stats.Lag, stats.EncodedRate = s.interest.idle, s.lag, s.rate
	return stats
}

// Status returns what the filter said last, and how many events have begun. A
// stream without frames says nothing more, so Status calls it silent.
func (s *Source) Status() Status {
	quiet := s.Stalled() > 0
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.status
	if quiet && now.State != "" {
		now.State, now.Scene, now.Reason, now.Judged = "silent", "", "no frames come", false
	}
	return now
}

// Inference calls StreamConfig.Inference and returns its answer: the runs of the
// network so far and the seconds spent on them; false when that is not known, or
// the source is closed.
func (s *Source) Inference() (count uint64, seconds float64, ok bool) {
	s.mu.Lock()
	call := s.config.Inference
	if call == nil || s.closed {
		s.mu.Unlock()
		return 0, 0, false
	}
	s.calls.Add(1)
	s.mu.Unlock()
	defer s.calls.Done()
	return call()
}

// Present returns the configuration with the size that the pictures have now.
func (s *Source) Present() StreamConfig {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.config
	c.Width, c.Height = s.width, s.height
	return c
}

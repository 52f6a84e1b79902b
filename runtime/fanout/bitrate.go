package fanout

import (
	"slices"
	"time"
)

const (
	// rateEvery is the least time between two changes of the bit rate.
	rateEvery = time.Second
	// rateStep is the least change worth asking the encoder for, in percent.
	rateStep = 8
	// silent is how long a viewer may send no RTCP before its estimate no
	// longer counts: receivers report at least once a second.
	silent = 3 * time.Second
)

// chooseRate is the policy for one encoder with many viewers: the lower
// quartile of what they can receive, within bounds. Up to three viewers the
// slowest decides; among more, a quarter may be too slow and is left to drop
// frames, so that one bad line does not spoil the picture for all. Without
// estimates, and for a change too small, it returns what was asked before.
func chooseRate(estimates []uint, before, lowest, highest uint) uint {
	if len(estimates) == 0 {
		return before
	}
	slices.Sort(estimates)
	rate := min(max(estimates[len(estimates)/4], lowest), highest)
	change := max(rate, before) - min(rate, before)
	if before != 0 && change*100 < before*rateStep {
		return before
	}
	return rate
}

// startRate is what a connection's estimate begins at: what the encoder does
// now, or half of the most.
func startRate(before, lowest, highest uint) uint {
	if before == 0 {
		before = highest / 2
	}
	return min(max(before, lowest), highest)
}

// watchRate asks the encoder for the bit rate that its viewers can receive.
func (s *Source) watchRate() {
	ticker := time.NewTicker(s.time.Rate)
	defer ticker.Stop()
	for {
		select {
		case <-s.end:
			return
		case <-ticker.C:
			s.adaptRate()
		}
	}
}

func (s *Source) adaptRate() {
	var estimates []uint
	for _, v := range s.all() {
		if rate, ok := v.estimate(s.time.Now()); ok {
			estimates = append(estimates, rate)
		}
	}
	s.mu.Lock()
	s.rate = uint(float64(s.stats.Bytes-s.counted) * 8 / s.time.Rate.Seconds())
	s.counted = s.stats.Bytes
	c := &s.config
	next := chooseRate(estimates, s.stats.Bitrate, c.MinBitrate, c.MaxBitrate)
	changed := next != s.stats.Bitrate && c.Bitrate != nil && !s.closed
	if changed {
		s.stats.Bitrate = next
	}
	s.mu.Unlock()
	if changed {
		s.log.Debug("bit rate", "bits/s", next, "viewers", len(estimates))
		c.Bitrate(next)
	}
}

package avidfilter

import (
	"slices"
	"time"
)

const (
	// meterLength is over how many inferences the latency is judged: at 10
	// frames/s about six seconds.
	meterLength = 64
	// meterRank is which of them, from the slowest, is reported: the 95th
	// percentile.
	meterRank = 4
)

// meter keeps the latency that the element reports: the time of an inference,
// in whole milliseconds. The averaging over frames adds none, since a verdict
// is about the newest frame of its window.
type meter struct {
	ring     [meterLength]time.Duration
	sorted   [meterLength]time.Duration
	n        int
	reported time.Duration
}

// reset starts anew from a first measurement.
func (m *meter) reset(first time.Duration) { *m = meter{reported: wholeMillis(first)} }

// add takes the time of one inference and says whether the reported latency
// has changed: when a round of the ring was a quarter slower, or less than
// half of it.
func (m *meter) add(d time.Duration) bool {
	m.ring[m.n] = d
	m.n++
	if m.n < meterLength {
		return false
	}
	m.n = 0
	m.sorted = m.ring
	slices.Sort(m.sorted[:])
	now := wholeMillis(m.sorted[meterLength-meterRank])
	if now <= m.reported+m.reported/4 && now >= m.reported/2 {
		return false
	}
	m.reported = now
	return true
}

// wholeMillis rounds up to milliseconds.
func wholeMillis(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}

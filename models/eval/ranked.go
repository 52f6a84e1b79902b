package eval

import (
	"fmt"
	"math"
	"slices"
)

// ranked is a score map and its pixels by falling score. It is filled once a
// frame for all criteria, and its buffer is used again.
type ranked struct {
	scores []float32
	best   float32 // the highest score
	order  []uint64
	sorted bool
}

var lowest = float32(math.Inf(-1))

// set takes a map of h x w scores, which it borrows until the next call. The
// error wraps ErrSize or ErrScore.
func (m *ranked) set(scores []float32, h, w int) error {
	if h < 1 || w < 1 || len(scores) != h*w {
		return fmt.Errorf("%w: %d scores for %dx%d (width × height)", ErrSize, len(scores), w, h)
	}
	m.best = lowest
	for i, s := range scores {
		if s != s {
			return fmt.Errorf("%w: pixel %d,%d", ErrScore, i%w, i/w)
		}
		m.best = max(m.best, s)
	}
	m.scores, m.sorted = scores, false
	return nil
}

// falling gives the pixels by falling score, those of -Inf last: the low half
// of an element is the pixel's index, the high half what sorts it.
func (m *ranked) falling() []uint64 {
	if m.sorted {
		return m.order
	}
	m.order = m.order[:0]
	for i, s := range m.scores {
		if s == lowest {
			continue
		}
		m.order = append(m.order, uint64(falling(s))<<32|uint64(i))
	}
	slices.Sort(m.order)
	for i, s := range m.scores {
		if s == lowest {
			m.order = append(m.order, uint64(i))
		}
	}
	m.sorted = true
	return m.order
}

// last tells whether the pixel at place n of falling is the last of its score:
// the threshold has fallen past all that are equal.
func (m *ranked) last(n int) bool {
	return n+1 == len(m.order) || m.scores[uint32(m.order[n+1])] != m.scores[uint32(m.order[n])]
}

package record

import (
	"encoding/binary"
	"math"
	"time"

	"avid/runtime/event"
)

// Second is what one second of a Step came to: Peak and Sure as those of a Score, rounded
// down to hundredths; -Inf where nothing was judged.
type Second struct{ Peak, Sure float64 }

// Seconds are those of a Step.
type Seconds [int(Step / time.Second)]Second

// unjudged are Seconds in which nothing was judged.
func unjudged() (all Seconds) {
	for i := range all {
		all[i] = Second{math.Inf(-1), math.Inf(-1)}
	}
	return all
}

// add takes in a verdict in second i.
func (all *Seconds) add(i int, peak, sure float64) {
	all[i].Peak, all[i].Sure = max(all[i].Peak, hundredths(peak)), max(all[i].Sure, hundredths(sure))
}

// merge takes in what was judged of the same Step before.
func (all *Seconds) merge(before Seconds) {
	for i, v := range before {
		all.add(i, v.Peak, v.Sure)
	}
}

// secondsEnd is the ending of the file of a day, beside that of its scores, that has the
// Seconds of each Step: Peak and Sure of each as int16 in hundredths of a logit, little
// endian. 0, as it is where nothing was written, stands for nothing judged, and 1 for 0.
const (
	secondsEnd   = ".seconds"
	secondsMagic = "avid second 001\n"
	secondsLen   = 4 * int(Step/time.Second)
)

// hundredths rounds down to what the file can have; NaN counts as nothing judged.
func hundredths(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, -1) {
		return math.Inf(-1)
	}
	return math.Floor(min(max(100*v, math.MinInt16), math.MaxInt16)) / 100
}

// marshal is what is kept of the seconds.
func (s *Score) marshalSeconds() []byte {
	b := make([]byte, 0, secondsLen)
	for _, second := range s.Seconds {
		for _, v := range []float64{second.Peak, second.Sure} {
			n := 0
			if !math.IsInf(v, -1) {
				if n = int(math.Round(100 * v)); n == 0 {
					n = 1
				}
			}
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(n))) //nolint:gosec // hundredths bounds it
		}
	}
	return b
}

// readSeconds reads the Seconds of scores of one day. Where there are none, as of the time
// before avid kept them, those that have a verdict are taken for Sure.
func readSeconds(path string, all []Score) error {
	data, err := readPlaces(path, secondsMagic, secondsLen)
	for i := range all {
		s := &all[i]
		s.Seconds = unjudged()
		known := false
		if at := s.place() * secondsLen; at+secondsLen <= len(data) {
			for k := range s.Seconds {
				number := func(at int) float64 {
					n := int16(binary.LittleEndian.Uint16(data[at:])) //nolint:gosec // as it was written
					if n == 0 {
						return math.Inf(-1)
					}
					known = true
					return float64(n) / 100
				}
				s.Seconds[k] = Second{number(at + 4*k), number(at + 4*k + 2)}
			}
		}
		for k := range s.Seconds {
			if !known && s.seconds>>k&1 == 1 {
				s.Seconds.add(k, s.Sure, s.Sure)
			}
		}
	}
	return err
}

// Alarms is how many events scores would have given at a threshold, and how long these
// would have lasted together. As avidfilter does it, an event begins where two of three
// verdicts reach the threshold, and ends when none has for the time of event.Config's Hold.
func Alarms(all []Score, threshold float64) (n int, long time.Duration) {
	hold := event.DefaultConfig().Hold
	var seen time.Time // the last second that reached it, of the event that lasts; zero: none does
	for _, s := range all {
		for i, v := range s.Seconds {
			at := s.At.Add(time.Duration(i) * time.Second)
			// Both may be anywhere in their second.
			lasts := !seen.IsZero() && at.Sub(seen) <= hold
			switch {
			case lasts && v.Peak >= threshold:
				long += at.Sub(seen)
				seen = at
			case !lasts && v.Sure >= threshold:
				n++
				long += time.Second
				seen = at
			}
		}
	}
	return n, long
}

package fanout

import "time"

// keepAlive is how often ICE asks whether the other side is there (RFC 7675
// §5.1 has 4 to 6 s; a viewer that vanished is noticed by it).
const keepAlive = 2 * time.Second

// Timing holds the durations and the clock of sources and peers, so that tests
// need not wait.
type Timing struct {
	Now func() time.Time

	Connect    time.Duration // from a peer's offer to its connection
	Gather     time.Duration // for ICE candidates that others must be asked for
	Disconnect time.Duration // without a sign of life until disconnected
	Fail       time.Duration // and from there until the peer is given up
	FirstKey   time.Duration // until a viewer starts from an old key frame
	Rate       time.Duration // between two looks at the bit rate
	Stall      time.Duration // without a frame until a stream counts as stalled
	Unwatched  time.Duration // without a viewer until nothing is encoded
}

// DefaultTiming returns the system's clock and the durations that suit people who
// watch.
func DefaultTiming() Timing {
	return Timing{
		Now:     time.Now,
		Connect: 15 * time.Second, Gather: 3 * time.Second,
		Disconnect: 5 * time.Second, Fail: 5 * time.Second,
		FirstKey: time.Second, Rate: rateEvery, Stall: 10 * time.Second, Unwatched: 5 * time.Second,
	}
}

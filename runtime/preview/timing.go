package preview

import "time"

// keepAlive is how often ICE asks whether the other side is there (RFC 7675
// §5.1 has 4 to 6 s; a viewer that vanished is noticed by it).
const keepAlive = 2 * time.Second

// timing holds every other duration and the clock, so that tests need not wait.
type timing struct {
	now func() time.Time

	readHeader, read, write, idle time.Duration // of HTTP, see http.Server

	connect    time.Duration // from a viewer's offer to its connection
	gather     time.Duration // for ICE candidates that others must be asked for
	disconnect time.Duration // without a sign of life until disconnected
	fail       time.Duration // and from there until it is given up
	firstKey   time.Duration // until a viewer starts from an old key frame
	rate       time.Duration // between two looks at the bit rate
	stall      time.Duration // without a frame until a stream counts as stalled
	unwatched  time.Duration // without a viewer until nothing is encoded

	backoff, backoffMost, refused time.Duration // of a Push, see reconnect
}

func defaultTiming() timing {
	return timing{
		now:        time.Now,
		readHeader: 5 * time.Second, read: 10 * time.Second, write: 20 * time.Second, idle: time.Minute,
		connect: 15 * time.Second, gather: 3 * time.Second,
		disconnect: 5 * time.Second, fail: 5 * time.Second,
		firstKey: time.Second, rate: rateEvery, stall: 10 * time.Second, unwatched: 5 * time.Second,
		backoff: time.Second, backoffMost: 30 * time.Second, refused: time.Minute,
	}
}

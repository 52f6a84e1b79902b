package preview

import (
	"time"

	"avid/runtime/fanout"
)

// timing holds every duration and the clock, so that tests need not wait.
type timing struct {
	fanout.Timing

	readHeader, read, write, idle time.Duration // of HTTP, see http.Server

	wrong time.Duration // that the answer to one wrong token of many is held back

	backoff, backoffMost, refused time.Duration // of a Push, see loop and pause
}

func defaultTiming() timing {
	return timing{
		Timing:     fanout.DefaultTiming(),
		readHeader: 5 * time.Second, read: 10 * time.Second, write: 20 * time.Second, idle: time.Minute,
		wrong:   time.Second,
		backoff: time.Second, backoffMost: 30 * time.Second, refused: time.Minute,
	}
}

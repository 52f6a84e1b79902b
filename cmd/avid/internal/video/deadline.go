//go:build !nogst

package video

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// deadline ends after a time in which this process could have worked: it is put off by
// as long as others kept its threads waiting for a processor, as they do for minutes
// with the training that avid serve starts at the lowest priority. The zero value never
// ends.
type deadline struct {
	at, latest time.Time
	kept       time.Duration // what kept said when at was set
	waited     func() time.Duration
}

// putOff bounds how many times as long as it was to be a deadline may become.
const putOff = 20

// after is a deadline in d from now.
func after(d time.Duration) deadline {
	now := time.Now()
	return deadline{at: now.Add(d), latest: now.Add(putOff * d), kept: keptWaiting(), waited: keptWaiting}
}

// set tells whether there is a deadline.
func (d *deadline) set() bool { return !d.at.IsZero() }

// over tells whether it has ended.
func (d *deadline) over(now time.Time) bool {
	if !d.set() || now.Before(d.at) {
		return false
	}
	kept := d.waited()
	d.at, d.kept = d.at.Add(max(0, kept-d.kept)), kept
	if d.at.After(d.latest) {
		d.at = d.latest
	}
	return !now.Before(d.at)
}

// keptWaiting is how long threads of this process have waited for a processor, all in
// all; 0 where the system does not tell.
func keptWaiting() (all time.Duration) {
	threads, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, path := range threads {
		text, err := os.ReadFile(path)
		fields := bytes.Fields(text) // time on a processor, time waited, turns
		if err != nil || len(fields) != 3 {
			continue // a thread that has just ended
		}
		if ns, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
			all += time.Duration(ns)
		}
	}
	return all
}

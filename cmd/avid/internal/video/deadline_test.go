//go:build !nogst

package video

import (
	"os"
	"testing"
	"time"
)

// TestDeadline: what the process was kept waiting does not count, up to a bound.
func TestDeadline(t *testing.T) {
	kept := 3 * time.Second
	began := time.Now()
	d := deadline{at: began.Add(10 * time.Second), latest: began.Add(100 * time.Second), kept: kept, waited: func() time.Duration { return kept }}
	for _, c := range []struct {
		now, more time.Duration // since it began; kept waiting since the row before
		over      bool
	}{
		{9 * time.Second, 8 * time.Second, false},
		{11 * time.Second, 0, false}, // until 18 s
		{17 * time.Second, time.Minute, false},
		{19 * time.Second, 0, false}, // until 78 s
		{77 * time.Second, 0, false},
		{79 * time.Second, 0, true},
		{99 * time.Second, time.Hour, false},
		{101 * time.Second, time.Hour, true},
	} {
		kept += c.more
		if over := d.over(began.Add(c.now)); over != c.over {
			t.Errorf("at %v: over is %v, now until %v", c.now, over, d.at.Sub(began))
		}
	}
	if (&deadline{}).over(began) {
		t.Error("the zero value ends")
	}
}

// TestKeptWaiting: on a processor for a while, a thread has waited for it, however shortly.
func TestKeptWaiting(t *testing.T) {
	if _, err := os.Stat("/proc/self/schedstat"); err != nil {
		t.Skip("this system does not tell")
	}
	before := keptWaiting()
	for end := time.Now().Add(time.Minute); keptWaiting() == before; {
		if time.Now().After(end) {
			t.Fatal("no waiting is seen")
		}
	}
}

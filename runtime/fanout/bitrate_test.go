package fanout

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestChooseRate(t *testing.T) {
	const m = 1_000_000
	for _, c := range []struct {
		name      string
		estimates []uint
		before    uint
		want      uint
	}{
		{"nobody tells", nil, 2 * m, 2 * m},
		{"nobody ever told", nil, 0, 0},
		{"the first", []uint{3 * m}, 0, 3 * m},
		{"two: the slower one", []uint{3 * m, 1 * m}, 3 * m, 1 * m},
		{"three: the slowest", []uint{3 * m, 1 * m, 2 * m}, 3 * m, 1 * m},
		{"one slow among four", []uint{3 * m, 3 * m, 200_000, 3 * m}, 1 * m, 3 * m},
		{"two slow among ten", []uint{1 * m, 1 * m, 4 * m, 4 * m, 4 * m, 4 * m, 4 * m, 4 * m, 4 * m, 4 * m}, 1 * m, 4 * m},
		{"three slow among ten", []uint{1 * m, 1 * m, 1 * m, 4 * m, 4 * m, 4 * m, 4 * m, 4 * m, 4 * m, 4 * m}, 4 * m, 1 * m},
		{"not below the least", []uint{1000}, 1 * m, 200_000},
		{"not above the most", []uint{100 * m}, 1 * m, 8 * m},
		{"too small a change up", []uint{2_150_000}, 2 * m, 2 * m},
		{"too small a change down", []uint{1_850_000}, 2 * m, 2 * m},
		{"enough", []uint{2_160_000}, 2 * m, 2_160_000},
	} {
		if got := chooseRate(c.estimates, c.before, 200_000, 8*m); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestStartRate(t *testing.T) {
	for _, c := range [][4]uint{{0, 100, 1000, 500}, {700, 100, 1000, 700}, {50, 100, 1000, 100}, {5000, 100, 1000, 1000}, {0, 900, 1000, 900}} {
		if got := startRate(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%v: %d", c, got)
		}
	}
}

func TestKeyRequestsMerge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Duration
		var wait sync.WaitGroup
		start := time.Now()
		k := &keyRequests{call: func() { calls = append(calls, time.Since(start)) }, now: time.Now, wait: &wait}
		expect := func(want ...time.Duration) {
			t.Helper()
			synctest.Wait()
			if len(calls) != len(want) {
				t.Fatalf("called at %v, want %v", calls, want)
			}
			for i, at := range want {
				if calls[i] != at {
					t.Fatalf("called at %v, want %v", calls, want)
				}
			}
		}
		k.ask(keyDrops)
		k.ask(keyDrops)
		k.ask(keyLoss)
		expect(0)
		// What waits for the drops' second is overtaken by who joins.
		k.ask(keyJoin)
		time.Sleep(keyJoin)
		expect(0, keyJoin)
		time.Sleep(10 * time.Second)
		expect(0, keyJoin)
		k.ask(keyLoss)
		k.ask(keyLoss)
		expect(0, keyJoin, keyJoin+10*time.Second)
		k.came() // the second one has its key frame
		time.Sleep(10 * time.Second)
		expect(0, keyJoin, keyJoin+10*time.Second)
		k.ask(keyLoss)
		k.ask(keyLoss)
		k.stop()
		k.ask(keyJoin)
		time.Sleep(10 * time.Second)
		expect(0, keyJoin, keyJoin+10*time.Second, keyJoin+20*time.Second)
		wait.Wait()
	})
}

func TestKeyRequestsOfNobody(_ *testing.T) {
	(&keyRequests{now: time.Now}).ask(keyJoin)
}

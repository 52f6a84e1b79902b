package record

import (
	"sync"
	"sync/atomic"
)

// mostQueued bounds the units that wait for the disk: four seconds of a fast camera.
const (
	mostQueued      = 240
	mostQueuedBytes = 64 << 20
)

// queue keeps whoever has units from waiting for the disk.
type queue struct {
	units chan Unit
	done  chan struct{}
	once  sync.Once
	bytes atomic.Int64
	lost  atomic.Uint64
	mu    sync.RWMutex // held for reading while a unit is offered
	shut  bool
}

func (q *queue) start(r *Recorder) {
	q.units, q.done = make(chan Unit, mostQueued), make(chan struct{})
	go func() {
		defer close(q.done)
		for u := range q.units {
			if u.last {
				r.end()
			} else if err := r.Write(u); err != nil {
				q.lost.Add(1)
			}
			q.bytes.Add(-int64(len(u.Data)))
		}
	}()
}

// stop has all units written that wait.
func (q *queue) stop() {
	q.once.Do(func() {
		q.mu.Lock()
		q.shut = true
		close(q.units)
		q.mu.Unlock()
	})
	<-q.done
}

// Offer records a unit, whose bytes it takes, later. It never waits: where the disk is
// too slow the unit is dropped and counted, which breaks the film up to the next key
// frame, and false is returned.
func (r *Recorder) Offer(u Unit) bool {
	r.queue.mu.RLock()
	defer r.queue.mu.RUnlock()
	if r.queue.shut {
		return false
	}
	if r.queue.bytes.Load() <= mostQueuedBytes {
		r.queue.bytes.Add(int64(len(u.Data)))
		select {
		case r.queue.units <- u:
			return true
		default:
			r.queue.bytes.Add(-int64(len(u.Data)))
		}
	}
	r.queue.lost.Add(1)
	return false
}

// Break says that what was offered has come to an end, such as the camera's connection:
// its files end, and what is offered from now on begins others. It may wait for the disk.
func (r *Recorder) Break() {
	r.queue.mu.RLock()
	defer r.queue.mu.RUnlock()
	if !r.queue.shut {
		r.queue.units <- Unit{last: true}
	}
}

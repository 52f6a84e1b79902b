package engine

import (
	"context"
	"slices"
	"sync"

	"avid/models/nets"
	"avid/runtime/verdict"
)

// query is one window of one engine. It is asked again and again, but never after
// its asker has left.
type query struct {
	io       *nets.FusedTensors // of one window: what is asked, and the answer
	by       verdict.Thresholds // what io's thresholds are from: only equal ones can share a run
	done     chan error         // has room for one
	together int                // windows in its run

	mu     sync.Mutex // held by a worker while it uses io, and guards what follows; before a worker's
	left   bool       // the asker waits no more: io is its own again
	worker *worker    // that has it in its run
	turn   uint64     // which run of the worker
}

func newQuery(io *nets.FusedTensors) *query { return &query{io: io, done: make(chan error, 1)} }

// leave ends the waiting for a query that a worker has taken, unless the answer is
// there.
func (q *query) leave(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case err := <-q.done:
		return err
	default:
	}
	q.left = true
	if q.worker != nil {
		q.worker.unwanted(q.turn)
	}
	return interrupted(ctx)
}

// work runs what is asked until the session is closed.
func (s *shared) work(l *worker) {
	var batch []*query
	for {
		batch = s.take(batch[:0])
		if len(batch) == 0 {
			return
		}
		err := l.judge(batch)
		if err != nil && len(batch) > 1 {
			s.alone(l, batch)
			continue
		}
		answer(batch, err)
	}
}

// alone judges windows one by one whose common run failed; if that goes better,
// later runs are smaller for good.
func (s *shared) alone(l *worker, batch []*query) {
	better := false
	for i := range batch {
		err := l.judge(batch[i : i+1])
		better = better || err == nil
		answer(batch[i:i+1], err)
	}
	if better {
		s.limit(len(batch) / 2)
	}
}

func answer(batch []*query, err error) {
	for _, q := range batch {
		q.mu.Lock()
		if !q.left {
			q.together = len(batch)
			q.done <- err
		}
		q.mu.Unlock()
	}
}

// take waits for queries and appends to batch the oldest and those after it
// that can share its run; none when the session is closed.
func (s *shared) take(batch []*query) []*query {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.closed {
		s.some.Wait()
	}
	var rest int
	for _, r := range s.queue {
		if len(batch) == 0 || len(batch) < s.most && r.by == batch[0].by {
			batch = append(batch, r)
			continue
		}
		s.queue[rest] = r
		rest++
	}
	clear(s.queue[rest:])
	s.queue = s.queue[:rest]
	return batch
}

// judge has a query answered: its io then holds what the run gave. When ctx ends it
// leaves, and a run that nobody waits for any more is ended.
func (s *shared) judge(ctx context.Context, q *query) error {
	if ctx.Err() != nil {
		return interrupted(ctx)
	}
	s.mu.Lock()
	s.queue = append(s.queue, q)
	s.some.Signal()
	s.mu.Unlock()
	select {
	case err := <-q.done:
		return err
	case <-ctx.Done():
	}
	s.mu.Lock()
	at := slices.Index(s.queue, q)
	if at >= 0 {
		s.queue = slices.Delete(s.queue, at, at+1)
	}
	s.mu.Unlock()
	if at >= 0 {
		return interrupted(ctx)
	}
	return q.leave(ctx)
}

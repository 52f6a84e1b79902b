package engine

import (
	"context"
	"slices"

	"avid/models/nets"
	"avid/runtime/verdict"
)

// query is one window of one engine.
type query struct {
	io       *nets.FusedTensors // of one window: what is asked, and the answer
	by       verdict.Thresholds // what io's thresholds are from: only equal ones can share a run
	done     chan error         // has room for one
	together int                // windows in its run
}

// work runs what is asked until the session is closed.
func (s *shared) work(l *lane) {
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
func (s *shared) alone(l *lane, batch []*query) {
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
	for _, r := range batch {
		r.together = len(batch)
		r.done <- err
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

// judge has a query answered: its io then holds what the run gave. One that waits
// for its run leaves when ctx ends; a run that is under way is others' too, and is
// waited for.
func (s *shared) judge(ctx context.Context, r *query) error {
	s.mu.Lock()
	s.queue = append(s.queue, r)
	s.some.Signal()
	s.mu.Unlock()
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
	}
	s.mu.Lock()
	at := slices.Index(s.queue, r)
	if at >= 0 {
		s.queue = slices.Delete(s.queue, at, at+1)
	}
	s.mu.Unlock()
	if at >= 0 {
		return interrupted(ctx)
	}
	return <-r.done
}

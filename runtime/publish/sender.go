package publish

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"avid/models/redact"
	"avid/runtime/event"
	"avid/runtime/publish/outbox"
)

// longestLater bounds how long another side may ask to be left alone.
const longestLater = 10 * time.Minute

// sender empties one outbox into its carrier.
type sender struct {
	config  Config
	route   Route
	slot    *outbox.Slot
	options options
	more    chan struct{} // something was added, or draining began
	ctx     context.Context
	cancel  context.CancelFunc
	waits   context.Context // ends when draining begins, which no wait is to delay
	hurry   context.CancelFunc

	mu     sync.Mutex // of what follows
	status Status
	told   time.Time // when dropped records were last told of
}

func newSender(c Config, r Route, slot *outbox.Slot, o options) *sender {
	s := &sender{config: c, route: r, slot: slot, options: o, more: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.waits, s.hurry = context.WithCancel(s.ctx)
	s.status.Name = r.Name
	for _, path := range slot.Aside {
		o.log(fmt.Sprintf("%s: the outbox was damaged and is now %s: what waited in it is not sent", r.Name, path))
	}
	return s
}

// add puts a value into the outbox.
func (s *sender) add(value []byte) error {
	dropped, err := s.slot.Add(value)
	if err != nil {
		return fmt.Errorf("%s: %w", s.route.Name, err)
	}
	if dropped > 0 {
		s.drop(dropped, "the outbox is full")
	}
	s.wake()
	return nil
}

func (s *sender) wake() {
	select {
	case s.more <- struct{}{}:
	default: // it is awake
	}
}

// drain makes run return when the outbox is empty, or at the first failure.
func (s *sender) drain() {
	s.hurry()
	s.wake()
}

func (s *sender) draining() bool { return s.waits.Err() != nil }

// shut ends the carrier and lets go of the outbox.
func (s *sender) shut() error {
	s.cancel()
	return errors.Join(s.route.Carrier.Close(), s.slot.Close())
}

// run sends until the end.
func (s *sender) run() {
	wait := s.config.FirstWait
	for s.ctx.Err() == nil {
		items, err := s.slot.First(s.config.Batch)
		if err == nil && len(items) == 0 {
			if s.draining() {
				return
			}
			select {
			case <-s.more:
			case <-s.ctx.Done():
			}
			continue
		}
		if err == nil {
			err = s.send(items)
		}
		if err == nil {
			wait = s.config.FirstWait
			continue
		}
		if s.draining() {
			return
		}
		if s.options.wait(s.waits, s.pause(wait, err)) != nil && !s.draining() {
			return
		}
		wait = min(2*wait, s.config.LongestWait)
	}
}

// pause is how long to wait after a failure.
func (s *sender) pause(wait time.Duration, err error) time.Duration {
	var later *LaterError
	if errors.As(err, &later) && later.After > wait {
		return min(later.After, longestLater)
	}
	return wait - time.Duration(s.options.chance()*float64(wait)/2)
}

// send hands items to the carrier and removes those that are done with. It returns
// the error after which to wait.
func (s *sender) send(items []outbox.Item) error {
	records := make([]event.Record, 0, len(items))
	for i, item := range items {
		r, err := event.ParseRecord(item.Value)
		if err != nil && i == 0 { // of a version to come, since what is stored is checked
			s.drop(1, err.Error())
			return s.remove(item.Key, false)
		}
		if err != nil {
			break
		}
		records = append(records, r)
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.config.Timeout)
	defer cancel()
	sent, err := s.route.Carrier.Send(ctx, records)
	sent = min(max(sent, 0), len(records))
	if sent > 0 {
		if err := s.remove(items[sent-1].Key, true); err != nil {
			return err
		}
	}
	if err != nil && errors.Is(err, ErrRefused) && sent < len(records) {
		s.drop(1, redact.Text(err.Error()))
		return s.remove(items[sent].Key, false)
	}
	if err == nil && sent < len(records) {
		err = fmt.Errorf("%d of %d records were taken", sent, len(records))
	}
	s.note(err)
	return err
}

// remove takes what is done with out of the outbox.
func (s *sender) remove(last uint64, sent bool) error {
	n, err := s.slot.Remove(last)
	if err != nil {
		s.note(err)
		return err
	}
	if sent {
		s.mu.Lock()
		s.status.Sent += uint64(n)
		s.mu.Unlock()
	}
	return nil
}

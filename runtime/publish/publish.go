// Package publish hands events to other programs: to each carrier (a file, a webhook,
// a broker) in order and at least once, whatever the network and this process do
// meanwhile. See docs/publish.md.
package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"avid/runtime/event"
	"avid/runtime/publish/outbox"
)

// Errors of a Publisher.
var (
	ErrConfig = errors.New("publish: setting out of range")
	ErrClosed = errors.New("publish: closed")
	// ErrRefused is wrapped by a carrier's error when the other side refuses a record
	// as such, so that sending it again cannot help: it is dropped and counted.
	ErrRefused = errors.New("publish: record refused")
)

// Carrier sends records to one place. Its methods are called by one goroutine at a
// time.
type Carrier interface {
	// Send sends records in order and returns how many the other side has
	// acknowledged, the first ones, and why the next was not. It returns when ctx ends.
	Send(ctx context.Context, records []event.Record) (sent int, err error)
	// Close ends the connection.
	Close() error
}

// LaterError is a carrier's error where the other side has said when to come back.
type LaterError struct {
	After time.Duration
	Err   error
}

func (e *LaterError) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *LaterError) Unwrap() error { return e.Err }

// Route is a carrier with the outbox that records wait in.
type Route struct {
	Name    string // for people: an address without its secrets
	ID      string // of the outbox's file: A-Z a-z 0-9 . _ -
	Carrier Carrier
}

// Config are the settings of a Publisher.
type Config struct {
	Dir    string // folder of the outboxes
	Limits outbox.Limits
	// Batch is how many records a carrier gets at once, 1 to 1000.
	Batch int
	// Timeout bounds one call of Send, > 0.
	Timeout time.Duration
	// After a failure a carrier waits FirstWait, then twice that and so on up to
	// LongestWait, each less up to half by chance, so that many senders do not come
	// back at the same moment.
	FirstWait, LongestWait time.Duration
}

// DefaultConfig is: a failed carrier is tried again after 1 s up to 1 min.
func DefaultConfig(dir string) Config {
	return Config{Dir: dir, Limits: outbox.DefaultLimits(), Batch: 64, Timeout: 30 * time.Second, FirstWait: time.Second, LongestWait: time.Minute}
}

// Validate tells whether every setting is in its range. The error is ErrConfig or
// outbox.ErrLimits.
func (c Config) Validate() error {
	switch {
	case c.Dir == "":
		return fmt.Errorf("%w: the folder of the outboxes is missing", ErrConfig)
	case c.Batch < 1 || c.Batch > 1000:
		return fmt.Errorf("%w: batch is %d, allowed is 1 to 1000 records", ErrConfig, c.Batch)
	case c.Timeout <= 0:
		return fmt.Errorf("%w: timeout is %v, allowed is above 0", ErrConfig, c.Timeout)
	case c.FirstWait <= 0 || c.LongestWait < c.FirstWait:
		return fmt.Errorf("%w: waits of %v to %v, allowed is above 0, and the longest not below the first", ErrConfig, c.FirstWait, c.LongestWait)
	}
	return c.Limits.Validate()
}

// Publisher takes records and hands them to its carriers. It is safe for concurrent
// use.
type Publisher struct {
	senders []*sender
	mu      sync.RWMutex // of closed; held for reading while a record is being taken
	closed  bool
	running sync.WaitGroup
}

// New opens the outboxes and begins to send what they have. It takes the carriers,
// which Close closes, and which New closes where it fails. The errors are ErrConfig
// and those of outbox.OpenSlot.
func New(c Config, routes []Route, options ...Option) (*Publisher, error) {
	o := newOptions(options)
	p := &Publisher{}
	err := c.Validate()
	for _, r := range routes {
		var slot *outbox.Slot
		if err == nil {
			slot, err = outbox.OpenSlot(c.Dir, r.ID, c.Limits)
		}
		if err != nil {
			err = errors.Join(err, r.Carrier.Close())
			continue
		}
		p.senders = append(p.senders, newSender(c, r, slot, o))
	}
	if err != nil {
		for _, s := range p.senders {
			err = errors.Join(err, s.shut())
		}
		return nil, err
	}
	for _, s := range p.senders {
		p.running.Go(s.run)
	}
	return p, nil
}

// Publish puts a record into the outbox of each carrier. It returns when it is on
// disk in all of them and does not wait for any network. After an error the record is
// in those that the error does not name. The errors are ErrClosed and those of
// outbox.Add.
func (p *Publisher) Publish(r event.Record) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return ErrClosed
	}
	value, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	for _, s := range p.senders {
		err = errors.Join(err, s.add(value))
	}
	p.each(func(l Live) { l.Now(r) })
	return err
}

// Close takes no further records, sends what can be sent until ctx ends or a carrier
// fails, and keeps the rest for the next New.
func (p *Publisher) Close(ctx context.Context) error {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	p.mu.Unlock()
	if !first {
		return nil
	}
	for _, s := range p.senders {
		s.drain()
	}
	stopped := context.AfterFunc(ctx, func() {
		for _, s := range p.senders {
			s.cancel()
		}
	})
	defer stopped()
	p.running.Wait()
	var err error
	for _, s := range p.senders {
		err = errors.Join(err, s.shut())
	}
	return err
}

// farewell is how long Finish sends, and farewellWord after how much of it it says so.
const (
	farewell     = 5 * time.Second
	farewellWord = farewell / 10
)

// Finish closes the Publisher, for which it takes five seconds at most, and tells what is
// waited for, and what waits for the next New.
func (p *Publisher) Finish(tell func(text string)) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- p.Close(ctx) }()
	var err error
	select {
	case err = <-closed:
	case <-time.After(farewellWord):
		for _, s := range p.Status() {
			if s.Queued > 0 {
				tell(fmt.Sprintf("%s: sending %d that wait, for %v at most", s.Name, s.Queued, farewell))
			}
		}
		err = <-closed
	}
	if err != nil {
		tell(fmt.Sprintf("publish: %v", err))
	}
	for _, s := range p.Status() {
		if s.Queued > 0 {
			tell(fmt.Sprintf("%s: %d not sent yet; they are kept and sent the next time", s.Name, s.Queued))
		}
	}
}

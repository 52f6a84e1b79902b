package publish

import (
	"fmt"
	"time"

	"avid/models/redact"
)

// Status is how it is with a carrier.
type Status struct {
	Name      string
	Connected bool   // the last attempt to send was successful
	Queued    int    // records that wait
	Bytes     int64  // that they have
	Sent      uint64 // acknowledged, since New
	Dropped   uint64 // refused, or pushed out of a full outbox, since New
	Failed    uint64 // attempts, since New
	LastError string // without secrets; "" while all is well
}

// Status returns how it is with each carrier, in the order of New's routes.
func (p *Publisher) Status() []Status {
	all := make([]Status, len(p.senders))
	for i, s := range p.senders {
		s.mu.Lock()
		all[i] = s.status
		s.mu.Unlock()
		all[i].Queued, all[i].Bytes = s.slot.Len()
	}
	return all
}

// note takes the outcome of an attempt and tells when it differs from the last one.
func (s *sender) note(err error) {
	s.mu.Lock()
	before := s.status.LastError
	s.status.Connected = err == nil
	s.status.LastError = ""
	if err != nil {
		s.status.Failed++
		s.status.LastError = redact.Text(err.Error())
	}
	after := s.status.LastError
	s.mu.Unlock()
	switch {
	case s.ctx.Err() != nil: // the end is no failure
	case before == "" && after != "":
		s.options.log(fmt.Sprintf("%s: %s; it is tried again, and records wait meanwhile", s.route.Name, after))
	case before != "" && after == "":
		s.options.log(s.route.Name + ": records are sent again")
	}
}

// tellEvery is how often dropped records are told of at most.
const tellEvery = time.Minute

// drop counts records that nobody will get, and tells of it.
func (s *sender) drop(n int, why string) {
	now := s.options.now()
	s.mu.Lock()
	s.status.Dropped += uint64(n)
	all := s.status.Dropped
	quiet := !s.told.IsZero() && now.Sub(s.told) < tellEvery
	if !quiet {
		s.told = now
	}
	s.mu.Unlock()
	if !quiet {
		s.options.log(fmt.Sprintf("%s: %d dropped so far: %s", s.route.Name, all, why))
	}
}

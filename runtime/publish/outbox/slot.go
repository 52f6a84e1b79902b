package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// maxSlots is how many processes of one machine may send to the same place.
const maxSlots = 64

// Slot is an outbox of this process among those of others.
type Slot struct {
	*Outbox
	// Aside are damaged files that were set aside.
	Aside []string
	// Adopted is how many values a process that is gone had left.
	Adopted int
}

// OpenSlot opens the first of dir/name.1.outbox, name.2.outbox … that no other
// process uses, and takes over what processes that are gone left in the others. The
// errors are those of Open; ErrBusy is that all slots are taken.
func OpenSlot(dir, name string, l Limits) (*Slot, error) {
	s := &Slot{}
	for n := 1; n <= maxSlots; n++ {
		path := slotPath(dir, name, n)
		o, aside, err := Open(path, l)
		if errors.Is(err, ErrBusy) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s.Outbox, s.Aside = o, appendIf(s.Aside, aside)
		return s, s.adopt(dir, name, l)
	}
	return nil, fmt.Errorf("%w: all of %s.1 to %s.%d", ErrBusy, filepath.Join(dir, name), name, maxSlots)
}

func slotPath(dir, name string, n int) string {
	return filepath.Join(dir, fmt.Sprintf("%s.%d.outbox", name, n))
}

// adopt moves what the outboxes of processes that are gone have. It copies before it
// removes, so a kill in between leaves a value twice and never none.
func (s *Slot) adopt(dir, name string, l Limits) error {
	for n := 1; n <= maxSlots; n++ {
		path := slotPath(dir, name, n)
		if _, err := os.Stat(path); path == s.path || err != nil { // its own, or none
			continue
		}
		other, aside, err := Open(path, l)
		if errors.Is(err, ErrBusy) {
			continue
		}
		if err != nil {
			return err
		}
		s.Aside = appendIf(s.Aside, aside)
		err = s.take(other)
		if err := errors.Join(err, other.Close()); err != nil {
			return err
		}
	}
	return nil
}

// take moves all values of another outbox to the end of this one.
func (s *Slot) take(other *Outbox) error {
	const together = 256 // values in one step
	for {
		items, err := other.First(together)
		if err != nil || len(items) == 0 {
			return err
		}
		values := make([][]byte, len(items))
		for i, item := range items {
			values[i] = item.Value
		}
		if _, err := s.Add(values...); err != nil {
			return err
		}
		if _, err := other.Remove(items[len(items)-1].Key); err != nil {
			return err
		}
		s.Adopted += len(items)
	}
}

func appendIf(list []string, s string) []string {
	if s == "" {
		return list
	}
	return append(list, s)
}

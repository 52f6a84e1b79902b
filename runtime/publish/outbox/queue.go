package outbox

import (
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// Add puts values at the end, in one step: after an error none of them is there. It
// returns once they are on disk. Where the outbox is full the oldest make room, and
// dropped is how many. The errors are ErrLarge, ErrClosed and those of the file system.
func (o *Outbox) Add(values ...[]byte) (dropped int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	count, size := o.count, o.size
	err = o.update(func(b *bbolt.Bucket) error {
		for _, v := range values {
			sealed := seal(v)
			if int64(len(sealed)) > o.limits.Bytes {
				return fmt.Errorf("%w: %d bytes, allowed are %d", ErrLarge, len(v), o.limits.Bytes)
			}
			n, freed, err := makeRoom(b, count+1-o.limits.Records, size+int64(len(sealed))-o.limits.Bytes)
			if err != nil {
				return err
			}
			next, err := b.NextSequence()
			if err != nil {
				return err
			}
			if err := b.Put(key(next), sealed); err != nil {
				return err
			}
			count, size, dropped = count+1-n, size+int64(len(sealed))-freed, dropped+n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	o.count, o.size = count, size
	return dropped, nil
}

// makeRoom removes the oldest values, until so many records and bytes are gone.
func makeRoom(b *bbolt.Bucket, records int, bytes int64) (n int, freed int64, err error) {
	for n < records || freed < bytes {
		k, v := b.Cursor().First()
		if k == nil {
			return n, freed, nil
		}
		freed += int64(len(v))
		n++
		if err := b.Delete(k); err != nil {
			return n, freed, err
		}
	}
	return n, freed, nil
}

// First returns up to n of the oldest values, oldest first. The errors are ErrClosed
// and those of the file system.
func (o *Outbox) First(n int) (items []Item, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.db == nil {
		return nil, ErrClosed
	}
	err = guard(func() error {
		return o.db.View(func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucket).Cursor()
			for k, v := c.First(); k != nil && len(items) < n; k, v = c.Next() {
				value, err := unseal(v)
				if err != nil {
					return err
				}
				items = append(items, Item{binary.BigEndian.Uint64(k), slices.Clone(value)})
			}
			return nil
		})
	})
	return items, err
}

// Remove takes out the values up to and with the key, and returns how many there
// were: those that Add dropped meanwhile are not counted.
func (o *Outbox) Remove(last uint64) (removed int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var freed int64
	err = o.update(func(b *bbolt.Bucket) error {
		for {
			k, v := b.Cursor().First()
			if k == nil || binary.BigEndian.Uint64(k) > last {
				return nil
			}
			removed, freed = removed+1, freed+int64(len(v))
			if err := b.Delete(k); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return 0, err
	}
	o.count, o.size = o.count-removed, o.size-freed
	return removed, nil
}

// update changes the file in one step.
func (o *Outbox) update(change func(*bbolt.Bucket) error) error {
	if o.db == nil {
		return ErrClosed
	}
	return guard(func() error {
		return o.db.Update(func(tx *bbolt.Tx) error { return change(tx.Bucket(bucket)) })
	})
}

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

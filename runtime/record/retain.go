package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"avid/runtime/state"
)

// sweepEach is how often it is looked at what is too old or too much.
const sweepEach = time.Minute

// sweepIfDue sweeps, once a minute.
func (s *Store) sweepIfDue() {
	now := s.options.Now()
	s.mu.Lock()
	due := s.swept.IsZero() || now.Sub(s.swept) >= sweepEach || now.Before(s.swept)
	if due {
		s.swept = now
	}
	s.mu.Unlock()
	if due {
		if err := s.Sweep(); err != nil {
			s.options.Note(fmt.Sprintf("cleaning up %s: %v", s.dir, err))
		}
	}
}

// retainSoon has the next part sweep: the disk may be full.
func (s *Store) retainSoon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.config.MinFree > 0 || s.config.MaxSize > 0 {
		s.swept = time.Time{}
	}
}

func (s *Store) freeShare() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free
}

// Sweep deletes what is older or more than the store is to have: first what is too old,
// then, as long as there is too much, the oldest segments, then the oldest events, then
// the oldest clips of events that go on. Nothing goes that is being written. Recorders call it once a minute.
func (s *Store) Sweep() error {
	s.mu.Lock()
	stale := s.stale
	s.stale = false
	s.mu.Unlock()
	if stale {
		if err := s.reconcile(false); err != nil {
			s.mu.Lock()
			s.stale = true
			s.mu.Unlock()
			return errors.Join(err, s.sweepBlind())
		}
	}
	return errors.Join(s.dropOld(), s.dropExcess())
}

// dropOld deletes what is too old, of events that go on their clips.
func (s *Store) dropOld() error {
	now, all := s.options.Now(), error(nil)
	if keep := s.config.KeepSegments; keep > 0 {
		old, err := s.index.recordings(fromSegments+"WHERE end < ? AND open = 0 ORDER BY start", millis(now.Add(-keep)))
		all = errors.Join(all, err)
		for _, r := range old {
			all = errors.Join(all, s.deleteFile(r.Path))
		}
		all = errors.Join(all, s.dropLasts(now.Add(-keep)))
	}
	if keep := s.config.KeepEvents; keep > 0 {
		old, err := s.index.events("WHERE end < ? AND state <> ?", millis(now.Add(-keep)), StateOpen)
		all = errors.Join(all, err)
		for _, e := range old {
			all = errors.Join(all, s.deleteEvent(e))
		}
		clips, err := s.ongoing()
		all = errors.Join(all, err)
		for _, c := range clips {
			if c.End.Before(now.Add(-keep)) {
				all = errors.Join(all, s.deleteFile(c.Path))
			}
		}
		all = errors.Join(all, s.dropScores(now.Add(-keep)))
	}
	return all
}

// excess is how many bytes are too many.
func (s *Store) excess() (int64, error) {
	free, size, err := s.options.Free(s.dir)
	if err != nil {
		return 0, err
	}
	share := 1.0
	if size > 0 {
		share = float64(free) / float64(size)
	}
	s.mu.Lock()
	s.free = share
	s.mu.Unlock()
	over := int64(0)
	if s.config.MinFree > 0 {
		over = max(over, int64(s.config.MinFree*float64(size))-free)
	}
	if s.config.MaxSize > 0 {
		have, err := s.index.size()
		if err != nil {
			return 0, err
		}
		over = max(over, have-s.config.MaxSize)
	}
	return over, nil
}

// atOnce is how many files are asked for at once.
const atOnce = 64

// dropExcess deletes the oldest while there is too much.
func (s *Store) dropExcess() error {
	over, err := s.excess()
	for err == nil && over > 0 {
		var old []Recording
		old, err = s.index.recordings(fromSegments+"WHERE open = 0 ORDER BY start LIMIT ?", atOnce)
		for i := 0; err == nil && i < len(old) && over > 0; i++ {
			over -= old[i].Size
			err = s.deleteFile(old[i].Path)
		}
		if len(old) == 0 {
			break
		}
	}
	for err == nil && over > 0 {
		var old []EventRow
		old, err = s.index.events("WHERE state <> ? ORDER BY start LIMIT ?", StateOpen, atOnce)
		deleted := false
		for i := 0; err == nil && i < len(old) && over > 0; i++ {
			if s.isOpen(eventKey{old[i].Camera, old[i].ID}) {
				continue
			}
			deleted = true
			clips, _ := s.Clips(old[i].Camera, old[i].ID)
			for _, c := range clips {
				over -= c.Size
			}
			over -= old[i].Size
			err = s.deleteEvent(old[i])
		}
		if !deleted {
			break
		}
	}
	if err != nil || over <= 0 {
		return err
	}
	clips, err := s.ongoing()
	for i := 0; err == nil && i < len(clips) && over > 0; i++ {
		over -= clips[i].Size
		err = s.deleteFile(clips[i].Path)
	}
	return err
}

// ongoing returns the clips of events that go on, less those that are being written: the
// oldest first, but last the first one of each event, which shows how it began.
func (s *Store) ongoing() ([]Recording, error) {
	all, err := s.index.recordings(fromClips + "ORDER BY start, path")
	begun := map[eventKey]bool{}
	var first, later []Recording
	for _, r := range all {
		key := eventKey{r.Camera, r.Event}
		switch {
		case !s.isOpen(key):
		case !begun[key]:
			begun[key] = true
			if !s.isGrowing(r.Path) {
				first = append(first, r)
			}
		case !s.isGrowing(r.Path):
			later = append(later, r)
		}
	}
	return append(later, first...), err
}

// deleteFile deletes a file, and its row. The folder of a day goes with its last file.
func (s *Store) deleteFile(below string) error {
	path := s.Path(below)
	if err := state.Remove(path); err != nil {
		return err
	}
	_ = os.Remove(filepath.Dir(path)) // fails while there is more in it
	s.note(func(x execer) error { return dropPath(x, below) })
	return nil
}

// deleteEvent deletes an event with all that is its, the sidecar last: without it no one
// knows what the rest belongs to.
func (s *Store) deleteEvent(e EventRow) error {
	if s.isOpen(eventKey{e.Camera, e.ID}) {
		return nil
	}
	clips, err1 := s.Clips(e.Camera, e.ID)
	pictures, err2 := s.Pictures(e.Camera, e.ID)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	var paths []string
	for _, c := range clips {
		paths = append(paths, s.Path(c.Path))
	}
	for _, p := range pictures {
		paths = append(paths, s.Path(p.Path))
	}
	side := s.sidecarPath(e.Camera, e.ID)
	for _, path := range append(paths, linesOf(side), side) {
		if err := state.Remove(path); err != nil {
			return err
		}
	}
	s.note(func(x execer) error { return dropEvent(x, e.Camera, e.ID) })
	return nil
}

// byName sorts segments by when they began, and leaves clips out.
func byName(all []Recording) []Recording {
	segments := slices.DeleteFunc(all, func(r Recording) bool { return r.Event != "" })
	began := func(r Recording) string { return strings.TrimPrefix(filepath.ToSlash(r.Path), safe(r.Camera)+"/") }
	slices.SortFunc(segments, func(a, b Recording) int { return strings.Compare(began(a), began(b)) })
	return segments
}

// sweepBlind makes room where the index cannot be written to: the disk is full. The
// oldest segments go by their names, until the index can be written again.
func (s *Store) sweepBlind() error {
	over, err := s.excess()
	if err != nil || over <= 0 {
		return err
	}
	f, err := s.scan()
	if err != nil {
		return err
	}
	for _, r := range byName(f.recordings) {
		if over <= 0 {
			break
		}
		if s.isGrowing(r.Path) {
			continue
		}
		over -= r.Size
		if err := s.deleteFile(r.Path); err != nil {
			return err
		}
	}
	return nil
}

package record

import (
	"errors"
	"testing"
	"time"
)

// TestLast: the newest picture of a camera outlives the store, is deleted with the film of its
// time, and is not kept where no film is.
func TestLast(t *testing.T) {
	dir, now := t.TempDir(), time.Now().Truncate(time.Second)
	config := DefaultConfig()
	config.MinFree = 0
	open := func() *Store {
		t.Helper()
		s, err := Open(dir, config, Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	last := func(s *Store, camera string) (string, time.Time) {
		t.Helper()
		jpeg, at, err := s.Last(camera)
		if err != nil {
			t.Fatal(err)
		}
		return string(jpeg), at
	}
	s := open()
	if err := errors.Join(s.KeepLast("front/gate", []byte("first"), now.Add(-time.Hour)), s.KeepLast("front/gate", []byte("second"), now), s.KeepLast("yard", []byte("yard"), now), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = open()
	if jpeg, at := last(s, "front/gate"); jpeg != "second" || !at.Equal(now) {
		t.Errorf("%q of %v", jpeg, at)
	}
	if err := errors.Join(s.DropLast("yard"), s.DropLast("yard")); err != nil {
		t.Error(err)
	}
	if jpeg, _ := last(s, "yard"); jpeg != "" {
		t.Errorf("%q was dropped", jpeg)
	}
	now = now.Add(config.KeepSegments + time.Minute)
	if err := s.Sweep(); err != nil {
		t.Error(err)
	}
	if jpeg, _ := last(s, "front/gate"); jpeg != "" {
		t.Errorf("%q is older than what is kept", jpeg)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	config.Mode = Nothing
	s = open()
	if err := s.KeepLast("yard", []byte("yard"), now); err != nil {
		t.Error(err)
	}
	if jpeg, _ := last(s, "yard"); jpeg != "" {
		t.Errorf("%q is kept where no film is", jpeg)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

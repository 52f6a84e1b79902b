package window

import (
	"bytes"
	"testing"

	"avid/models/average"
)

// frames is n frames of size bytes, filled with their number from first on.
func frames(first, n, size int) []byte {
	var out []byte
	for i := range n {
		out = append(out, bytes.Repeat([]byte{byte(first + i)}, size)...)
	}
	return out
}

func TestWindow(t *testing.T) {
	w := New(2, 3)
	got := make([]byte, average.Frames*6)
	for i := 1; i <= 20; i++ {
		if i%2 == 0 {
			w.Push(frames(i, 1, 6))
		} else {
			copy(w.Next(), frames(i, 1, 6))
			w.Commit()
		}
		if w.Ready() != (i >= average.Frames) || w.Len() != min(i, average.Frames) {
			t.Fatalf("after %d frames: ready %v, %d held", i, w.Ready(), w.Len())
		}
		if !w.Ready() {
			continue
		}
		if w.CopyTo(got); !bytes.Equal(got, frames(i-5, average.Frames, 6)) {
			t.Fatalf("after %d frames: %v", i, got)
		}
	}
	w.Reset()
	if w.Ready() || w.Len() != 0 {
		t.Error("a reset window holds frames")
	}
	for i := range average.Frames {
		w.Push(frames(50+i, 1, 6))
	}
	if w.CopyTo(got); !bytes.Equal(got, frames(50, average.Frames, 6)) {
		t.Errorf("after a reset: %v", got)
	}
}

func TestNextIsASlotOfItsOwn(t *testing.T) {
	w := New(1, 2)
	if s := w.Next(); len(s) != 2 || cap(s) != 2 {
		t.Errorf("slot of %d bytes, capacity %d", len(s), cap(s))
	}
}

func TestWindowMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"no size":        func() { New(0, 4) },
		"frame size":     func() { New(2, 2).Push(make([]byte, 3)) },
		"copy too early": func() { New(2, 2).CopyTo(make([]byte, 24)) },
		"copy size": func() {
			w := New(1, 1)
			for range average.Frames {
				w.Push([]byte{1})
			}
			w.CopyTo(make([]byte, 5))
		},
		"rate": func() { NewSampler(0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestAllocatesNothing(t *testing.T) {
	w, frame, dst := New(16, 16), make([]byte, 256), make([]byte, average.Frames*256)
	s := NewSampler(10)
	n := testing.AllocsPerRun(100, func() {
		w.Push(frame)
		if w.Ready() {
			w.CopyTo(dst)
		}
		s.Offer(s.seen + 1000)
		s.Retract()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package outbox_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"avid/runtime/publish/outbox"
)

func open(t *testing.T, path string, l outbox.Limits) *outbox.Outbox {
	t.Helper()
	o, aside, err := outbox.Open(path, l)
	if err != nil || aside != "" {
		t.Fatalf("open: %v, set aside %q", err, aside)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func add(t *testing.T, o *outbox.Outbox, texts ...string) (dropped int) {
	t.Helper()
	for _, s := range texts {
		n, err := o.Add([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		dropped += n
	}
	return dropped
}

// texts are the values from the oldest on.
func texts(t *testing.T, o *outbox.Outbox) (all []string) {
	t.Helper()
	items, err := o.First(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		all = append(all, string(i.Value))
	}
	return all
}

func TestOrderAndRemoval(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "a.outbox")
	o := open(t, path, outbox.DefaultLimits())
	if got := texts(t, o); len(got) != 0 {
		t.Errorf("a new outbox has %v", got)
	}
	add(t, o, "a", "b", "", "d")
	items, err := o.First(2)
	if err != nil || len(items) != 2 || string(items[1].Value) != "b" {
		t.Fatalf("first two: %v, %v", items, err)
	}
	if n, err := o.Remove(items[1].Key); n != 2 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	if n, err := o.Remove(items[1].Key); n != 0 || err != nil {
		t.Errorf("removed %d once more, %v", n, err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Add(nil); !errors.Is(err, outbox.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	again := open(t, path, outbox.DefaultLimits())
	add(t, again, "e")
	if got := texts(t, again); !slices.Equal(got, []string{"", "d", "e"}) {
		t.Errorf("after a restart there are %q", got)
	}
	if n, bytes := again.Len(); n != 3 || bytes != 2+3*4 {
		t.Errorf("%d values of %d bytes, want 3 of 14", n, bytes)
	}
}

func TestLimits(t *testing.T) {
	dir := t.TempDir()
	o := open(t, filepath.Join(dir, "records"), outbox.Limits{Records: 3, Bytes: 1000})
	if dropped := add(t, o, "a", "b", "c", "d", "e"); dropped != 2 || !slices.Equal(texts(t, o), []string{"c", "d", "e"}) {
		t.Errorf("%d dropped, there are %v", dropped, texts(t, o))
	}
	o = open(t, filepath.Join(dir, "bytes"), outbox.Limits{Records: 100, Bytes: 20}) // values have 4 bytes more
	if dropped := add(t, o, "aaaa", "bbbb", "cccccccc"); dropped != 1 || !slices.Equal(texts(t, o), []string{"bbbb", "cccccccc"}) {
		t.Errorf("%d dropped, there are %v", dropped, texts(t, o))
	}
	if _, err := o.Add(make([]byte, 17)); !errors.Is(err, outbox.ErrLarge) {
		t.Errorf("a value larger than all: %v", err)
	}
	if n, bytes := o.Len(); n != 2 || bytes != 20 {
		t.Errorf("%d values of %d bytes", n, bytes)
	}
	if _, _, err := outbox.Open(filepath.Join(dir, "none"), outbox.Limits{Records: 1}); !errors.Is(err, outbox.ErrLimits) {
		t.Errorf("no bytes allowed: %v", err)
	}
}

// TestAgainstSlice compares with a slice, over any order of calls and restarts.
func TestAgainstSlice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	chance := rand.New(rand.NewPCG(1, 2))
	limits := outbox.Limits{Records: 9, Bytes: 120}
	o := open(t, path, limits)
	var want []string
	for step := range 300 {
		switch chance.IntN(5) {
		case 0:
			items, err := o.First(1 + chance.IntN(3))
			if err != nil {
				t.Fatal(err)
			}
			if len(items) > 0 {
				if _, err := o.Remove(items[len(items)-1].Key); err != nil {
					t.Fatal(err)
				}
				want = want[len(items):]
			}
		case 1:
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
			o = open(t, path, limits)
		default:
			s := fmt.Sprintf("%0*d", 1+chance.IntN(30), step)
			add(t, o, s)
			want = append(want, s)
			for size(want) > int(limits.Bytes) || len(want) > limits.Records {
				want = want[1:]
			}
		}
		if got := texts(t, o); !slices.Equal(got, want) {
			t.Fatalf("step %d: %q, want %q", step, got, want)
		}
	}
}

func size(all []string) (n int) {
	for _, s := range all {
		n += 4 + len(s)
	}
	return n
}

// TestDamage: whatever happened to the file, there is an outbox afterwards, and what
// it has was put there.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	o := open(t, whole, outbox.DefaultLimits())
	put := map[string]bool{}
	for i := range 50 {
		s := fmt.Sprintf("value %d of a file that will be damaged", i)
		put[s] = true
		add(t, o, s)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(3, 4))
	aside := 0
	for i := range 60 {
		bad := slices.Clone(good)
		switch i % 3 {
		case 0:
			bad = bad[:chance.IntN(len(bad))]
		case 1:
			at := chance.IntN(len(bad))
			for j := at; j < min(at+600, len(bad)); j++ {
				bad[j] = byte(chance.IntN(256))
			}
		default:
			for range 40 {
				bad[chance.IntN(len(bad))] ^= 1 << chance.IntN(8)
			}
		}
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		o, moved, err := outbox.Open(path, outbox.DefaultLimits())
		if err != nil {
			t.Fatalf("file %d: %v", i, err)
		}
		if moved != "" {
			aside++
			if kept, err := os.ReadFile(moved); err != nil || len(kept) < len(bad) {
				t.Errorf("file %d: set aside are %d bytes of %d, %v", i, len(kept), len(bad), err)
			}
		}
		for _, s := range texts(t, o) {
			if !put[s] {
				t.Errorf("file %d gives %q", i, s)
			}
		}
		add(t, o, "goes on")
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
	if aside < 20 {
		t.Errorf("%d of 60 damaged files were set aside", aside)
	}
}

func TestSlots(t *testing.T) {
	dir := t.TempDir()
	slot := func(want int) *outbox.Slot {
		t.Helper()
		s, err := outbox.OpenSlot(dir, "x", outbox.DefaultLimits())
		if err != nil || s.Adopted != want {
			t.Fatalf("%+v, %v, want %d adopted", s, err, want)
		}
		return s
	}
	a := slot(0)
	if _, _, err := outbox.Open(filepath.Join(dir, "x.1.outbox"), outbox.DefaultLimits()); !errors.Is(err, outbox.ErrBusy) {
		t.Errorf("an outbox is open twice: %v", err)
	}
	b := slot(0)
	add(t, a.Outbox, "a1")
	add(t, b.Outbox, "b1", "b2")
	for _, s := range []*outbox.Slot{a, b} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again := slot(2)
	if got := texts(t, again.Outbox); !slices.Equal(got, []string{"a1", "b1", "b2"}) {
		t.Errorf("there are %v", got)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if err := slot(0).Close(); err != nil {
		t.Error(err)
	}
}

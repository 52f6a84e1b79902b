package track

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"avid/runtime/verdict"
)

func box(x, y int) verdict.Box { return verdict.Box{X: x, Y: y, W: 20, H: 40} }

// TestUpdate goes through a stream, frame by frame.
func TestUpdate(t *testing.T) {
	tracker, err := New(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		at    time.Duration
		boxes []verdict.Box
		want  []uint64
	}{
		{"nothing", 0, nil, []uint64{}},
		{"two things", 100, []verdict.Box{box(0, 0), box(100, 0)}, []uint64{1, 2}},
		{"they walk, and come in another order", 200, []verdict.Box{box(92, 0), box(8, 0)}, []uint64{2, 1}},
		{"one is not seen", 300, []verdict.Box{box(84, 0)}, []uint64{2}},
		{"it is back within a second", 1100, []verdict.Box{box(16, 0), box(84, 0)}, []uint64{1, 2}},
		{"one box splits: the better one keeps its number", 1200, []verdict.Box{box(24, 0), box(16, 2), box(84, 0)}, []uint64{3, 1, 2}},
		{"too far to be the same", 1300, []verdict.Box{box(60, 100)}, []uint64{4}},
		{"after a second without it is another", 2400, []verdict.Box{box(84, 0)}, []uint64{5}},
		{"the stream jumps back", 50, []verdict.Box{box(84, 0)}, []uint64{6}},
	} {
		if got := tracker.Update(c.at*time.Millisecond, c.boxes); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	tracker.Forget()
	if got := tracker.Update(60*time.Millisecond, []verdict.Box{box(84, 0)}); !slices.Equal(got, []uint64{7}) {
		t.Errorf("after all is forgotten: %v", got)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{{}, {Overlap: 1.1}, {Overlap: math.NaN()}, {Overlap: 0.5, Hold: -1}} {
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

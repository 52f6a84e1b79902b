package analyze

import (
	"testing"
	"time"

	"avid/models/luma"
)

func TestPace(t *testing.T) {
	for _, c := range []struct {
		name     string
		interval uint
		late     string // one letter a sampled frame: L late, . in time
		want     string // I inferred, s skipped, . neither
	}{
		{"each", 1, ".....", "IIIII"},
		{"each third", 3, ".......", "I..I..I"},
		{"late now and then", 1, ".L.L.", "IsIsI"},
		{"late for long", 1, "LLLLLLLLLLLLLLL", "ssssssIssssssIs"},
		{"the next in time makes up", 4, "....L.....", "I...sI...I"},
	} {
		var p pace
		got := ""
		for _, l := range c.late {
			switch infer, skipped := p.due(c.interval, l == 'L'); {
			case infer:
				got += "I"
			case skipped:
				got += "s"
			default:
				got += "."
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestClock(t *testing.T) {
	const none = -1
	var c Clock
	c.Rate(1e7)
	for i, in := range [][2]time.Duration{{none, 0}, {none, 100}, {150, 150}, {none, 250}, {250, 250}, {40, 40}, {none, 140}} {
		if got := c.At(in[0]); got != in[1] {
			t.Errorf("frame %d: %d, want %d", i, got, in[1])
		}
	}
	c = Clock{}
	c.At(none)
	if got := c.At(none); got != defaultStep {
		t.Errorf("without any rate: %v", got)
	}
}

// TestBreaks: what a new scene begins with, and how far apart the samples were.
func TestBreaks(t *testing.T) {
	in := NewIntake(1, 1, 10, luma.Stored)
	for _, c := range []struct {
		f     Frame
		want  Break
		since time.Duration
	}{
		{at(0), Continues, 0}, {at(1), Continues, 0}, {at(3), Continues, 0},
		{at(63), JumpAhead, 6 * time.Second}, {at(64), Continues, 0},
		{at(2), JumpBack, 0}, {at(3), Continues, 0},
		{Frame{PTS: 350 * time.Millisecond, Filler: true}, Continues, 0},
		{Frame{PTS: 550 * time.Millisecond, Damaged: true}, Continues, 0},
		{at(6), JumpAhead, 300 * time.Millisecond}, // what shows nothing is no sample
	} {
		if s := in.Offer(c.f); s.Break != c.want || s.Since != c.since {
			t.Errorf("%v: %+v", c.f.PTS, s)
		}
	}
	in.Restart()
	if s := in.Offer(at(0)); s.Break != Continues || !s.Sampled {
		t.Errorf("after a restart: %+v", s)
	}
}

// TestFormat: only another picture is a change.
func TestFormat(t *testing.T) {
	in := NewIntake(2, 2, 10, luma.Stored)
	for i, c := range []struct {
		layout luma.Format
		w, h   int
		want   bool
	}{{luma.Plane(), 4, 4, false}, {luma.Plane(), 4, 4, false}, {luma.Plane(), 8, 4, true}, {luma.RGB(3, 0, 1, 2, luma.BT601), 8, 4, true},
		{luma.Plane(), 8, 4, true}, {luma.Plane().In(luma.Limited), 8, 4, true}} {
		if got, err := in.Format(c.layout, c.w, c.h); err != nil || got != c.want {
			t.Errorf("%d: %v, %v", i, got, err)
		}
	}
	if _, err := in.Format(luma.Plane(), 0, 4); err == nil {
		t.Error("a picture without columns is taken")
	}
}

package main

import (
	"strings"
	"testing"
	"time"
)

// TestLinesOfProgress: where there is no terminal, a line comes after 15 seconds,
// then each 30 seconds, and each minute after ten, with the share and the words;
// work that sets them once only is seen to go on too.
func TestLinesOfProgress(t *testing.T) {
	for _, c := range []struct {
		name    string
		seconds int
		set     func(m *meter, second int)
		lines   int
		first   string
		last    string
	}{
		{"over in seconds", 14, func(m *meter, _ int) { m.set(0.5, "half ") }, 0, "", ""},
		{"share known", 3600, func(m *meter, s int) { m.set(float64(s)/3600, "0:10 left ") },
			70, "work: 0:15,   0 %, 0:10 left", "work: 59:15,  99 %, 0:10 left"},
		{"share not known", 60, func(m *meter, _ int) { m.set(0, "0:03, 1 event") },
			2, "work: 0:15, 0:03, 1 event", "work: 0:45, 0:03, 1 event"},
		{"set once", 60, func(m *meter, s int) {
			if s == 1 {
				m.set(0.99, "measuring")
			}
		}, 2, "work: 0:15,  99 %, measuring", "work: 0:45,  99 %, measuring"},
		{"never set", 60, func(*meter, int) {}, 2, "work: 0:15", "work: 0:45"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			var out strings.Builder
			m := newMeterAt(&out, "work", func() time.Time { return now })
			for second := 1; second <= c.seconds; second++ {
				now = now.Add(time.Second)
				c.set(m, second)
				m.tell()
			}
			m.done()
			lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if c.lines == 0 {
				if out.Len() > 0 {
					t.Errorf("it says %q", out.String())
				}
				return
			}
			if len(lines) != c.lines {
				t.Errorf("%d lines, want %d", len(lines), c.lines)
			}
			if lines[0] != c.first {
				t.Errorf("the first is %q, want %q", lines[0], c.first)
			}
			if last := lines[len(lines)-1]; last != c.last {
				t.Errorf("the last is %q, want %q", last, c.last)
			}
		})
	}
}

// TestLinesEnd: lines come by themselves at ticks, and none comes after done,
// which may be called again.
func TestLinesEnd(t *testing.T) {
	now := time.Unix(1000, 0)
	var out strings.Builder
	m := newMeterAt(&out, "work", func() time.Time { return now })
	now = now.Add(firstLine)
	ticks, released := make(chan time.Time), 0
	m.tellAt(ticks, func() { released++ })
	m.set(0.25, "clip 1 of 4")
	ticks <- now
	m.done()
	m.done()
	if got, want := out.String(), "work: 0:15,  25 %, clip 1 of 4\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if released != 1 {
		t.Errorf("the ticker is released %d times", released)
	}
	select {
	case ticks <- now:
		t.Error("it still listens")
	default:
	}
}

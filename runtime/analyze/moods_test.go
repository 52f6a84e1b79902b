package analyze

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// shade is a picture of a gradient in a share of its light.
func shade(h, w int, light float64) Picture {
	p := Picture{make([]byte, h*w), h, w}
	for y := range h {
		for x := range w {
			p.Gray[y*w+x] = byte(light * float64(80+120*x/w))
		}
	}
	return p
}

func dayAndNight(t *testing.T) *Moods {
	t.Helper()
	m, err := NewMoods([]Picture{shade(96, 128, 1), shade(64, 80, 0.25)}, []string{"day.avid", "night.avid"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// follow shows seconds of a light, ten samples a second, and returns when which bundle is
// chosen: seconds after the begin, or -1.
func followMoods(m *Moods, from, seconds float64, light float64, unsure bool, which int) float64 {
	for i := range int(seconds * 10) {
		at := from + float64(i)/10
		if now, _ := m.Take(time.Duration(at*float64(time.Second)), shade(96, 128, light), unsure); now == which {
			return at - from
		}
	}
	return -1
}

// TestMoodsBegin: the first sample decides at once, whatever the size of its picture, and
// so does the first after a new beginning.
func TestMoodsBegin(t *testing.T) {
	m := dayAndNight(t)
	for _, c := range []struct {
		light float64
		want  int
	}{{1, 0}, {0.25, 1}, {0.8, 0}, {0.1, 1}} {
		m.Restart()
		if got, hold := m.Take(time.Hour, shade(50, 70, c.light), false); got != c.want || hold {
			t.Errorf("a stream that begins in %g of the light is judged by bundle %d", c.light, got)
		}
	}
}

// TestMoodsChange: another mood must last, less so where it came at once, whose samples are
// held, or where the bundle cannot judge what is seen; and what passes in front changes
// nothing.
func TestMoodsChange(t *testing.T) {
	m := dayAndNight(t)
	if at := followMoods(m, 0, 20, 1, false, 1); at >= 0 {
		t.Fatalf("by day the night's bundle judges after %g s", at)
	}
	for i := range 10 { // into the night within a second, and then it lasts
		m.Take(20*time.Second+time.Duration(i)*100*time.Millisecond, shade(96, 128, 0.9-0.065*float64(i)), false)
	}
	if at := followMoods(m, 21, 20, 0.25, false, 1); at < moodFor.Seconds()-0.5 || at > moodFor.Seconds() {
		t.Errorf("the night's bundle judges %g s after nightfall", at)
	}
	if at := followMoods(m, 45, 20, 0.5, true, 0); at >= 0 {
		t.Errorf("half of the light is day after %g s", at)
	}
	for i := range 10 {
		m.Take(65*time.Second+time.Duration(i)*100*time.Millisecond, shade(96, 128, 0.5+0.02*float64(i)), true)
	}
	if at := followMoods(m, 66, 20, 0.7, true, 0); at < 0.5 || at > moodSoon.Seconds() {
		t.Errorf("of a light that is not judged, the day's bundle judges after %g s", at)
	}
	for i := range 5 { // a lamp fails at once, and is back
		if now, hold := m.Take(90*time.Second+time.Duration(i)*100*time.Millisecond, shade(96, 128, 0.25), false); now != 0 || !hold {
			t.Fatalf("%d tenths of a second after a jump to the night, bundle %d judges, held %v", i, now, hold)
		}
	}
	if now, hold := m.Take(91*time.Second, shade(96, 128, 1), false); now != 0 || hold {
		t.Errorf("back in the light bundle %d judges, held %v", now, hold)
	}
	if at := followMoods(m, 92, 20, 0.25, false, 1); at != moodSoon.Seconds() {
		t.Errorf("the night's bundle judges %g s after a jump to the night", at)
	}
	if at := followMoods(m, 120, 20, 1, false, 0); at != moodSoon.Seconds() {
		t.Errorf("the day's bundle judges %g s after a jump to the day", at)
	}
	passing := shade(96, 128, 1)
	for y := range 96 {
		clear(passing.Gray[y*128 : y*128+60])
	}
	for i := range 200 {
		if now, hold := m.Take(150*time.Second+time.Duration(i)*100*time.Millisecond, passing, false); now != 0 || hold {
			t.Fatal("what passes in front of nearly half of the picture is taken for the night")
		}
	}
}

// TestMoodsDusk: while the light fades and wavers about the middle between the two, the
// choice changes once, and back once as it grows.
func TestMoodsDusk(t *testing.T) {
	m := dayAndNight(t)
	changes, at := 0, time.Duration(0)
	was, _ := m.Take(0, shade(96, 128, 1), false)
	show := func(light float64, samples int) {
		for range samples {
			at += 100 * time.Millisecond
			now, hold := m.Take(at, shade(96, 128, light), false)
			if now != was {
				changes, was = changes+1, now
			}
			if hold {
				t.Fatal("nothing is judged in dusk")
			}
		}
	}
	for i := range 30 { // ten seconds each of more and of less light
		light := 0.7 - 0.4*float64(i)/29
		show(light+0.05, 100)
		show(light-0.05, 100)
	}
	if changes != 1 || was != 1 {
		t.Errorf("in a wavering dusk the bundle changes %d times, to %d", changes, was)
	}
	for i := range 30 {
		light := 0.3 + 0.4*float64(i)/29
		show(light-0.05, 100)
		show(light+0.05, 100)
	}
	if changes != 2 || was != 0 {
		t.Errorf("in a wavering dawn too it has changed %d times, to %d", changes, was)
	}
}

// TestMoodsRefused: bundles that no picture can tell apart are refused, by their names.
func TestMoodsRefused(t *testing.T) {
	for what, pictures := range map[string][]Picture{
		"keeps no picture": {shade(20, 30, 1), {}},
		"are alike":        {shade(20, 30, 1), shade(40, 60, 0.97)},
	} {
		if _, err := NewMoods(pictures, []string{"a.avid", "b.avid"}); !errors.Is(err, ErrMoods) || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "b.avid") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// BenchmarkMoods: choosing among two bundles, for each sample.
func BenchmarkMoods(b *testing.B) {
	day, night := shade(128, 192, 1), shade(128, 192, 0.25)
	m, err := NewMoods([]Picture{day, night}, []string{"day.avid", "night.avid"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Take(time.Duration(i)*100*time.Millisecond, day, false)
	}
}

package analyze

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/models/degrade"
	"avid/models/luma"
	"avid/models/synth"
	"avid/models/synth/synthtest"
)

// Size and rate of the models whose samples are looked at here.
const (
	rows, cols = 128, 192
	perSecond  = 10
)

// guarded runs frames through an intake and a guard, and lists what is told: +kind where
// it begins, -kind where it ends, with the second.
func guarded(t testing.TB, frames [][]byte, picture []byte, counts []bool) (told []string, held int) {
	t.Helper()
	in := NewIntake(rows, cols, perSecond, luma.Full)
	in.Anchor(picture)
	if _, err := in.Format(luma.Plane(), cols, rows); err != nil {
		t.Fatal(err)
	}
	g := NewGuard(picture, rows, cols, perSecond)
	in.Leave(counts, nil, nil)
	g.leave(counts)
	dst := make([]byte, rows*cols)
	for i, f := range frames {
		at := time.Duration(i) * time.Second / perSecond
		if s := in.Offer(Frame{PTS: at}); !s.Sampled {
			t.Fatalf("%+v", s)
		}
		kept, err := in.Scale(dst, f, cols)
		if err != nil {
			t.Fatal(err)
		}
		if !kept {
			continue
		}
		for _, n := range g.take(at, in.sample, in.steady.Seen(), false) {
			sign := "-"
			if n.Begin {
				sign = "+"
			}
			told = append(told, fmt.Sprintf("%s%s %.0f", sign, n.Scene, at.Seconds()))
		}
		if g.Held() != "" {
			held++
		}
	}
	return told, held
}

// after degrades the frames from one on.
func after(t testing.TB, frames [][]byte, first, end int, kind string, strength float64) [][]byte {
	t.Helper()
	k, err := degrade.Find(kind)
	if err != nil {
		t.Fatal(err)
	}
	d, err := degrade.New(k, strength, rows, cols, 1)
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Clone(frames)
	for i := first; i < min(end, len(out)); i++ {
		out[i] = slices.Clone(out[i])
		d.Frame(out[i], 10*time.Second+time.Duration(i)*time.Second/perSecond)
	}
	return out
}

// TestGuard: each scene is told once when it begins and once when it ends, by its kind,
// and what is none is not.
func TestGuard(t *testing.T) {
	clean := synthtest.Small(t, 260, rows, cols, synth.Cyclist, synth.Cart)
	infrared := slices.Clone(clean) // what was bright is dark
	for i := 100; i < len(infrared); i++ {
		infrared[i] = slices.Clone(infrared[i])
		for k, v := range infrared[i] {
			infrared[i][k] = 255 - v
		}
	}
	frozen := slices.Clone(clean)
	for i := 100; i < 250; i++ {
		frozen[i] = clean[99]
	}
	for _, c := range []struct {
		name   string
		frames [][]byte
		told   string
		held   bool
	}{
		{"clean", clean, "", false},
		{"night", after(t, clean, 100, 200, "night", 0.2), "+dark 12, -dark 22", true},
		{"black", after(t, clean, 100, 200, "night", 0.001), "+dark 12, -dark 22", true},
		{"covered", after(t, clean, 100, 200, "covered", 0.5), "+covered 13, -covered 23", true},
		{"blur", after(t, clean, 100, 200, "blur", 8), "+out-of-focus 13, -out-of-focus 23", false},
		{"turned a little", after(t, clean, 100, 200, "turned", 8), "+camera-moved 12, -camera-moved 22", false},
		{"turned", after(t, clean, 100, 200, "turned", 40), "+camera-moved 12, -camera-moved 22", true},
		{"infrared", infrared, "+light 10, -light 11", true},
		{"frozen", frozen, "+frozen 20, -frozen 25", false},
		{"flicker", after(t, clean, 50, 150, "flicker", 12), "", false},
		{"exposure", after(t, clean, 50, 150, "exposure-step", 40), "", false},
		{"sway", after(t, clean, 50, 150, "sway", 3), "", false},
		{"shake", after(t, clean, 50, 150, "shake", 3), "", false},
		{"fog", after(t, clean, 50, 150, "fog", 0.5), "", false},
		{"rain", after(t, clean, 50, 150, "rain", 1), "", false},
		{"snow", after(t, clean, 50, 150, "snow", 1), "", false},
		{"noise", after(t, clean, 50, 150, "noise", 12), "", false},
		{"cloud", after(t, clean, 50, 150, "cloud", 40), "", false},
	} {
		for _, known := range []bool{true, false} {
			var picture []byte
			if known {
				picture = clean[0]
			} else if c.name == "night" || c.told == "" && c.name != "clean" { // how dark it usually is nobody knows
				continue
			}
			told, held := guarded(t, c.frames, picture, nil)
			if got := strings.Join(told, ", "); got != c.told {
				t.Errorf("%s, place known %v: told %q, want %q", c.name, known, got, c.told)
			}
			if (held > 0) != c.held {
				t.Errorf("%s, place known %v: held for %d frames", c.name, known, held)
			}
		}
	}
}

// TestBeginsDark: a stream that begins at night is not judged for a moment, and one that
// begins with some black frames not in those, which are nothing to tell of.
func TestBeginsDark(t *testing.T) {
	clean := synthtest.Small(t, 150, rows, cols, synth.Cyclist)
	night := after(t, clean, 0, 100, "night", 0.2)
	if told, held := guarded(t, night, clean[0], nil); strings.Join(told, ", ") != "+dark 2, -dark 12" || held != 120 {
		t.Errorf("night: told %q, held for %d frames", told, held)
	}
	black := slices.Clone(clean)
	for i := range 8 {
		black[i] = make([]byte, rows*cols)
	}
	if told, held := guarded(t, black, clean[0], nil); len(told) != 0 || held != 8 {
		t.Errorf("black: told %q, held for %d frames", told, held)
	}
}

// TestGuardLeaves: what is left out makes nothing dark or out of focus, and hides neither.
func TestGuardLeaves(t *testing.T) {
	clean := synthtest.Small(t, 200, rows, cols)
	upper := rows / 2 * cols
	lower := make([]bool, rows*cols) // what counts
	for i := upper; i < len(lower); i++ {
		lower[i] = true
	}
	// mixed has the upper half of some frames and the lower half of others.
	mixed := func(above, below [][]byte) (out [][]byte) {
		for i := range above {
			out = append(out, append(slices.Clone(above[i][:upper]), below[i][upper:]...))
		}
		return out
	}
	for _, c := range []struct {
		kind     string
		strength float64
		told     string
	}{{"night", 0.02, "+dark 12"}, {"blur", 8, "+out-of-focus 13"}} {
		bad := after(t, clean, 100, 200, c.kind, c.strength)
		if told, _ := guarded(t, mixed(bad, clean), clean[0], lower); len(told) > 0 {
			t.Errorf("%s of what is left out: told %q", c.kind, told)
		}
		if told, _ := guarded(t, mixed(clean, bad), clean[0], lower); strings.Join(told, ", ") != c.told {
			t.Errorf("%s of what counts: told %q, want %q", c.kind, told, c.told)
		}
	}
	if told, _ := guarded(t, after(t, clean, 100, 200, "night", 0.02), clean[0], make([]bool, rows*cols)); slices.Contains(told, "+dark 12") {
		t.Error("nothing counts, and it is dark")
	}
}

// TestAnotherPlace: a stream that never showed the bundle's place is judged as it comes:
// that it is another place is told of by itself.
func TestAnotherPlace(t *testing.T) {
	frames := synthtest.Small(t, 60, rows, cols, synth.Cyclist, synth.Cart)
	picture := make([]byte, rows*cols)
	for i := range picture {
		picture[i] = byte(40 + 180*((i/cols/9+i%cols/11)%2))
	}
	if told, held := guarded(t, frames, picture, nil); len(told) > 0 || held > 0 {
		t.Errorf("told %q, held for %d frames", told, held)
	}
}

// TestGuardJumps: what lasts, and how long, is not for jumps of the stream's times to say:
// an outage makes nothing frozen, and a clock set back holds nothing up.
func TestGuardJumps(t *testing.T) {
	clean := synthtest.Small(t, 260, rows, cols, synth.Cyclist, synth.Cart)
	frozen := slices.Clone(clean)
	for i := 100; i < 250; i++ {
		frozen[i] = clean[99]
	}
	short := slices.Clone(clean)
	short[100] = clean[99]
	for _, c := range []struct {
		name   string
		frames [][]byte
		first  int // frame that comes later by jump
		jump   time.Duration
		want   string // what is told, with the frame
	}{
		{"an outage before the same picture", short, 100, time.Minute, ""},
		{"frozen over an outage", frozen, 150, time.Minute, "+frozen 190, -frozen 250"},
		{"frozen, and the clock is set back", frozen, 150, -time.Hour, "+frozen 200, -frozen 250"},
		{"night, and the clock is set back", after(t, clean, 100, 200, "night", 0.2), 110, -time.Hour, "+dark 121, -dark 220"},
		{"the clock is set back as it grows light", after(t, clean, 100, 200, "night", 0.2), 210, -time.Hour, "+dark 120, -dark 221"},
		{"turned, and the clock is set back", after(t, clean, 100, 200, "turned", 8), 150, -time.Hour, "+camera-moved 120, -camera-moved 219"},
	} {
		a, err := New(&fake{h: rows, w: cols}, Options{Picture: clean[0]})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Format(luma.Plane(), cols, rows, 0); err != nil {
			t.Fatal(err)
		}
		var told []string
		for i, f := range c.frames {
			at := 2*time.Hour + time.Duration(i)*time.Second/perSecond
			if i >= c.first {
				at += c.jump
			}
			o, err := a.Take(t.Context(), Frame{PTS: at, Shown: at}, Settings{}, func(l *Loan) error { return l.Scale(f, cols) })
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range o.Notices {
				told = append(told, fmt.Sprintf("%s%s %d", map[bool]string{true: "+", false: "-"}[n.Begin], n.Scene, i))
			}
		}
		if got := strings.Join(told, ", "); got != c.want {
			t.Errorf("%s: told %q, want %q", c.name, got, c.want)
		}
	}
}

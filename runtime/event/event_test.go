package event

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"avid/runtime/verdict"
)

// play offers frames 100 ms apart, one a rune, against a threshold of 0: '.'
// regular, 'n' not a number, a digit the score of an irregular frame with
// one box, 'b' a score of 1 with two boxes. It returns the reports, as
// "kind@frame".
func play(t *Tracker, frames string) []string {
	var out []string
	for i, c := range frames {
		score, boxes := float32(-1), 0
		switch {
		case c == 'n':
			score = float32(math.NaN())
		case c == 'b':
			score, boxes = 1, 2
		case c >= '0' && c <= '9':
			score, boxes = float32(c-'0'), 1
		}
		e, ok := t.Update(time.Duration(i)*100*time.Millisecond, score, 0, make([]verdict.Box, boxes))
		if ok {
			out = append(out, fmt.Sprintf("%s@%d", e.Kind, i))
		}
	}
	return out
}

func TestTracker(t *testing.T) {
	config := Config{Confirm: 2, Within: 3, Hold: 400 * time.Millisecond, Rise: 2, Between: 300 * time.Millisecond}
	for name, c := range map[string]struct {
		frames, want string
		edit         func(*Config)
	}{
		"nothing":                  {frames: "........", want: ""},
		"one frame is noise":       {frames: "..1.....", want: ""},
		"two in a row":             {frames: "..11", want: "begin@3"},
		"two of three":             {frames: "..1.1", want: "begin@4"},
		"two of four":              {frames: "..1..1", want: ""},
		"not a number":             {frames: ".1nn1", want: ""},
		"ends after hold":          {frames: ".11......", want: "begin@2 end@6"},
		"held over a pause":        {frames: ".11...1...1....", want: "begin@2 end@14"},
		"again":                    {frames: "11....11....", want: "begin@1 end@5 begin@7 end@11"},
		"needs confirming again":   {frames: "11....1.....", want: "begin@1 end@5"},
		"a box more":               {frames: "111bbbb", want: "begin@1 change@4"},
		"a box more and one less":  {frames: "111bbbb111", want: "begin@1 change@4 change@7"},
		"changes are rare":         {frames: "11b1b1b1b1b", want: "begin@1 change@4 change@7 change@10"},
		"rises":                    {frames: "11122233344499", want: "begin@1 change@6 change@12"},
		"a fall is no news":        {frames: "9999911111", want: "begin@1"},
		"score at the threshold":   {frames: "00", want: "begin@1"},
		"one frame, if so wanted":  {frames: "..1", want: "begin@2", edit: func(c *Config) { c.Confirm = 1 }},
		"at once, without a hold":  {frames: "11.1", want: "begin@1 end@2", edit: func(c *Config) { c.Hold = 0 }},
		"every change, if allowed": {frames: "11b1b", want: "begin@1 change@2 change@3 change@4", edit: func(c *Config) { c.Between = 0 }},
	} {
		cfg := config
		if c.edit != nil {
			c.edit(&cfg)
		}
		tr, err := NewTracker(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(play(tr, c.frames), " "); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", name, c.frames, got, c.want)
		}
	}
}

func TestEventFields(t *testing.T) {
	const ms = time.Millisecond
	tr, err := NewTracker(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	one := []verdict.Box{{X: 1, Y: 2, W: 3, H: 4, Area: 10, Score: 0.5}}
	tr.Update(0, -3, 1, nil)
	tr.Update(100*ms, 4, 1, one)
	tr.Update(200*ms, -3, 1, nil)
	e, ok := tr.Update(300*ms, 2, 1, one)
	if !ok || e.Kind != Begin || e.ID != 1 || e.Start != 100*ms || e.Time != 300*ms || e.Duration != 200*ms || e.Score != 2 || e.Peak != 4 || len(e.Boxes) != 1 || e.Boxes[0] != one[0] {
		t.Errorf("begin: %+v, %v", e, ok)
	}
	if !tr.Open() {
		t.Error("the event is not open")
	}
	one[0].X = 99 // the tracker has its own
	e, ok = tr.Update(2400*ms, -5, 1, nil)
	if !ok || e.Kind != End || e.ID != 1 || e.Start != 100*ms || e.Time != 2400*ms || e.Duration != 200*ms || e.Score != -5 || e.Peak != 4 || e.Boxes[0].X != 1 {
		t.Errorf("end: %+v, %v", e, ok)
	}
	if tr.Open() {
		t.Error("the event is open")
	}
}

// TestStartIsWithinTheWindow holds that an old frame which did not confirm
// the event neither starts it nor gives its peak.
func TestStartIsWithinTheWindow(t *testing.T) {
	tr, err := NewTracker(Config{Confirm: 3, Within: 5, Hold: time.Second, Rise: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, score := range []float32{9, -1, -1, -1, 2, 3, -1, -1, 1} {
		e, ok := tr.Update(time.Duration(i)*time.Second/10, score, 0, nil)
		if ok != (i == 8) {
			t.Fatalf("frame %d: %+v, %v", i, e, ok)
		}
		if ok && (e.Start != 400*time.Millisecond || e.Peak != 3) {
			t.Errorf("%+v", e)
		}
	}
}

func TestFlush(t *testing.T) {
	tr, err := NewTracker(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := tr.Flush(); ok {
		t.Errorf("nothing was open: %+v", e)
	}
	play(tr, "1")
	tr.Flush()
	if got := play(tr, "1"); got != nil {
		t.Errorf("frames before a flush count: %v", got)
	}
	play(tr, "35")
	// The end is at the last irregular frame, whatever came after it.
	e, ok := tr.Flush()
	if !ok || e.Kind != End || e.ID != 1 || e.Time != 100*time.Millisecond || e.Score != 5 || e.Peak != 5 || len(e.Boxes) != 1 {
		t.Errorf("%+v, %v", e, ok)
	}
	if _, ok := tr.Flush(); ok {
		t.Error("it ended twice")
	}
	play(tr, "..35...")
	if e, ok = tr.Flush(); !ok || e.ID != 2 || e.Time != 300*time.Millisecond || e.Duration != 100*time.Millisecond {
		t.Errorf("%+v, %v", e, ok)
	}
}

func TestValidate(t *testing.T) {
	for name, edit := range map[string]func(*Config){
		"confirm": func(c *Config) { c.Confirm = 0 },
		"within":  func(c *Config) { c.Within = 65 },
		"hold":    func(c *Config) { c.Hold = -1 },
		"rise":    func(c *Config) { c.Rise = math.NaN() },
		"between": func(c *Config) { c.Between = -1 },
	} {
		c := DefaultConfig()
		edit(&c)
		if _, err := NewTracker(c); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), name+" is") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := DefaultConfig()
	if c.Confirm = 4; c.Validate() == nil {
		t.Error("more frames confirm than are looked at")
	}
	if c.Within = 64; c.Validate() != nil {
		t.Error("64 frames are refused")
	}
}

func TestAllocatesNothing(t *testing.T) {
	tr, err := NewTracker(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	boxes := make([]verdict.Box, 3)
	pts := time.Duration(0)
	step := func() {
		for i := range 60 {
			pts += 100 * time.Millisecond
			tr.Update(pts, float32(30-i), 0, boxes[:i%4])
		}
	}
	step()
	if n := testing.AllocsPerRun(10, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

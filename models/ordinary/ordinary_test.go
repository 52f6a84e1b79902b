package ordinary

import (
	"errors"
	"strings"
	"testing"
	"time"

	"avid/models/bundle"
)

const h, w = 40, 60

// part is a filled box.
func part(x, y, width, height int, peak float64) Part {
	return Part{X: x, Y: y, W: width, H: height, Area: width * height, Peak: peak, Pixels: func(see func(first, end int)) {
		for v := y; v < y+height; v++ {
			see(v*w+x, v*w+x+width)
		}
	}}
}

// van is a list of a thing of 8×6 pixels that went from the left border to the middle.
func van(t *testing.T) *List {
	t.Helper()
	l := NewLesson(h, w)
	for x := range 24 {
		l.Add([]Part{part(x, 20, 8, 6, 5), part(x+9, 21, 1, 1, 2)}) // with a speck beside
	}
	l.Add(nil)
	thing, ok := l.Thing("van", time.Unix(0, 0))
	if !ok {
		t.Fatal("nothing is learnt")
	}
	return &List{Things: []Thing{thing}}
}

// TestSpare: what is like the thing in place, size and score is spared, and nothing else.
func TestSpare(t *testing.T) {
	l := van(t)
	for name, c := range map[string]struct {
		parts []Part
		want  string // a letter a part: s is spared
	}{
		"again":             {[]Part{part(12, 20, 8, 6, 5)}, "s"},
		"a little beside":   {[]Part{part(12, 22, 8, 6, 5)}, "s"},
		"a little stronger": {[]Part{part(12, 20, 8, 6, 5.5)}, "s"},
		"in two pieces":     {[]Part{part(12, 20, 4, 6, 5), part(17, 20, 3, 6, 5)}, "ss"},
		"elsewhere":         {[]Part{part(12, 5, 8, 6, 5)}, "-"},
		"further on":        {[]Part{part(45, 20, 8, 6, 5)}, "-"},
		"half outside":      {[]Part{part(12, 24, 8, 8, 5)}, "-"},
		"larger":            {[]Part{part(5, 19, 20, 8, 5)}, "-"},
		"smaller":           {[]Part{part(12, 20, 3, 3, 5)}, "-"},
		"coming in":         {[]Part{part(0, 20, 3, 3, 5)}, "s"},
		"much stronger":     {[]Part{part(12, 20, 8, 6, 9)}, "-"},
		"with another":      {[]Part{part(12, 20, 8, 6, 5), part(40, 5, 8, 6, 5)}, "s-"},
		"with a speck":      {[]Part{part(12, 20, 8, 6, 5), part(25, 21, 1, 1, 2)}, "ss"},
		"a speck alone":     {[]Part{part(25, 21, 1, 1, 2)}, "-"},
	} {
		got := ""
		for _, spared := range l.Spare(c.parts, h, w) {
			if spared {
				got += "s"
			} else {
				got += "-"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if _, ok := NewLesson(h, w).Thing("nothing", time.Time{}); ok {
		t.Error("nothing is learnt as something")
	}
}

// TestList: a bundle gives back what was put into it, and bad lists are refused.
func TestList(t *testing.T) {
	b := &bundle.Bundle{Manifest: bundle.Manifest{Height: h, Width: w}}
	l := van(t)
	if err := l.Write(b); err != nil {
		t.Fatal(err)
	}
	got, err := Parse(b)
	if err != nil || len(got.Things) != 1 || got.Things[0].Name != "van" || got.Things[0].Peak != 6 {
		t.Fatalf("%+v, %v", got, err)
	}
	if s := got.Things[0].Share(h, w); s < 0.1 || s > 0.3 {
		t.Errorf("it covers %g of the picture", s)
	}
	good := string(b.Ordinary)
	for name, text := range map[string]string{
		"no JSON": "{", "zone": strings.Replace(good, `"zone":"`, `"zone":"AAAA`, 1), "least": strings.Replace(good, `"least":`, `"least":-`, 1),
		"most": strings.Replace(good, `"most":`, `"most":9999`, 1), "peak": strings.Replace(good, `"peak":6`, `"peak":1e9`, 1),
		"name": strings.Replace(good, `"van"`, `"`+strings.Repeat("v", mostName+1)+`"`, 1),
	} {
		if text == good {
			t.Fatalf("%s: the list was not changed", name)
		}
		b.Ordinary = []byte(text)
		if _, err := Parse(b); !errors.Is(err, ErrList) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := got.Forget("van"); n != 1 || got.Write(b) != nil || b.Ordinary != nil {
		t.Errorf("forgot %d, left %s", n, b.Ordinary)
	}
}

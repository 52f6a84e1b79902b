package zones_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"avid/models/zones"
)

const two = `[{"name":"gate","kind":"judge","points":[[0,0],[0.5,0],[0.5,1],[0,1]],"least_size":0.01,"least_time":1.5},` +
	`{"name":"tree","kind":"ignore","points":[[0.25,0],[0.75,0],[0.5,0.5]]}]`

func TestReadAndString(t *testing.T) {
	l, err := zones.Read(two)
	if err != nil || len(l) != 2 || l[0].Least().Seconds() != 1.5 || l.String() != two {
		t.Fatalf("%v, %v", l, err)
	}
	path := filepath.Join(t.TempDir(), "zones.json")
	if err := os.WriteFile(path, []byte("\n"+two+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if file, err := zones.Read(path); err != nil || !reflect.DeepEqual(file, l) {
		t.Errorf("%v, %v", file, err)
	}
	for _, nothing := range []string{"", " ", "[]"} {
		if l, err := zones.Read(nothing); err != nil || len(l) != 0 || l.String() != "" || l.Counts(2, 2) != nil {
			t.Errorf("%q: %v, %v", nothing, l, err)
		}
	}
}

func TestRefused(t *testing.T) {
	const square = `"points":[[0,0],[1,0],[1,1],[0,1]]`
	many := strings.Repeat(`{"name":"x","kind":"ignore",`+square+`},`, 65)
	for text, words := range map[string]string{
		"/none.json": "/none.json", "/": "no regular file", "[{": "unexpected", "[] []": "behind the list", "[1]": "want [{",
		`[{"name":"a","kind":"ignore",` + square + `,"colour":1}]`:                                 `"colour"`,
		`[{"name":"","kind":"ignore",` + square + `}]`:                                             `zone 1 has the name ""`,
		`[{"name":"a b","kind":"ignore",` + square + `}]`:                                          `the name "a b"`,
		`[{"name":"a","kind":"ignore",` + square + `},{"name":"a","kind":"judge",` + square + `}]`: `"a" is there twice`,
		`[{"name":"a","kind":"watch",` + square + `}]`:                                             `its kind is "watch"`,
		`[{"name":"a","kind":"ignore","points":[[0,0],[1,1]]}]`:                                    "it has 2 points",
		`[{"name":"a","kind":"ignore","points":[[0,0],[1,1],[0.5,0.5]]}]`:                          "in a line",
		`[{"name":"a","kind":"ignore","points":[[0,0],[0,0],[0,0]]}]`:                              "in a line",
		`[{"name":"a","kind":"ignore","points":[[0,0],[1,0],[1,1.5]]}]`:                            "point 3 is [1, 1.5]",
		`[{"name":"a","kind":"ignore","points":[[0,0],[1,0],[-0.1,1]]}]`:                           "point 3",
		`[{"name":"a","kind":"ignore","points":[[0,0],[1,0],[1]]}]`:                                "want x and y",
		`[{"name":"a","kind":"judge",` + square + `,"least_size":2}]`:                              "least_size is 2",
		`[{"name":"a","kind":"judge",` + square + `,"least_time":-1}]`:                             "least_time is -1",
		`[{"name":"a","kind":"ignore",` + square + `,"least_time":1}]`:                             "for zones of kind judge",
		"[" + strings.TrimSuffix(many, ",") + "]":                                                  "65 zones",
		"[" + strings.Repeat(" ", 300<<10) + "]":                                                   "bytes",
	} {
		if l, err := zones.Read(text); !errors.Is(err, zones.ErrZones) || !strings.Contains(err.Error(), words) {
			t.Errorf("%.80s: %v, %v; want %s", text, l, err, words)
		}
	}
	bad := zones.List{{Name: "a", Kind: zones.Judge, Points: []zones.Point{{}, {X: 1}, {Y: math.NaN()}}}}
	if err := bad.Validate(); !errors.Is(err, zones.ErrZones) {
		t.Errorf("NaN: %v", err)
	}
}

// picture shows which pixels count.
func picture(counts []bool, w int) string {
	var b strings.Builder
	for i, c := range counts {
		if i > 0 && i%w == 0 {
			b.WriteByte('/')
		}
		b.WriteByte(map[bool]byte{true: '#', false: '.'}[c])
	}
	return b.String()
}

func TestCounts(t *testing.T) {
	box := func(name string, k zones.Kind, x0, y0, x1, y1 float64) zones.Zone {
		return zones.Zone{Name: name, Kind: k, Points: []zones.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}}
	}
	for _, c := range []struct {
		zones zones.List
		want  string
	}{
		{zones.List{box("a", zones.Ignore, 0, 0, 0.5, 1)}, "..##/..##"},
		{zones.List{box("a", zones.Judge, 0, 0, 0.5, 1)}, "##../##.."},
		{zones.List{box("a", zones.Judge, 0, 0, 0.5, 1), box("b", zones.Judge, 0.75, 0, 1, 0.5)}, "##.#/##.."},
		{zones.List{box("a", zones.Private, 0, 0, 0.25, 1), box("b", zones.Judge, 0, 0, 1, 0.5)}, ".###/...."},
		{zones.List{box("a", zones.Ignore, 0, 0, 1, 1)}, "..../...."},
		{zones.List{box("a", zones.Ignore, 0.1, 0.1, 0.12, 0.9)}, "####/####"}, // no pixel's centre
		{zones.List{{Name: "bow", Kind: zones.Ignore, Points: []zones.Point{{X: 0, Y: 0}, {X: 1, Y: 1}, {X: 1, Y: 0}, {X: 0, Y: 1}}}}, ".##./.##."},
	} {
		if got := picture(c.zones.Counts(2, 4), 4); got != c.want {
			t.Errorf("%s: %s, want %s", c.zones, got, c.want)
		}
	}
}

// TestSpansAgree: spans are the pixels whose centre the zone has, at any size.
func TestSpansAgree(t *testing.T) {
	l, err := zones.Read(two)
	if err != nil {
		t.Fatal(err)
	}
	l = append(l, zones.Zone{Points: []zones.Point{{X: 0.1, Y: 0.9}, {X: 0.9, Y: 0.2}, {X: 0.3, Y: 0.1}, {X: 0.8, Y: 0.95}, {X: 0.05, Y: 0.4}}})
	for _, z := range l {
		for _, size := range [][2]int{{1, 1}, {7, 5}, {128, 192}, {31, 257}} {
			h, w := size[0], size[1]
			mask := make([]bool, h*w)
			z.Fill(mask, h, w)
			for i, in := range mask {
				if want := z.Has((float64(i%w)+0.5)/float64(w), (float64(i/w)+0.5)/float64(h)); in != want {
					t.Fatalf("%s at %v, pixel %d: %v, want %v", z.Name, size, i, in, want)
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(two)
	f.Add(`[{"name":"a","kind":"private","points":[[0,0],[1e-300,1],[1,1e300]]}]`)
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.HasPrefix(text, "[") {
			text = "[" + text
		}
		l, err := zones.Read(text)
		if err != nil {
			return
		}
		again, err := zones.Read(l.String())
		if err != nil || len(again) != len(l) || again.String() != l.String() {
			t.Errorf("%q: %v, %v", text, again, err)
		}
		for _, z := range l {
			z.Spans(9, 13, func(y, first, end int) {
				if y < 0 || y >= 9 || first < 0 || end > 13 || first >= end {
					panic(fmt.Sprint(y, first, end))
				}
			})
		}
	})
}

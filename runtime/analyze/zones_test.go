package analyze

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/nets"
	"avid/models/zones"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

// area is a model of 4 rows of 8 pixels: a pixel is irregular where the newest frame is
// at least 200, and scores its grey level.
type area struct {
	fake
	newest []byte
	least  int // irregular pixels below which the frame is not irregular, as least regions are
}

func (a *area) Size() (h, w int) { return 4, 8 }
func (a *area) NewVerdict() *verdict.Verdict {
	return &verdict.Verdict{Mask: make([]byte, 32), Heat: make([]byte, 32), Pixel: make([]float32, 32)}
}

func (a *area) Infer(_ context.Context, frames []byte, _ verdict.Thresholds, v *verdict.Verdict) error {
	a.newest = slices.Clone(frames[(average.Frames-1)*32:])
	v.Threshold = 200
	for i, g := range a.newest {
		v.Mask[i], v.Heat[i], v.Pixel[i] = 0, g, nets.Outside
		if g >= 200 {
			v.Mask[i], v.Pixel[i] = 255, float32(g)
		}
	}
	if n := bytes.Count(v.Mask, []byte{255}); n < a.least {
		clear(v.Mask)
		copy(v.Pixel, slices.Repeat([]float32{nets.Outside}, 32))
	}
	v.Score = slices.Max(v.Pixel)
	return nil
}

// Regions has the least of them.
func (a *area) Regions() bundle.Regions { return bundle.Regions{MinRegions: a.least} }

// box is a zone from x0 to x1, over the whole height.
func box(name string, kind zones.Kind, x0, x1 float64) zones.Zone {
	return zones.Zone{Name: name, Kind: kind, Points: []zones.Point{{X: x0}, {X: x1}, {X: x1, Y: 1}, {X: x0, Y: 1}}}
}

// frameWith is a frame that is bright in columns of the upper rows.
func frameWith(level byte, rows int, columns ...int) []byte {
	f := make([]byte, 32)
	for i := range f {
		f[i] = byte(10 + i)
	}
	for y := range rows {
		for _, x := range columns {
			f[y*8+x] = level
		}
	}
	return f
}

// zoned runs an analyzer with zones over frames, and returns what was told.
func zoned(t *testing.T, set zones.Set, picture []byte, frames ...[]byte) (told []string, m *area, a *Analyzer) {
	t.Helper()
	m = new(area)
	told, a = zonedBy(t, m, set, picture, frames...)
	return told, m, a
}

// zonedBy is zoned with a given model.
func zonedBy(t *testing.T, m *area, set zones.Set, picture []byte, frames ...[]byte) (told []string, a *Analyzer) {
	t.Helper()
	a, err := New(m, Options{Zones: set, Picture: picture})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Format(luma.Plane(), 8, 4, 0); err != nil {
		t.Fatal(err)
	}
	note := func(events []event.Event) {
		for _, e := range events {
			if e.Kind != event.Change {
				told = append(told, fmt.Sprintf("%s %d %s %.0f@%v", e.Kind, e.ID, e.Zone, e.Peak, e.Start))
			}
		}
	}
	for i, f := range frames {
		o, err := a.Take(t.Context(), at(i), Settings{Thresholds: verdict.Calibrated()}, func(l *Loan) error { return l.Scale(f, 8) })
		if err != nil {
			t.Fatal(err)
		}
		note(o.Events)
	}
	note(a.End())
	return told, a
}

// film is n frames alike but for one pixel that none of the zones cares for.
func film(n int, of func() []byte) (all [][]byte) {
	for i := range n {
		f := of()
		f[31] = byte(100 + i%2)
		all = append(all, f)
	}
	return all
}

func TestZones(t *testing.T) {
	left, right := func() []byte { return frameWith(220, 2, 1) }, func() []byte { return frameWith(240, 2, 5) }
	both := func() []byte { return frameWith(230, 2, 1, 6) }
	small := box("a", zones.Judge, 0, 0.5)
	small.LeastSize = 3. / 32
	slow := box("a", zones.Judge, 0, 0.5)
	slow.LeastTime = 1
	for name, c := range map[string]struct {
		zones  zones.List
		frames [][]byte
		want   string
	}{
		"none":                {nil, film(10, left), "begin 1  220@500ms, end 1  220@500ms"},
		"left out":            {zones.List{box("a", zones.Ignore, 0, 0.5)}, film(10, left), ""},
		"hidden":              {zones.List{box("a", zones.Private, 0, 0.5)}, film(10, left), ""},
		"beside what is out":  {zones.List{box("a", zones.Ignore, 0, 0.5)}, film(10, right), "begin 1  240@500ms, end 1  240@500ms"},
		"in it and beside it": {zones.List{box("a", zones.Ignore, 0, 0.5)}, film(10, both), "begin 1  230@500ms, end 1  230@500ms"},
		"in the zone":         {zones.List{box("gate", zones.Judge, 0.5, 1)}, film(10, right), "begin 1 gate 240@500ms, end 1 gate 240@500ms"},
		"not in the zone":     {zones.List{box("gate", zones.Judge, 0.5, 1)}, film(10, left), ""},
		"two zones":           {zones.List{box("gate", zones.Judge, 0.5, 1), box("way", zones.Judge, 0, 0.5)}, film(10, both), "begin 1 gate 230@500ms, begin 2 way 230@500ms, end 1 gate 230@500ms, end 2 way 230@500ms"},
		"one after the other": {zones.List{box("gate", zones.Judge, 0.5, 1), box("way", zones.Judge, 0, 0.5)}, slices.Concat(film(8, left), film(4, right)), "begin 1 way 220@500ms, begin 2 gate 240@800ms, end 2 gate 240@800ms, end 1 way 220@500ms"},
		"too small":           {zones.List{small}, film(10, left), ""},
		"large enough":        {zones.List{small}, film(10, func() []byte { return frameWith(220, 3, 1) }), "begin 1 a 220@500ms, end 1 a 220@500ms"},
		"too short":           {zones.List{slow}, slices.Concat(film(14, left), film(8, func() []byte { return frameWith(0, 0) })), ""},
		"long enough":         {zones.List{slow}, film(17, left), "begin 1 a 220@500ms, end 1 a 220@500ms"},
	} {
		for _, where := range []zones.Set{{Added: c.zones}, {Own: c.zones}} {
			told, _, _ := zoned(t, where, nil, c.frames...)
			slices.Sort(told)
			want := strings.Split(c.want, ", ")
			if c.want == "" {
				want = nil
			}
			slices.Sort(want)
			if !slices.Equal(told, want) {
				t.Errorf("%s: told %q, want %q", name, told, want)
			}
		}
	}
}

// TestLeftOutIsStill: what the bundle leaves out shows the model the picture that it keeps,
// or what the first sample has there, and nothing of what comes.
func TestLeftOutIsStill(t *testing.T) {
	set := zones.Set{Own: zones.List{box("a", zones.Ignore, 0, 0.5)}}
	first := frameWith(0, 0)
	frames := append([][]byte{first}, film(8, func() []byte { return frameWith(255, 4, 0, 1, 2, 3, 7) })...)
	for name, picture := range map[string][]byte{"first sample": nil, "picture": slices.Repeat([]byte{77}, 32)} {
		_, m, a := zoned(t, set, picture, frames...)
		for i, g := range m.newest {
			want := frames[8][i]
			if i%8 < 4 {
				if want = first[i]; picture != nil {
					want = 77
				}
			}
			if g != want {
				t.Errorf("%s: pixel %d is %d, want %d", name, i, g, want)
			}
		}
		if v, ok := a.Verdict(); !ok || v.Mask[0] != 0 || v.Mask[7] == 0 || v.Heat[0] > 127 {
			t.Errorf("%s: mask %v", name, v.Mask)
		}
	}
}

// TestLeftOutIsNotOfTheLeast: what the model counts to call a frame irregular at all, as it
// does its least regions, is what counts alone: four pixels in a zone do not help two
// beside it.
func TestLeftOutIsNotOfTheLeast(t *testing.T) {
	frames := film(10, func() []byte { return frameWith(220, 2, 0, 1, 6) })
	if told, _ := zonedBy(t, &area{least: 5}, zones.Set{}, nil, frames...); len(told) != 2 {
		t.Errorf("without a zone: %q", told)
	}
	for _, kind := range []zones.Kind{zones.Ignore, zones.Private} {
		if told, _ := zonedBy(t, &area{least: 5}, zones.Set{Added: zones.List{box("tree", kind, 0, 0.5)}}, slices.Repeat([]byte{77}, 32), frames...); len(told) != 0 {
			t.Errorf("%s: %q", kind, told)
		}
	}
}

// TestAddedIsSeen: the model sees what was added to be left out as it is, so that it sees
// nobody cut in two, and its verdict has nothing there.
func TestAddedIsSeen(t *testing.T) {
	set := zones.Set{Added: zones.List{box("a", zones.Ignore, 0, 0.5)}}
	frames := film(8, func() []byte { return frameWith(255, 4, 0, 1, 2, 3, 4) })
	_, m, a := zoned(t, set, slices.Repeat([]byte{77}, 32), frames...)
	if !bytes.Equal(m.newest, frames[7]) {
		t.Errorf("the model sees %v", m.newest)
	}
	if v, ok := a.Verdict(); !ok || v.Mask[3] != 0 || v.Mask[4] == 0 || v.Pixel[3] != nets.Outside {
		t.Errorf("mask %v", v.Mask)
	}
}

// TestZonesChange: with other zones open events end, and numbers go on.
func TestZonesChange(t *testing.T) {
	frames := film(10, func() []byte { return frameWith(220, 2, 1) })
	_, _, a := zoned(t, zones.Set{}, nil)
	take := func(i int) Outcome {
		o, err := a.Take(t.Context(), at(i), Settings{Thresholds: verdict.Calibrated()}, func(l *Loan) error { return l.Scale(frames[i%10], 8) })
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for i := range 10 {
		take(i)
	}
	ended, err := a.Zones(zones.Set{Added: zones.List{box("way", zones.Judge, 0, 0.5)}})
	if err != nil || len(ended) != 1 || ended[0].Kind != event.End || ended[0].ID != 1 || ended[0].Time != 900*time.Millisecond {
		t.Fatalf("%+v, %v", ended, err)
	}
	var told []event.Event
	for i := 10; i < 14; i++ {
		told = append(told, take(i).Events...)
	}
	if len(told) != 1 || told[0].Kind != event.Begin || told[0].ID != 2 || told[0].Zone != "way" {
		t.Errorf("%+v", told)
	}
}

// TestZonesMove: where the picture has moved, a zone is of the place: its score is that of
// the place, and its boxes lie where the place lies in the frame.
func TestZonesMove(t *testing.T) {
	_, _, a := zoned(t, zones.Set{Added: zones.List{box("gate", zones.Judge, 0.5, 0.75)}}, nil)
	v := a.verdict
	for i := range v.Pixel {
		v.Pixel[i] = nets.Outside
	}
	v.Mask[5], v.Pixel[5], v.Right, v.Down = 255, 230, 2, 1 // column 5 of the place is in the zone
	w := &a.watched[0]
	w.rate(v)
	v.Follow()
	if w.score != 230 {
		t.Errorf("score %v", w.score)
	}
	for x, want := range map[int]bool{7: true, 5: false, 6: false} {
		if got := w.holds(v, verdict.Box{X: x, Y: 1, W: 1, H: 1}); got != want {
			t.Errorf("column %d of the frame: %v, want %v", x, got, want)
		}
	}
	if got := a.ZoneOf(verdict.Box{X: 0, Y: 0, W: 8, H: 4}); got != "gate" {
		t.Errorf("zone %q", got)
	}
}

// TestZonesAllocateNothing: judging with zones allocates as little as without.
func TestZonesAllocateNothing(t *testing.T) {
	frames := film(10, func() []byte { return frameWith(240, 2, 5) })
	_, m, a := zoned(t, zones.Set{Added: zones.List{box("gate", zones.Judge, 0.5, 1), box("tree", zones.Ignore, 0, 0.25)}}, nil, frames...)
	m.newest = nil
	i := 10
	s := Settings{Thresholds: verdict.Calibrated()}
	read := func(l *Loan) error { return l.Scale(frames[i%10], 8) }
	got := testing.AllocsPerRun(20, func() {
		if _, err := a.Take(t.Context(), at(i), s, read); err != nil {
			t.Error(err)
		}
		i++
	})
	if got > 1 { // the model of this test keeps its newest frame
		t.Errorf("%v allocations a frame", got)
	}
}

// TestLeftOutSaysNothing: two films that differ only in what is left out give the same
// samples, byte by byte, whatever moves or shines there.
func TestLeftOutSaysNothing(t *testing.T) {
	const h, w = 64, 96
	counts := make([]bool, h*w)
	for i := range counts {
		counts[i] = i%w >= 40
	}
	samples := func(fill []byte, busy bool) (all [][]byte) {
		in := NewIntake(h, w, 10, luma.Stored)
		if _, err := in.Format(luma.Plane(), w, h); err != nil {
			t.Fatal(err)
		}
		in.Leave(counts, counts, fill)
		for k := range 30 {
			frame := make([]byte, h*w)
			for i := range frame {
				frame[i] = byte(60 + 7*(i%w%13) + 5*(i/w%11) + k/10*9) // its light changes
			}
			for y := 20; y < 30; y++ {
				frame[y*w+45+k] = 230
			}
			for i := range frame {
				if busy && !counts[i] {
					frame[i] = byte(i*k + 3*k*k)
				}
			}
			in.Offer(at(k))
			sample := make([]byte, h*w)
			if kept, err := in.Scale(sample, frame, w); err != nil || !kept {
				t.Fatal(kept, err)
			}
			all = append(all, sample)
		}
		return all
	}
	fill := slices.Repeat([]byte{128}, h*w)
	if a, b := samples(fill, false), samples(fill, true); !reflect.DeepEqual(a, b) {
		t.Error("samples differ")
	}
}

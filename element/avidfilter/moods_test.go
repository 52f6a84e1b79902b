package avidfilter

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/runtime/event"
)

const moodCaps = "video/x-raw,format=GRAY8,width=96,height=64,framerate=10/1"

// dayAndNight makes bundles of one place by day and by night that elements open.
func dayAndNight(t *testing.T) (day, night *fake) {
	t.Helper()
	day = &fake{h: 64, w: 96, rate: 10, picture: chequered(0, 1), name: "day"}
	night = &fake{h: 32, w: 48, rate: 10, picture: smaller(chequered(0, 4)), name: "night"}
	useBy(t, map[string]model{"day.avid": day, "night.avid": night})
	return day, night
}

// smaller is a picture of 96×64 pixels at half its size.
func smaller(p []byte) []byte {
	half := make([]byte, 48*32)
	for i := range half {
		y, x := 2*(i/48), 2*(i%48)
		half[i] = byte((int(p[y*96+x]) + int(p[y*96+x+1]) + int(p[(y+1)*96+x]) + int(p[(y+1)*96+x+1])) / 4)
	}
	return half
}

// moodFrame is frame i of the place in a share of its light, with a thing in it or not.
func moodFrame(i, divisor int, thing bool) []byte {
	data := chequered(i%96, divisor)
	for k := 0; thing && k < 8; k++ {
		data[(40+k/4)*96+60+k%4] = 255
	}
	return data
}

// toldOf are what a stream of several bundles tells.
type toldOf struct {
	models []string // messages of another bundle: its path and the cause
	begins []string // bundles that events began by
	scenes []string
	zeros  []time.Time // clock time of stream time 0, by each event
}

func (o *toldOf) take(t *testing.T, h *harness.Harness) {
	t.Helper()
	for _, msg := range h.Messages() {
		if msg.Structure == nil {
			continue
		}
		if s, ok, err := SceneOf(msg.Structure); err != nil {
			t.Error(err)
		} else if ok {
			o.scenes = append(o.scenes, s.Kind+" "+s.State)
		}
		if e, ok, _ := EventOf(msg.Structure); ok && e.Kind == event.Begin {
			o.begins = append(o.begins, fmt.Sprint(msg.Structure.Get(fieldBundle)))
			o.zeros = append(o.zeros, e.Wall.Add(-e.Time))
		}
		if msg.Structure.Name == ModelMessage {
			o.models = append(o.models, fmt.Sprint(msg.Structure.Get("model"), " ", msg.Structure.Get("cause")))
		}
	}
}

// TestMoods: of two bundles the picture chooses who judges, by day, by night and by day
// again, and nobody while it changes at once; each finds the thing; no darkness is told that a
// bundle knows; clock times go on; no frame is lost (push checks).
func TestMoods(t *testing.T) {
	day, night := dayAndNight(t)
	h := start(t, day, `overlay=none model="day.avid;night.avid"`, moodCaps)
	day.closed, night.closed = 0, 0
	var told toldOf
	for i := range 240 {
		divisor := 1
		if i >= 80 && i < 160 {
			divisor = 4
		}
		push(t, h, i, moodFrame(i, divisor, i%80 >= 40 && i%80 < 60))
		told.take(t, h)
		want := "day.avid"
		if i >= 80 && i < 160 {
			want = "night.avid"
		}
		if stats := h.Get("stats"); (i < 80 || i%80 >= 20) && !strings.Contains(stats, "model=(string)"+want) {
			t.Fatalf("frame %d is not judged by %s: %s", i, want, stats)
		}
	}
	if want := []string{"night.avid picture", "day.avid picture"}; !slices.Equal(told.models, want) {
		t.Errorf("told of bundles %q, want %q", told.models, want)
	}
	if want := []string{"day", "night", "day"}; !slices.Equal(told.begins, want) {
		t.Errorf("events began by %q, want %q", told.begins, want)
	}
	if want := []string{"light begin", "light end", "light begin", "light end"}; !slices.Equal(told.scenes, want) {
		t.Errorf("told of scenes %q, want %q", told.scenes, want)
	}
	if len(slices.CompactFunc(told.zeros, time.Time.Equal)) != 1 {
		t.Errorf("by its events the stream began at %v", told.zeros)
	}
	if stats := h.Get("stats"); !strings.Contains(stats, "mood-changes=(guint64)2") || !strings.Contains(stats, "frames=(guint64)240") || !strings.Contains(stats, "events=(guint64)3") {
		t.Errorf("stats %s", stats)
	}
	h.State(pipeline.StateNull)
	if day.closed != 1 || night.closed != 1 {
		t.Errorf("closed %d and %d times", day.closed, night.closed)
	}
}

// TestMoodsBegin: a stream that begins by night is judged by the night's bundle from its
// second frame on, as is one that begins anew; darkness that no bundle knows is told.
func TestMoodsBegin(t *testing.T) {
	day, _ := dayAndNight(t)
	h := start(t, day, `overlay=none model="day.avid; night.avid"`, moodCaps)
	i, begins := 0, 0
	for _, divisor := range []int{4, 1, 4} {
		for k := range 12 {
			push(t, h, i, moodFrame(i, divisor, false))
			i++
			if stats := h.Get("stats"); k > 1 && strings.Contains(stats, "model=(string)day") != (divisor == 1) {
				t.Fatalf("frame %d in 1/%d of the light: %s", i, divisor, stats)
			}
		}
		i += 100 // ten seconds without a frame
		begins++
	}
	var told toldOf
	told.take(t, h)
	for range 60 {
		push(t, h, i, moodFrame(i, 40, false))
		i++
		told.take(t, h)
	}
	if !slices.Contains(told.scenes, "dark begin") {
		t.Errorf("in a tenth of the night's light it is told of %q", told.scenes)
	}
}

// TestMoodsRefused: bundles that no picture tells apart are refused at the start and, while
// playing, with a warning, as is one that is damaged; a bundle that is added joins the one
// that judges, which goes on.
func TestMoodsRefused(t *testing.T) {
	day, night := dayAndNight(t)
	h := start(t, day, `overlay=none model="day.avid"`, moodCaps)
	day.closed, night.closed = 0, 0
	current.Lock()
	current.by["twin.avid"], current.by["blank.avid"] = &fake{h: 64, w: 96, rate: 10, picture: chequered(5, 1)}, &fake{h: 64, w: 96, rate: 10}
	current.model, current.err = nil, errOpen
	current.Unlock()
	i := 0
	for list, words := range map[string]string{
		"day.avid;twin.avid":  `the pictures of day.avid and twin.avid are alike`,
		"day.avid;blank.avid": `blank.avid keeps no picture of its place`,
		"day.avid;bad.avid":   `The bundle "bad.avid" cannot be read.`,
	} {
		h.Set("model", list)
		if text := stream(t, h, &i, moodFrame(0, 1, false), "goes on"); !strings.Contains(text, words) || !strings.Contains(text, `"day.avid" goes on`) {
			t.Errorf("of %s it is told: %s", list, text)
		}
	}
	h.Set("model", "day.avid;night.avid")
	for end := time.Now().Add(time.Minute); !strings.Contains(h.Get("stats"), "mood-changes") && time.Now().Before(end); i++ {
		push(t, h, i, moodFrame(i, 1, false))
		time.Sleep(time.Millisecond)
	}
	if text := stream(t, h, &i, moodFrame(0, 4, false), "avid-model"); !strings.Contains(text, "model=(string)night.avid") || day.closed > 0 {
		t.Errorf("told %s, the day's bundle was closed %d times", text, day.closed)
	}
	h.State(pipeline.StateNull)
	if day.closed != 1 || night.closed != 1 {
		t.Errorf("closed %d and %d times", day.closed, night.closed)
	}
	for _, list := range []string{"day.avid;twin.avid", "night.avid;bad.avid"} {
		h.Set("model", list)
		h.State(pipeline.StatePlaying)
		if text := fmt.Sprint(h.Messages()); !strings.Contains(text, "alike") && !strings.Contains(text, "bad.avid") {
			t.Errorf("a start with %s tells %s", list, text)
		}
		h.State(pipeline.StateNull)
	}
}

package avidfilter

import (
	"strings"
	"testing"
	"time"

	"avid/element/pipeline"
	"avid/runtime/event"
)

// chequered is a picture of 96×64 pixels with something to see all over, darkened by a
// divisor, in which pixel i is black.
func chequered(i int, divisor int) []byte {
	p := make([]byte, 96*64)
	for k := range p {
		y, x := k/96, k%96
		p[k] = byte((40 + x + 60*((x/5+y/7)%2)) / divisor)
	}
	p[i] = 0
	return p
}

// TestSceneIsTold: what keeps a stream from being judged is told once on the bus as a
// message and as a warning, in the stats and on each frame; an open event ends; and
// nothing of it is called blind.
func TestSceneIsTold(t *testing.T) {
	m := &fake{h: 64, w: 96, rate: 10, picture: chequered(0, 1)}
	h := start(t, m, "overlay=none", "video/x-raw,format=GRAY8,width=96,height=64,framerate=10/1")
	var told []event.Scene
	var warnings []string
	ended := time.Duration(-1)
	for i := range 120 {
		data := chequered(i, 1)
		if i >= 20 {
			data[90] = 250 // something irregular
		}
		if i >= 40 && i < 80 {
			data = chequered(i, 4)
		}
		out := push(t, h, i, data)
		for _, msg := range h.Messages() {
			if s, ok, err := SceneOf(msg.Structure); err != nil {
				t.Error(err)
			} else if ok {
				told = append(told, s)
			}
			if e, ok, _ := EventOf(msg.Structure); ok && e.Kind == event.End && ended < 0 {
				ended = e.Time
			}
			if msg.Kind == pipeline.MessageWarning {
				warnings = append(warnings, msg.Text)
			}
		}
		stats := h.Get("stats")
		if dark := i >= 62 && i < 80; dark != strings.Contains(out.Verdict, "state=(string)held") || dark != strings.Contains(out.Verdict, "scene=(string)dark") ||
			dark != strings.Contains(stats, "state=(string)held") || dark != strings.Contains(stats, "scene=(string)dark") {
			if i < 60 || i > 102 { // it takes two seconds to begin and to end
				t.Errorf("frame %d: %s; %s", i, out.Verdict, stats)
			}
		}
		if strings.Contains(out.Verdict, "held") && (strings.Contains(out.Verdict, "serial") || out.Masks > 0) {
			t.Errorf("frame %d is held and has a verdict: %s", i, out.Verdict)
		}
		if strings.Contains(stats, "blind=(boolean)true") {
			t.Errorf("frame %d: blind", i)
		}
	}
	if len(told) != 2 || told[0].Kind != "dark" || told[0].State != "begin" || !told[0].Held || told[0].Time != 6*time.Second ||
		told[1].State != "end" || told[1].Time != 10*time.Second {
		t.Errorf("told %+v", told)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "too dark") {
		t.Errorf("warned %q", warnings)
	}
	if ended < 0 || ended > 6*time.Second {
		t.Errorf("the event ended at %v", ended)
	}
}

// TestMovedIsMeasured: the message says how far the camera has moved, in pixels of the
// picture.
func TestMovedIsMeasured(t *testing.T) {
	frame := func(i, right, down int) []byte {
		p := make([]byte, 192*128)
		for k := range p {
			y, x := k/192-down, k%192-right
			p[k] = byte(90 + 50*((x*x/97+y*y/61+x*y/113)%2) + x/4)
		}
		p[i] = 0
		return p
	}
	m := &fake{h: 64, w: 96, rate: 10}
	h := start(t, m, "overlay=none", "video/x-raw,format=GRAY8,width=192,height=128,framerate=10/1")
	for i := range 60 {
		right, down := 0, 0
		if i >= 20 {
			right, down = 14, -6
		}
		push(t, h, i, frame(i, right, down))
		for _, msg := range h.Messages() {
			s, ok, err := SceneOf(msg.Structure)
			if !ok || err != nil {
				continue
			}
			if s.Kind != "camera-moved" || s.State != "begin" || !s.Held || s.Right < 13 || s.Right > 15 || s.Down > -5 || s.Down < -7 {
				t.Errorf("%+v", s)
			}
			return
		}
	}
	t.Error("nothing is told")
}

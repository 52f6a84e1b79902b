package avidwebrtcsink

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/runtime/event"
	"avid/runtime/fanout"
)

// told is one report in words that bus, file and page have in common, times in
// milliseconds.
func told(kind string, id uint64, start, at, duration time.Duration, score, peak float64) string {
	ms := func(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }
	return fmt.Sprintf("%s %d at %d from %d for %d score %.2f peak %.2f", kind, id, ms(at), ms(start), ms(duration), score, peak)
}

// onBus are the reports in the filter's messages, and file those in the lines
// that a file of events has of them.
func onBus(t *testing.T, messages []pipeline.Message) (bus, file []string) {
	t.Helper()
	for _, m := range messages {
		e, ok, err := avidfilter.EventOf(m.Structure)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		bus = append(bus, told(string(e.Kind), e.ID, e.Start, e.Time, e.Duration, float64(e.Score), float64(e.Peak)))
		line, err := json.Marshal(event.Origin{Camera: "yard"}.Record(e))
		if err != nil {
			t.Fatal(err)
		}
		r, err := event.ParseRecord(line)
		if err != nil {
			t.Fatal(err)
		}
		seconds := func(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }
		start := r.StreamTime - (r.Time - r.StartTime)
		file = append(file, told(r.Type, e.ID, seconds(start), seconds(r.StreamTime), seconds(r.Duration), *r.Score, *r.Peak))
	}
	return bus, file
}

// onPage are the reports in what viewers are sent.
func onPage(metas []fanout.Meta) (all []string) {
	for _, m := range metas {
		if e := m.Event; e != nil {
			all = append(all, told(e.Kind, e.ID, e.Start, e.Time, e.Duration, e.Score, e.Peak))
		}
	}
	return all
}

// TestSameEvents: bus, file and page tell of the shipped clip's events alike,
// report by report. From its first frame on the clip is played as fast as can be, and
// encoded before the sink, whose own encoder would leave out frames to keep up.
func TestSameEvents(t *testing.T) {
	need(t, "qtdemux", "avdec_h264", "x264enc")
	var p *pipeline.Pipeline
	f := use(t, &fakes{on: func(_ *fakeOutput, i int) {
		if i > 0 {
			return
		}
		if err := p.Set("clock", "sync", "false"); err != nil {
			t.Error(err)
		}
	}})
	p, err := pipeline.Parse("filesrc location=../../demo/walkway.mp4 ! decodebin ! videoconvert ! " +
		"avidfilter model=../../demo/walkway.avid overlay=none qos=false ! x264enc tune=zerolatency speed-preset=ultrafast ! avidwebrtcfaked")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	messages, err := p.Run(idle)
	if err != nil {
		t.Fatal(err)
	}
	bus, file := onBus(t, messages)
	page := onPage(f.output(t).metas)
	if !slices.Equal(bus, page) || !slices.Equal(bus, file) {
		t.Errorf("bus\n%s\nfile\n%s\npage\n%s", strings.Join(bus, "\n"), strings.Join(file, "\n"), strings.Join(page, "\n"))
	}
	for _, peak := range []string{"peak 4.89", "peak 7.75"} {
		if !slices.ContainsFunc(page, func(s string) bool { return strings.HasPrefix(s, "end") && strings.HasSuffix(s, peak) }) {
			t.Errorf("no event ends with %s: %v", peak, page)
		}
	}
}

// TestSilentCamera: viewers are told of the end of an event while the camera is
// silent, as the bus is, and not only by the next frame.
func TestSilentCamera(t *testing.T) {
	need(t, "vp8enc", "valve")
	for name, between := range map[string]string{"next to it": "", "behind a queue": "queue ! "} {
		t.Run(name, func(t *testing.T) {
			f := use(t, &fakes{})
			p, err := pipeline.Parse("videotestsrc is-live=true ! video/x-raw,format=I420,framerate=10/1,width=192,height=128 ! valve name=camera ! " +
				"avidfilter model=../../demo/walkway.avid zeta=1 alpha=0 ! " + between + "avidwebrtcfaked codec=vp8")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if err := p.SetState(pipeline.StatePlaying, idle); err != nil {
				t.Fatal(err)
			}
			var messages []pipeline.Message
			until := func(kind string) {
				t.Helper()
				for {
					m, ok := p.Pop(idle)
					if !ok {
						t.Fatal("no ", kind)
					}
					messages = append(messages, m)
					if e, ok, _ := avidfilter.EventOf(m.Structure); ok && string(e.Kind) == kind {
						return
					}
				}
			}
			until("begin")
			if err := p.Set("camera", "drop", "true"); err != nil {
				t.Fatal(err)
			}
			until("end")
			bus, _ := onBus(t, messages)
			o := f.output(t)
			var page []string
			for end := time.Now().Add(idle); time.Now().Before(end) && len(page) < len(bus); time.Sleep(10 * time.Millisecond) {
				o.mu.Lock()
				page = onPage(o.metas)
				o.mu.Unlock()
			}
			if len(page) == 0 || page[len(page)-1] != bus[len(bus)-1] {
				t.Errorf("bus\n%s\npage\n%s", strings.Join(bus, "\n"), strings.Join(page, "\n"))
			}
		})
	}
}

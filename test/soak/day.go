package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/runtime/event"
	"avid/runtime/record"
)

// The day that is simulated: of a camera that sends the clip again and again, at the demo's
// rate and size. The filter sees each frame, and judges every seventh, which fits a
// day into an hour and judges each picture of the clip. It goes on for an hour more, and
// over midnight.
const (
	dayRate  = 10
	dayLong  = 25 * time.Hour
	dayQuota = 50_000_000 // bytes of recordings: a day comes to more
	leastDay = 3 * time.Minute
)

// dayBegan is when it begins.
var dayBegan = time.Date(2026, 11, 28, 8, 15, 0, 0, time.UTC)

// errEvents says that events of the day are not what they were.
var errEvents = errors.New("events are not right")

// day has the filter and the recorder live through a day, by a clock that is stepped.
func day(o options) (what string, all []sample, err error) {
	raw, encoded, caps, err := pictures(o.clip)
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "avid-soak-")
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := &daylight{now: dayBegan, origin: event.Origin{Camera: "yard", Began: dayBegan}, open: map[string]bool{}, ended: map[string]bool{}}
	c := record.DefaultConfig()
	c.MaxSize, c.MinFree = dayQuota, 0
	s, err := record.Open(dir, c, record.Options{Now: func() time.Time { return d.now }})
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if d.keep, err = s.Recorder("yard", nil); err != nil {
		return "", nil, err
	}
	h, err := harness.New(fmt.Sprintf("avidfilter model=%s device=cpu interval=7 false-alarm-rate=20000", o.model))
	if err != nil {
		return "", nil, err
	}
	defer h.Close()
	if !h.Caps(caps) {
		return "", nil, fmt.Errorf("the filter does not take %s", caps)
	}
	const each = time.Second / dayRate
	frames := int(o.day / each)
	for n := range frames {
		at := time.Duration(n) * each
		d.now = dayBegan.Add(at)
		h.Time(at)
		if flow, _ := h.Push(harness.In{Data: raw[n%len(raw)], PTS: at, Duration: each}); flow != harness.OK {
			return "", nil, fmt.Errorf("the filter gives flow %d after %v", flow, at)
		}
		for out, ok := h.Pull(); ok; out, ok = h.Pull() {
			if m := serial.FindStringSubmatch(out.Verdict); m != nil {
				d.judged = m[1]
			}
		}
		if err := d.keep.Write(record.Unit{Codec: record.H264, Data: encoded[n%len(encoded)], PTS: at, Wall: d.now}); err != nil {
			return "", nil, err
		}
		if err := d.note(h.Messages()); err != nil {
			return "", nil, fmt.Errorf("after %v: %w", at, err)
		}
		if n%(frames/daySamples) != 0 {
			continue
		}
		one, err := own()
		if err != nil {
			return "", nil, err
		}
		all = append(all, one)
		if size := sizeBelow(dir); size > dayQuota+dayQuota/10 {
			return "", nil, fmt.Errorf("%w: %d bytes after %v", errQuota, size, at)
		}
	}
	if err := d.whole(); err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("%v of a camera: %d frames, %s verdicts, %d events, %d MB of recordings of %d", o.day, frames, d.judged, len(d.ended), sizeBelow(dir)/1_000_000, dayQuota/1_000_000), all, nil
}

// daySamples is how often the day is measured.
const daySamples = 200

// serial is the number of a verdict in the metadata of a frame.
var serial = regexp.MustCompile(`serial=\(guint64\)(\d+)`)

// daylight is what has happened so far.
type daylight struct {
	now         time.Time
	origin      event.Origin
	keep        *record.Recorder
	open, ended map[string]bool // events by id
	last        float64         // time of the last record
	judged      string          // the number of the last verdict
}

// note takes what the filter has posted.
func (d *daylight) note(messages []pipeline.Message) error {
	for _, m := range messages {
		if err := m.Err(); err != nil {
			return err
		}
		if m.Structure == nil {
			continue
		}
		step(m.Structure)
		r, ok, err := avidfilter.RecordOf(d.origin, m.Structure)
		if err != nil {
			return err
		}
		if !ok || r.Label != event.Label {
			continue
		}
		if err := d.check(&r); err != nil {
			return err
		}
		if err := d.keep.Report(r); err != nil {
			return err
		}
	}
	return nil
}

// step gives what the filter has posted the clock time of the day: the filter has it from
// this machine's clock, which nobody can step for it alone.
func step(s *gstc.Structure) {
	at, ok := s.Get(event.FieldTime).(uint64)
	for i := range s.Fields {
		if f := &s.Fields[i]; ok && f.Name == event.FieldWall {
			f.Value = uint64(dayBegan.Add(time.Duration(at)).UnixNano())
		}
	}
}

// check checks that events begin once and end once, one record after the other, at the
// time that it is.
func (d *daylight) check(r *event.Record) error {
	begins, ends := r.Type == string(event.Begin), r.Type == string(event.End)
	now := float64(d.now.UnixMilli()) / 1000
	if d.ended[r.ID] || begins == d.open[r.ID] || r.Time > now+1 || r.Time < now-60 || r.Time < d.last-60 {
		return fmt.Errorf("%w: %s of %s at %.3f, it is %.3f", errEvents, r.Type, r.ID, r.Time, now)
	}
	d.last = r.Time
	if begins {
		d.open[r.ID] = true
	}
	if ends {
		delete(d.open, r.ID)
		d.ended[r.ID] = true
	}
	return nil
}

// whole checks what came of the day.
func (d *daylight) whole() error {
	if len(d.open) > 1 || len(d.ended) == 0 {
		return fmt.Errorf("%w: %d ended, %d go on, of %q verdicts", errEvents, len(d.ended), len(d.open), d.judged)
	}
	return nil
}

// pictures are the pictures of a clip, plain and encoded, and the caps of the plain ones.
func pictures(clip string) (raw, encoded [][]byte, caps string, err error) {
	clip, err = filepath.Abs(clip)
	if err != nil {
		return nil, nil, "", err
	}
	p, err := pipeline.Parse(fmt.Sprintf("filesrc location=%q ! decodebin ! videorate ! videoscale ! videoconvert ! video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1 ! tee name=t "+
		"t. ! queue ! fakesink name=raw t. ! queue ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=100 key-int-max=%[4]d ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au ! fakesink name=encoded",
		clip, dayWidth, dayHeight, dayRate))
	if err != nil {
		return nil, nil, "", err
	}
	defer p.Close()
	take := func(all *[][]byte) func(pipeline.Unit) {
		return func(u pipeline.Unit) { *all = append(*all, u.Data) }
	}
	if err := errors.Join(p.TakeUnits("raw", take(&raw)), p.TakeUnits("encoded", take(&encoded))); err != nil {
		return nil, nil, "", err
	}
	if _, err := p.Run(hang); err != nil {
		return nil, nil, "", err
	}
	if len(raw) == 0 || len(raw) != len(encoded) {
		return nil, nil, "", fmt.Errorf("%s: %d pictures, %d of them encoded", clip, len(raw), len(encoded))
	}
	return raw, encoded, fmt.Sprintf("video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1", dayWidth, dayHeight, dayRate), nil
}

// dayWidth and dayHeight are those of the pictures, as of the shipped clip.
const dayWidth, dayHeight = 352, 240

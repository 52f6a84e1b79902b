package avidonvif

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/runtime/event"
	"avid/runtime/onvif"
	"avid/runtime/track"
	"avid/runtime/verdict"
)

// errSettings says that a start is not possible with the properties.
var errSettings = errors.New("settings do not fit")

// body is the body of one avidonvif.
type body struct {
	el *gstc.Reader

	mu     sync.Mutex // guards what follows; a leaf, held for no call out
	set    settings
	counts counts

	// Of the stream's thread, and made at the start.
	run *run
}

// run is what exists between start and stop.
type run struct {
	set    settings
	origin event.Origin
	writer *onvif.Writer
	wall   wall
	last   time.Duration // of the newest frame, or None: nothing may be pushed yet
	clock  time.Time     // when that was taken
	linked bool
	boxes  []verdict.Box
	silent bool // a warning has been posted that this stream cannot be told of
}

func newBody(el *gstc.Reader) *body { return &body{el: el, set: defaultSettings()} }

// Start makes what the stream needs.
func (b *body) Start() error {
	b.mu.Lock()
	set := b.set
	b.counts = counts{}
	b.mu.Unlock()
	if set.Camera == "" {
		err := fmt.Errorf("%w: camera is empty", errSettings)
		return gstc.Fail(gstc.LibrarySettings, "The camera has no name: set the property camera.", err)
	}
	w, err := onvif.NewWriter(track.DefaultConfig(), time.Duration(set.Sync)*time.Second, func() []onvif.Name { return b.names(set.Camera) })
	if err != nil {
		return err
	}
	b.run = &run{set: set, origin: event.Origin{Camera: set.Camera, Began: time.Now()}, writer: w, last: gstc.None}
	return nil
}

// Stop forgets it.
func (b *body) Stop() { b.run = nil }

// names asks the filter upstream which properties the camera has; nil where there is none.
func (b *body) names(camera string) []onvif.Name {
	s := b.el.UpstreamStats()
	if s == nil {
		return nil
	}
	stats, err := avidfilter.StatsOf(s)
	if err != nil || stats.Zones == nil {
		return nil
	}
	return onvif.Names(camera, stats.Zones)
}

// Report hears of an event or of a scene. It is told with the frame that it is of or, where none comes,
// at once.
func (b *body) Report(s *gstc.Structure) {
	r := b.run
	if r == nil {
		return
	}
	p, at, ok, err := r.property(s)
	if err != nil {
		b.failed("a report is not understood", err)
	}
	if !ok {
		return
	}
	framed := s.Name == gstc.SceneName // there is always one
	if !framed {
		framed, _ = s.Get(gstc.ReportFramed).(bool)
	}
	r.writer.Change(p, at, framed)
	b.count(func(c *counts) { c.changes++ })
	if !framed {
		b.rest(r)
	}
}

// property is what a report changes, and the stream time at which it does; false where it
// changes none.
func (r *run) property(s *gstc.Structure) (p onvif.Property, at time.Duration, ok bool, err error) {
	e, isEvent, err := avidfilter.EventOf(s)
	if err != nil {
		return p, 0, false, err
	}
	record, at := r.origin.Record(e), e.Time
	if !isEvent {
		scene, isScene, err := avidfilter.SceneOf(s)
		if !isScene || err != nil {
			return p, 0, false, err
		}
		record, at = r.origin.Scene(scene), scene.Time
	}
	p, err = onvif.PropertyOf(record)
	if errors.Is(err, onvif.ErrKind) {
		return p, 0, false, nil // it is no begin and no end
	}
	return p, at, err == nil, err
}

// Frame tells of a frame.
func (b *body) Frame(p *gstc.Passing) {
	r := b.run
	if r == nil || p.Running < 0 {
		return
	}
	at := r.wall.at(p, r.set.Source, time.Now())
	was := r.linked
	r.linked, r.last, r.clock = b.el.SideLinked(), p.At, at
	if !r.linked {
		r.writer.Drop()
		return
	}
	if p.Width < 1 || p.Height < 1 {
		if !r.silent {
			b.el.PostWarning("The caps of the video do not say how large the picture is, so that no ONVIF metadata is made: put avidonvif before the encoder.", "")
		}
		r.silent = true
		return
	}
	asked := b.el.SideAsked()
	text, err := r.writer.Frame(r.moment(p, at, asked || !was))
	b.push(r, text, err)
}

// moment is the frame as the writer takes it.
func (r *run) moment(p *gstc.Passing, at time.Time, all bool) onvif.Moment {
	m := onvif.Moment{PTS: p.Running, Shown: p.Shown, At: at, W: p.Width, H: p.Height, All: all}
	if v, ok := p.Verdict(); ok {
		m.Serial = v.Serial
	}
	r.boxes = r.boxes[:0]
	for _, box := range p.Boxes() {
		r.boxes = append(r.boxes, verdict.Box{X: box.X, Y: box.Y, W: box.W, H: box.H, Score: float32(box.Score)})
	}
	m.Boxes = r.boxes
	return m
}

// Handle hears where the stream begins anew or ends.
func (b *body) Handle(e gstc.Event) {
	r := b.run
	switch {
	case r == nil:
	case e == gstc.EndOfStream:
		b.rest(r)
	default:
		r.writer.Restart()
		r.wall, r.last, r.linked, r.silent = wall{}, gstc.None, false, false
	}
}

// rest tells what no frame will come for.
func (b *body) rest(r *run) {
	if r.last == gstc.None || !b.el.SideLinked() {
		return
	}
	text, err := r.writer.Rest()
	b.push(r, text, err)
}

// push sends a document, if there is one.
func (b *body) push(r *run, text []byte, err error) {
	if err != nil {
		b.failed("a document cannot be made", err)
		return
	}
	if text == nil {
		return
	}
	taken := b.el.PushSide(text, r.last, r.clock)
	b.count(func(c *counts) {
		c.documents++
		if !taken {
			c.dropped++
		}
	})
}

// failed counts an error, which the stream goes on after.
func (b *body) failed(what string, err error) {
	b.count(func(c *counts) { c.errors++ })
	b.el.Logf(gstc.LogWarning, "%s: %v", what, err)
}

// count changes the counts.
func (b *body) count(change func(*counts)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.counts)
}

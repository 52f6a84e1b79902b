package record

import (
	"errors"
	"time"

	"avid/runtime/event"
)

// clip is what is kept of an event that is not over, or whose post-roll is not.
type clip struct {
	r     *Recorder
	side  Sidecar
	path  string // the sidecar's
	lines lines
	sink  sink
	until time.Time // zero: the event goes on
}

// begin begins a clip with what was before the event.
func (r *Recorder) begin(rec event.Record) *clip {
	c := &clip{r: r, path: r.store.sidecarPath(r.camera, rec.ID),
		side: Sidecar{Version: sidecarVersion, ID: rec.ID, Camera: r.camera, Settings: r.settings},
		sink: sink{r: r, event: rec.ID, long: r.store.config.LongClip}}
	c.lines = lines{store: r.store, path: linesOf(c.path), most: r.store.mostLines}
	r.store.mu.Lock()
	r.store.open[c.key()] = &c.side
	r.store.mu.Unlock()
	r.clips = append(r.clips, c)
	return c
}

func (c *clip) key() eventKey { return eventKey{c.r.camera, c.side.ID} }

// report writes a record down: into the lines, the sidecar and the index. The first one
// begins the film, once the sidecar is there to which it belongs.
func (c *clip) report(rec event.Record) error {
	first := c.side.Begin.ID == ""
	c.r.store.mu.Lock()
	c.side.take(rec)
	c.r.store.mu.Unlock()
	if c.side.State == StateEnded {
		c.until = c.side.End().Add(c.r.store.config.PostRoll)
	}
	err := c.lines.add(Line{Record: &rec}, first || rec.Type == string(event.End))
	if err == nil {
		err = c.save()
	}
	c.row()
	if first && c.r.store.config.Mode != Nothing {
		c.before()
	}
	return err
}

// save writes the sidecar.
func (c *clip) save() error {
	c.r.store.sides.Lock()
	defer c.r.store.sides.Unlock()
	c.r.store.mu.Lock()
	side := c.side
	c.r.store.mu.Unlock()
	return side.write(c.r.store, c.path)
}

// before writes what was before the event.
func (c *clip) before() {
	for _, f := range c.r.ring.since(c.side.Start().Add(-c.r.store.config.PreRoll)) {
		if _, err := f.part.load(); err == nil { // else its segment was deleted
			c.sink.add(f.part, &f.coding)
		}
	}
}

// row brings the event's row of the index up to date.
func (c *clip) row() {
	c.r.store.mu.Lock()
	row := c.side.row(0)
	c.r.store.mu.Unlock()
	row.Size, c.lines.told = sizes(c.path)+c.lines.size, c.lines.size
	c.r.store.note(func(x execer) error { return putEvent(x, row) })
}

// over says that film of that time is no longer the clip's.
func (c *clip) over(t time.Time) bool { return !c.until.IsZero() && t.After(c.until) }

// finishClip ends what is kept of an event. One whose end was never reported is cut.
func (r *Recorder) finishClip(c *clip) {
	c.sink.finish()
	r.store.mu.Lock()
	if c.side.State == StateOpen {
		c.side.State = StateCut
	}
	r.store.mu.Unlock()
	if err := errors.Join(c.save(), c.lines.close()); err != nil {
		r.fail(err)
	}
	c.row()
	r.store.mu.Lock()
	delete(r.store.open, c.key())
	r.store.mu.Unlock()
}

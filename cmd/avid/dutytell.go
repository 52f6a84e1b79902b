//go:build !nogst

package main

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"time"

	"avid/runtime/event"
	"avid/runtime/fanout"
	"avid/runtime/preview"
	"avid/runtime/publish"
	"avid/runtime/record"
)

// keep has the camera recorded, where that is wanted: of what is not live there is a
// recording already.
func (p *post) keep() (err error) {
	live, _ := lasting(string(p.camera.Input))
	if p.duty.store == nil || !p.camera.Record || !live {
		p.dropLast()
		return nil
	}
	c := p.camera
	if private, err := hidden(c.Model, c.Zones.String()); err != nil || private {
		if private {
			p.dropLast() // of before it was
			p.duty.tell("warning: %s: it is not recorded, as a zone of it is private and its own stream shows that", p.name)
		}
		return err
	}
	p.kept, err = openRecording(p.duty.store, c.Name, map[string]float64{"alpha": c.Alpha, "zeta": c.Zeta, "false-alarm-rate": c.FalseAlarmsPerDay},
		func(text string) { p.duty.tell("%s: %s", p.name, text) })
	if err == nil {
		p.recall()
		p.remember()
		p.teller.place = p.kept.place
		p.kept.shown = func(id string, jpeg []byte) {
			p.expected.Pictured(id, markedOf(c.Name, id))
			p.tellers(func(t *publish.Publisher) { t.Snapshot(c.Name, jpeg) })
		}
	}
	return err
}

// markedOf is the address of the picture of an event with its marks.
func markedOf(camera, id string) string {
	return "/api/events/" + url.PathEscape(camera) + "/" + url.PathEscape(id) + "/marked.jpg"
}

// remember has the page know the events that were recorded before this start, the newest
// last. None of them goes on: who would tell its end was stopped.
func (p *post) remember() {
	rows, err := p.duty.store.Events(record.Query{Camera: p.camera.Name, Limit: preview.KeptEvents})
	if err != nil {
		p.duty.tell("%s: warning: the page does not show its events of before: %v", p.name, err)
		return
	}
	for _, e := range slices.Backward(rows) {
		told := preview.Told{ID: e.ID, Kind: e.Kind, Zone: e.Zone, Duration: fanout.Number(e.End.Sub(e.Start).Seconds()), Peak: logits(e.Peak),
			Threshold: logits(e.Threshold), Cut: e.State != record.StateEnded}
		pictures, err := p.duty.store.Pictures(p.camera.Name, e.ID)
		if err == nil && slices.ContainsFunc(pictures, func(one record.Picture) bool { return one.Marked }) {
			told.Picture = markedOf(p.camera.Name, e.ID)
		}
		p.expected.Event(told, e.Start)
	}
}

// record keeps a record of the camera, and tells the page of it.
func (p *post) record(r event.Record) error {
	if r.Label == event.Label {
		p.expected.Event(preview.Told{ID: r.ID, Kind: r.Kind, Zone: r.Zone, Duration: fanout.Number(r.Duration), Peak: logits(r.Peak),
			Threshold: logits(r.Threshold), Open: r.Type != string(event.End)}, p.began(r))
	}
	if p.kept == nil {
		return nil
	}
	return p.kept.keep(r)
}

// began is when the first irregular frame of an event was shown. A recording has clock times
// of its own, which begin anew when it is played again.
func (p *post) began(r event.Record) time.Time {
	if live, _ := lasting(string(p.camera.Input)); live {
		return time.UnixMilli(int64(1000 * r.StartTime))
	}
	return time.Now().Add(-time.Duration((r.Time - r.StartTime) * float64(time.Second)))
}

// logits is a number of a record; NaN where it has none.
func logits(v *float64) fanout.Number {
	if v == nil {
		return fanout.Number(math.NaN())
	}
	return fanout.Number(*v)
}

// Publish tells of a record while the camera is armed. An event that began so is told to
// its end.
func (p *post) Publish(r event.Record) (err error) {
	if !p.armed() && (r.Type == string(event.Begin) || r.ID != p.telling) {
		return nil
	}
	p.telling = r.ID
	p.tellers(func(t *publish.Publisher) { err = errors.Join(err, t.Publish(r)) })
	return err
}

// Camera tells whether frames of the camera come.
func (p *post) Camera(c publish.Camera) { p.tellers(func(t *publish.Publisher) { t.Camera(c) }) }

// State tells how it is with the camera, and what can be changed of it.
func (p *post) State(camera string, s publish.State) {
	on := !p.off.Load()
	s.Detect, s.FalseAlarmRate = &on, p.duty.wanted(p.camera)
	p.tellers(func(t *publish.Publisher) { t.State(camera, s) })
}

// tellers calls do with whoever is told of the camera.
func (p *post) tellers(do func(*publish.Publisher)) {
	if p.duty.send != nil {
		do(p.duty.send)
	}
	p.duty.routes.each(p.camera.Publish, do)
}

// armed tells whether events of the camera are told: its schedule is on, and nobody has
// switched it off.
func (p *post) armed() bool { return !p.off.Load() && p.camera.Schedule.On(time.Now()) }

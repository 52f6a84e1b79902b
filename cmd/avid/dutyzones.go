//go:build !nogst

package main

import (
	"reflect"
	"slices"

	"avid/models/zones"
	"avid/runtime/api"
	"avid/runtime/cameras"
	"avid/runtime/supervise"
)

// settingsOf is what a camera is started anew for where it changes. Zones change while it
// runs, but for private ones: then nothing that was encoded before stays, and whether the
// camera is recorded is another question.
func settingsOf(c cameras.Camera) cameras.Camera {
	if c.Zones = c.Zones.Of(zones.Private); len(c.Zones) == 0 {
		c.Zones = nil
	}
	return c
}

// cover hides what the private zones of the cameras cover at once, before those are
// started anew for it: it is black from the next frame on, and no more of the camera's
// own stream is recorded.
func (d *duty) cover(all []cameras.Camera) {
	for _, c := range all {
		c = d.changes.applied(c)
		p := d.post(c.Name)
		if p == nil || len(c.Zones.Of(zones.Private)) == 0 || reflect.DeepEqual(settingsOf(c), settingsOf(p.camera)) {
			continue
		}
		if p.kept != nil {
			p.kept.hides.Store(true)
		}
		p.rezone(c.Zones)
		p.forget()
	}
}

// settle waits until a change that is under way is made.
func (d *duty) settle() {
	d.applying.Lock()
	defer d.applying.Unlock()
}

// rezone gives the cameras that were not started anew the zones that they have now.
func (d *duty) rezone(all []cameras.Camera, change supervise.Change) {
	for _, c := range all {
		if p := d.post(c.Name); p != nil && !slices.Contains(change.Replaced, c.Name) {
			p.rezone(d.changes.applied(c).Zones)
		}
	}
}

// rezone gives the camera's filter other zones, from its next frame on.
func (p *post) rezone(l zones.List) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.zones.String() == l.String() {
		return
	}
	p.zones = l
	if p.pipe == nil {
		return // it takes them as it comes back
	}
	if err := p.pipe.Set("filter", "zones", l.String()); err != nil {
		p.duty.tell("%s: %v", p.name, err)
	}
}

// ofFile is a camera as the file has it; false where there is none by that name.
func (d *duty) ofFile(name string) (cameras.Camera, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.order, func(c cameras.Camera) bool { return c.Name == name })
	if i < 0 {
		return cameras.Camera{}, false
	}
	return d.order[i], true
}

// Zones are the zones of a camera: see api.Site.
func (d *duty) Zones(name string) (out api.Zones, err error) {
	c, known := d.ofFile(name)
	if !known {
		return out, api.ErrUnknown
	}
	out.Zones = c.Zones
	if l, set := d.changes.zones(name); set {
		out.Zones, out.Set = l, true
	}
	b, err := openBundle(d.judging(c))
	if err != nil {
		d.tell("%s: %v", name, err)
		return out, err
	}
	out.Bundle, err = zones.OfBundle(b)
	return out, err
}

// SetZones sets the zones of a camera while it runs: see api.Site. They are kept before
// they count, so that a crash in between uncovers nothing.
func (d *duty) SetZones(name string, l *zones.List) error {
	d.applying.Lock()
	defer d.applying.Unlock()
	if _, known := d.ofFile(name); !known {
		return api.ErrUnknown
	}
	if err := d.changes.setZones(name, l); err != nil {
		d.tell("%s: %v", name, err)
		return err
	}
	d.mu.Lock()
	all := d.order
	d.mu.Unlock()
	if change := d.applyLocked(all); slices.Contains(change.Replaced, name) {
		d.tell("%s: its private zones are others; it is started anew", name)
	}
	return nil
}

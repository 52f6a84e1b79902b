//go:build !nogst

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"avid/models/calib"
	"avid/runtime/api"
	"avid/runtime/cameras"
	"avid/runtime/publish"
	"avid/runtime/state"
)

// Cameras are those that are on duty: see api.Site.
func (d *duty) Cameras() []api.Camera {
	states := d.keep.States()
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []api.Camera
	for _, is := range d.order {
		s := states[is.Name]
		c := api.Camera{Name: is.Name, Title: is.Title, State: "waiting", Since: s.Since, Restarts: s.Restarts, Armed: true, FalseAlarmsPerDay: d.wanted(is)}
		switch {
		case s.Running:
			c.State = "running"
		case s.Done:
			c.State = "ended"
		}
		if s.Err != nil {
			c.Error = reason(s.Err)
		}
		if p := d.posts[is.Name]; p != nil {
			c.Armed = p.armed()
		}
		all = append(all, c)
	}
	return all
}

// wanted is the rate of false alarms that was set for a camera; nil: none was.
func (d *duty) wanted(c cameras.Camera) *float64 {
	perDay, set := d.changes.perDay(c.Name)
	if !set {
		perDay = c.FalseAlarmsPerDay
	}
	if perDay == 0 {
		return nil
	}
	return &perDay
}

// Change changes a camera while it runs: see api.Site.
func (d *duty) Change(name string, change api.Change) error {
	p := d.post(name)
	if p == nil {
		return api.ErrUnknown
	}
	if change.Armed != nil {
		p.off.Store(!*change.Armed)
	}
	if change.ShadowModel != nil {
		if err := d.setShadow(p, *change.ShadowModel); err != nil {
			return err
		}
	}
	perDay := change.FalseAlarmsPerDay
	if perDay == nil {
		return nil
	}
	filter := filterOf(p.camera)
	if filter.zeta >= 0 {
		return fmt.Errorf("%w: the file of cameras sets zeta for it, which excludes false alarms a day", api.ErrRefused)
	}
	filter.perDay = *perDay
	if err := filter.check(p.camera.Model); err != nil {
		return fmt.Errorf("%w: %w", api.ErrRefused, err)
	}
	if err := d.changes.setPerDay(name, *perDay); err != nil {
		d.tell("%s: %v", p.name, err)
		return err
	}
	if *perDay == 0 {
		filter.perDay = p.camera.FalseAlarmsPerDay
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pipe == nil {
		return nil // it is set as the camera comes back
	}
	return p.pipe.Set("filter", "false-alarm-rate", fmt.Sprint(filter.perDay))
}

// Thresholds are those of a camera for so many false alarms a day: see api.Site.
func (d *duty) Thresholds(name string, perDay []float64) ([]float64, error) {
	p := d.post(name)
	if p == nil {
		return nil, api.ErrUnknown
	}
	b, err := openBundle(d.judging(p.camera))
	if err != nil {
		return nil, err
	}
	all := make([]float64, len(perDay))
	for i, rate := range perDay {
		all[i] = calib.Threshold(b.Manifest.Calibration, rate)
	}
	return all, nil
}

// stateFolder is where what must outlive the process is kept, if nothing else is said:
// systemd's StateDirectory, else the user's.
func stateFolder() string {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return dir
	}
	dir, err := state.Dir()
	if err != nil {
		return filepath.Join(os.TempDir(), "avid")
	}
	return dir
}

// fromAfar are the changes that addresses of events may make, as MQTT's set topics do.
func (d *duty) fromAfar() publish.Host {
	change := func(name string, c api.Change) {
		go func() { // it must return at once
			if err := d.Change(name, c); err != nil {
				d.tell("%s is not changed from afar: %v", name, err)
			}
		}()
	}
	return publish.Host{
		Detect:         func(name string, on bool) { change(name, api.Change{Armed: &on}) },
		FalseAlarmRate: func(name string, perDay float64) { change(name, api.Change{FalseAlarmsPerDay: &perDay}) },
	}
}

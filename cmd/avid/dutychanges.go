//go:build !nogst

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"avid/models/zones"
	"avid/runtime/cameras"
)

// changes are what was changed while it ran, by camera; they are kept in a file.
type changes struct {
	mu   sync.Mutex
	file string // "": they are not kept
	form changesForm
}

// changesForm is the file's form.
type changesForm struct {
	FalseAlarmsPerDay map[string]float64    `json:"false_alarms_per_day"`
	Zones             map[string]zones.List `json:"zones,omitempty"`        // an empty list: there are none
	ShadowModel       map[string]string     `json:"shadow_model,omitempty"` // paths of bundles that judge beside the cameras' own
}

// open reads what is kept in a folder, and keeps it there from now on.
func (c *changes) open(folder string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.file = filepath.Join(folder, "changes.json")
	text, err := os.ReadFile(c.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var form changesForm
	if err := json.Unmarshal(text, &form); err != nil {
		return fmt.Errorf("%s: %w; mend or remove it", c.file, err)
	}
	for name, l := range form.Zones {
		if err := l.Validate(); err != nil {
			return fmt.Errorf("%s: camera %q: %w; mend or remove it", c.file, name, err)
		}
	}
	c.form = form
	return nil
}

// perDay is the rate of false alarms that was set for a camera; false: none was.
func (c *changes) perDay(name string) (float64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, set := c.form.FalseAlarmsPerDay[name]
	return v, set
}

// zones are those that were set for a camera; false: none were.
func (c *changes) zones(name string) (zones.List, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, set := c.form.Zones[name]
	return l, set
}

// applied is a camera of the file with what was set before it starts.
func (c *changes) applied(of cameras.Camera) cameras.Camera {
	if l, set := c.zones(of.Name); set {
		of.Zones = l
	}
	return of
}

// setPerDay sets the rate of false alarms and keeps it; 0 is as the file of cameras has it.
func (c *changes) setPerDay(name string, perDay float64) error {
	return c.set(func(f *changesForm) {
		if f.FalseAlarmsPerDay[name] = perDay; perDay == 0 {
			delete(f.FalseAlarmsPerDay, name)
		}
	})
}

// setZones sets zones and keeps them; nil is as the file of cameras has them.
func (c *changes) setZones(name string, l *zones.List) error {
	return c.set(func(f *changesForm) {
		if l == nil {
			delete(f.Zones, name)
			return
		}
		f.Zones[name] = *l
	})
}

// set changes what is kept; where it cannot be written, nothing has changed.
func (c *changes) set(change func(*changesForm)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := changesForm{map[string]float64{}, map[string]zones.List{}, map[string]string{}}
	maps.Copy(all.FalseAlarmsPerDay, c.form.FalseAlarmsPerDay)
	maps.Copy(all.Zones, c.form.Zones)
	maps.Copy(all.ShadowModel, c.form.ShadowModel)
	change(&all)
	if err := keepJSON(c.file, all); err != nil {
		return err
	}
	c.form = all
	return nil
}

// keepJSON writes what is to outlive the process, whole or not at all; nowhere, if the
// path is "".
func keepJSON(path string, what any) error {
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	text, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err })
}

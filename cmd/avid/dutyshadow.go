//go:build !nogst

package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"avid/runtime/api"
)

// shadowOf is the path of the bundle that judges beside a camera's; "": none does.
func (c *changes) shadowOf(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.form.ShadowModel[name]
}

// setShadow keeps the path of a bundle that judges beside a camera's; "": none does.
func (c *changes) setShadow(name, path string) error {
	return c.set(func(f *changesForm) {
		if f.ShadowModel[name] = path; path == "" {
			delete(f.ShadowModel, name)
		}
	})
}

// setShadow has another bundle judge beside a camera's. It must lie in the folder of the
// file of cameras, also where links lead.
func (d *duty) setShadow(p *post, path string) error {
	if path != "" {
		var err error
		if path, err = d.within(path); err != nil {
			return fmt.Errorf("%w: shadow_model: %w", api.ErrRefused, err)
		}
		filter := filterOf(p.camera)
		if err := filter.check(path); err != nil {
			return fmt.Errorf("%w: shadow_model: %w", api.ErrRefused, err)
		}
	}
	if err := d.changes.setShadow(p.camera.Name, path); err != nil {
		d.tell("%s: %v", p.name, err)
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pipe == nil {
		return nil // it is set as the camera comes back
	}
	return p.pipe.Set("filter", "shadow-model", path)
}

// within is the path of a bundle in the folder of the file of cameras.
func (d *duty) within(path string) (string, error) {
	if d.file == "" {
		return "", fmt.Errorf("there is no file of cameras in whose folder it could lie")
	}
	folder, err := filepath.Abs(filepath.Dir(d.file))
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	if !filepath.IsLocal(path) || filepath.Ext(path) != ".avid" {
		return "", fmt.Errorf("want the path of a bundle (.avid) below the folder of the file of cameras")
	}
	real, err := filepath.EvalSymlinks(filepath.Join(folder, path))
	if err != nil {
		return "", fmt.Errorf("there is no bundle of this name")
	}
	if !strings.HasPrefix(real, folder+string(filepath.Separator)) {
		return "", fmt.Errorf("it leads out of the folder of the file of cameras")
	}
	return real, nil
}

// shadow is what the second bundle of a camera has said; nil where there is none.
func (p *post) shadow() *api.Shadow {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pipe == nil {
		return nil
	}
	stats, err := statsOf(p.pipe)
	if err != nil || stats.Shadow == nil {
		return nil
	}
	b := stats.Shadow
	return &api.Shadow{Model: filepath.Base(b.Model), Judged: b.Judged, Both: b.Both, OnlyShadow: b.OnlyShadow, OnlyPresent: b.OnlyPresent, Events: b.Events}
}

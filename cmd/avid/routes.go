//go:build !nogst

package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"avid/runtime/cameras"
	"avid/runtime/publish"
	"avid/runtime/publish/carriers"
)

// routes are the addresses that events go to, by name, each with a queue of its own.
type routes map[string]*publish.Publisher

// openRoutes begins to send to the addresses of a file of cameras; what waits for them is
// in the folder of the state.
func openRoutes(c cameras.Config, host publish.Host, tell func(text string)) (routes, error) {
	all := routes{}
	for _, name := range slices.Sorted(maps.Keys(c.Publish)) {
		found, err := carriers.OpenAll([]string{string(c.Publish[name])}, host)
		if err == nil {
			all[name], err = publish.New(publish.DefaultConfig(filepath.Join(c.State, "publish", name)), found, publish.WithLog(tell))
		}
		if err != nil {
			all.close(tell)
			return nil, fmt.Errorf("publish %q: %w", name, err)
		}
	}
	return all, nil
}

// each calls do with the publishers of some names; nil: with all.
func (r routes) each(names []string, do func(*publish.Publisher)) {
	for name, p := range r {
		if names == nil || slices.Contains(names, name) {
			do(p)
		}
	}
}

// close sends what can still be sent, to all at the same time.
func (r routes) close(tell func(text string)) {
	var all sync.WaitGroup
	for _, p := range r {
		all.Go(func() { p.Finish(tell) })
	}
	all.Wait()
}

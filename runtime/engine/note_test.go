package engine

import (
	"slices"
	"testing"
)

// TestHush: what an opening finds out after it was given up is told nobody.
func TestHush(t *testing.T) {
	var told []string
	o, hush := Options{Note: func(s string) { told = append(told, s) }}.hushable()
	o.note("in time")
	hush()
	o.note("too late")
	hush()
	if !slices.Equal(told, []string{"in time"}) {
		t.Errorf("told %q", told)
	}
	o, hush = Options{}.hushable()
	o.note("nobody listens")
	hush()
}

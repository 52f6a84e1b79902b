//go:build !nogst

package main

import (
	"errors"
	"strings"

	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/datasets"
)

// errEnded says that a camera's stream ended, which a camera's does not by
// itself.
var errEnded = errors.New("the stream has ended")

// forGood says that trying again would give an error again: it is of the filter
// or the sink, or GStreamer lacks something.
func forGood(err error) bool {
	var e *pipeline.ElementError
	return errors.As(err, &e) && (e.Source == "filter" || e.Source == "sink" || e.Known && e.Code == gstc.CoreMissingPlugin)
}

// reason is why a source failed, to go on after.
func reason(err error) string {
	text := err.Error()
	var e *pipeline.ElementError
	if errors.As(err, &e) {
		text = e.Text
	}
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}

// lasting says of an input whether it is tried again when it fails, as whatever
// comes from elsewhere is, and whether it never ends by itself, as cameras.
func lasting(input string) (again, endless bool) {
	if isDevice(input) {
		return true, true
	}
	if !datasets.IsURL(input) {
		return false, false
	}
	scheme, _, _ := strings.Cut(input, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
		return true, false
	case "file":
		return false, false
	}
	return true, true
}

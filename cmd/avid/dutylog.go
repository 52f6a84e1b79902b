//go:build !nogst

package main

import (
	"context"
	"log/slog"
	"strings"
)

// warnings is a slog.Handler that tells the terminal what its owner is to know, such as
// wrong tokens: levels below WARN are passed over.
type warnings struct {
	tell   func(text string)
	fields string
}

// Enabled says whether a level is told.
func (w warnings) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// Handle tells a record in a line.
func (w warnings) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	line.WriteString("warning: " + r.Message + w.fields)
	r.Attrs(func(a slog.Attr) bool {
		line.WriteString(field(a))
		return true
	})
	w.tell(line.String())
	return nil
}

// WithAttrs is the handler with more fields.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		w.fields += field(a)
	}
	return w
}

// WithGroup is the handler itself: nothing that is told of the page has groups.
func (w warnings) WithGroup(string) slog.Handler { return w }

func field(a slog.Attr) string { return ", " + a.Key + " " + a.Value.String() }

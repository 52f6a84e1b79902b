package gstc

// #include "gstc.h"
import "C"

import (
	"context"
	"log/slog"
	"strings"

	"avid/models/redact"
)

// Logger writes to GStreamer's debug log, category "avid", for what belongs to
// no single element. Secrets are taken out.
func Logger() *slog.Logger { return slog.New(logHandler{}) }

// logHandler is a slog.Handler with the fields given so far as text.
type logHandler struct {
	fields string
	group  string // before each name, ended by a stop
}

// levelOf is the level that an slog.Level has in GStreamer: what slog calls
// INFO is INFO.
func levelOf(l slog.Level) Level {
	switch {
	case l >= slog.LevelError:
		return LogError
	case l >= slog.LevelWarn:
		return LogWarning
	case l >= slog.LevelInfo:
		return LogInfo
	}
	return LogDebug
}

// Enabled says whether somebody listens.
func (h logHandler) Enabled(_ context.Context, l slog.Level) bool {
	return C.GstDebugLevel(levelOf(l)) <= C.avid_threshold()
}

// Handle writes a line.
func (h logHandler) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	line.WriteString(r.Message + h.fields)
	r.Attrs(func(a slog.Attr) bool {
		line.WriteString(h.text(a))
		return true
	})
	withString(redact.Text(line.String()), func(text *C.char) { C.avid_log(nil, C.int(levelOf(r.Level)), text) })
	return nil
}

// WithAttrs is the handler with more fields.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		h.fields += h.text(a)
	}
	return h
}

// WithGroup is the handler that puts name before the fields to come.
func (h logHandler) WithGroup(name string) slog.Handler {
	h.group += name + "."
	return h
}

func (h logHandler) text(a slog.Attr) string { return " " + h.group + a.Key + "=" + a.Value.String() }

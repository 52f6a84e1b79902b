package fanout

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// logFactory leads pion's log lines into slog, where its own would go to
// standard error. A peer that goes away is an error to pion, an everyday
// thing to us: its levels are taken down by one or two.
type logFactory struct{ to *slog.Logger }

// NewLogger is called by pion for each of its parts.
func (f logFactory) NewLogger(scope string) logging.LeveledLogger {
	return leveled{f.to.With("pion", scope)}
}

type leveled struct{ to *slog.Logger }

func (l leveled) log(level slog.Level, format string, args ...any) {
	if ctx := context.Background(); l.to.Enabled(ctx, level) {
		l.to.Log(ctx, level, fmt.Sprintf(format, args...))
	}
}

const levelTrace = slog.LevelDebug - 4

func (l leveled) Trace(msg string)             { l.log(levelTrace, "%s", msg) }
func (l leveled) Tracef(f string, args ...any) { l.log(levelTrace, f, args...) }
func (l leveled) Debug(msg string)             { l.log(levelTrace, "%s", msg) }
func (l leveled) Debugf(f string, args ...any) { l.log(levelTrace, f, args...) }
func (l leveled) Info(msg string)              { l.log(slog.LevelDebug, "%s", msg) }
func (l leveled) Infof(f string, args ...any)  { l.log(slog.LevelDebug, f, args...) }
func (l leveled) Warn(msg string)              { l.log(slog.LevelDebug, "%s", msg) }
func (l leveled) Warnf(f string, args ...any)  { l.log(slog.LevelDebug, f, args...) }
func (l leveled) Error(msg string)             { l.log(slog.LevelInfo, "%s", msg) }
func (l leveled) Errorf(f string, args ...any) { l.log(slog.LevelInfo, f, args...) }

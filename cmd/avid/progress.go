package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"avid/models/redact"
)

// meter shows how far a piece of work is: a bar on a terminal; where errors go
// into a file or a container's log, a line now and then. It may be used from
// several goroutines.
type meter struct {
	out  io.Writer
	what string
	now  func() time.Time
	stop func() // ends the lines

	mu    sync.Mutex // guards what follows, and the order of lines
	bar   *progressbar.ProgressBar
	begun time.Time
	next  time.Time // when a line is due, without a bar
	share float64   // as set has them last
	words string
}

// meterSteps is the length of the bar: per mille.
const meterSteps = 1000

// Lines of progress come after firstLine, then each soonLine, and each lateLine
// once the work has gone on for long: a log is to show that it lives, not to be
// full of it.
const (
	firstLine = 15 * time.Second
	soonLine  = 30 * time.Second
	lateLine  = time.Minute
	long      = 10 * time.Minute
)

func newMeter(out io.Writer, what string) *meter {
	m := newMeterAt(out, what, time.Now)
	behind := out
	if w, ok := out.(*redact.Writer); ok {
		behind = w.Unwrap()
	}
	if f, ok := behind.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		// A bar has no end of line, for which a redact.Writer would wait.
		m.bar = progressbar.NewOptions(meterSteps, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(24), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionThrottle(200*time.Millisecond))
		return m
	}
	every := time.NewTicker(time.Second)
	m.tellAt(every.C, every.Stop)
	return m
}

// newMeterAt is a meter without a bar, with the given clock.
func newMeterAt(out io.Writer, what string, now func() time.Time) *meter {
	begun := now()
	return &meter{out: out, what: what, now: now, stop: func() {}, begun: begun, next: begun.Add(firstLine)}
}

// tellAt writes the lines that are due at each tick until done is called: a piece
// of work that calls set seldom, such as one long clip, is seen to go on too.
func (m *meter) tellAt(ticks <-chan time.Time, release func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	m.stop = sync.OnceFunc(func() {
		release()
		close(end)
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticks:
				m.tell()
			case <-end:
				return
			}
		}
	}()
}

// tell writes a line of progress if one is due.
func (m *meter) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if now.Before(m.next) {
		return
	}
	elapsed := now.Sub(m.begun)
	m.next = now.Add(soonLine)
	if elapsed >= long {
		m.next = now.Add(lateLine)
	}
	text := m.what + ": " + clock(elapsed)
	if m.share > 0 {
		text += fmt.Sprintf(", %3.0f %%", 100*min(m.share, 1))
	}
	if m.words != "" {
		text += ", " + m.words
	}
	fmt.Fprintln(m.out, text)
}

// set notes the share that is done, 0 to 1 and 0 where it is not known, and some
// words; a bar shows them at once.
func (m *meter) set(share float64, words string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	words = redact.Text(words)
	m.share, m.words = share, strings.TrimSpace(words)
	if m.bar != nil {
		m.bar.Describe(words)
		_ = m.bar.Set(min(max(int(share*meterSteps), 0), meterSteps-1)) // a bar that cannot be drawn stops nothing
	}
}

// line prints a line for the record: above the bar, or alone.
func (m *meter) line(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar != nil {
		_ = m.bar.Clear()
	}
	fmt.Fprintf(m.out, format+"\n", args...)
}

// done takes the bar away and ends the lines.
func (m *meter) done() {
	m.stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar != nil {
		_ = m.bar.Clear()
	}
}

// clock writes a time as people do: 1:02:03 or 2:03.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// plural is "1 event", "2 events".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// meter shows how far a piece of work is: a bar on a terminal, nothing else
// where errors go into a file.
type meter struct {
	out io.Writer
	bar *progressbar.ProgressBar
}

// meterSteps is the length of the bar: per mille.
const meterSteps = 1000

func newMeter(out io.Writer, what string) *meter {
	m := &meter{out: out}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		m.bar = progressbar.NewOptions(meterSteps, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(24), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionThrottle(200*time.Millisecond))
	}
	return m
}

// set shows the share that is done, 0 to 1, and some words.
func (m *meter) set(share float64, words string) {
	if m.bar == nil {
		return
	}
	m.bar.Describe(words)
	_ = m.bar.Set(min(max(int(share*meterSteps), 0), meterSteps-1)) // a bar that cannot be drawn stops nothing
}

// line prints a line for the record: above the bar, or alone.
func (m *meter) line(format string, args ...any) {
	if m.bar != nil {
		_ = m.bar.Clear()
	}
	fmt.Fprintf(m.out, format+"\n", args...)
}

// done takes the bar away.
func (m *meter) done() {
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

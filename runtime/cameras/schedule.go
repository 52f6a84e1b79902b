package cameras

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrSchedule says that a text is no hours of a week.
var ErrSchedule = errors.New("want days, hours or both, as in \"mon-fri 18:00-06:00\", \"sat,sun\" or \"22:00-06:00\"")

// Schedule is when something is on: any of its spans. The empty one always is.
type Schedule []Span

// Span is hours of some days. One that ends before it begins goes on over midnight,
// and belongs to the day it begins on.
type Span struct {
	Days     [7]bool       // by time.Weekday
	From, To time.Duration // since midnight, clock time of the machine
}

// On tells whether a schedule is on at a moment, by the clock of its location.
func (s Schedule) On(at time.Time) bool {
	if len(s) == 0 {
		return true
	}
	since := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second +
		time.Duration(at.Nanosecond())
	today := at.Weekday()
	yesterday := (today + 6) % 7
	for _, span := range s {
		over := span.To <= span.From
		if span.Days[today] && since >= span.From && (over || since < span.To) {
			return true
		}
		if over && span.Days[yesterday] && since < span.To {
			return true
		}
	}
	return false
}

// days are the names of the days, by time.Weekday.
var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseSpan reads days, hours or both: mon-fri 18:00-06:00, sat,sun, 22:00-06:00. The
// error is ErrSchedule.
func ParseSpan(text string) (Span, error) {
	fields := strings.Fields(strings.ToLower(text))
	whole := Span{Days: [7]bool{true, true, true, true, true, true, true}, To: 24 * time.Hour}
	span := whole
	var err error
	switch {
	case len(fields) == 1 && strings.Contains(fields[0], ":"):
		span.From, span.To, err = parseHours(fields[0])
	case len(fields) == 1:
		span.Days, err = parseDays(fields[0])
	case len(fields) == 2:
		if span.Days, err = parseDays(fields[0]); err == nil {
			span.From, span.To, err = parseHours(fields[1])
		}
	default:
		err = ErrSchedule
	}
	if err != nil {
		return Span{}, fmt.Errorf("%q: %w", text, err)
	}
	return span, nil
}

// parseDays reads mon-fri or sat,sun.
func parseDays(text string) (out [7]bool, err error) {
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, b := slices.Index(days, first), slices.Index(days, last)
		if a < 0 || b < 0 {
			return out, ErrSchedule
		}
		for d := a; ; d = (d + 1) % len(days) {
			out[d] = true
			if d == b {
				break
			}
		}
	}
	return out, nil
}

// parseHours reads 18:00-06:00; 24:00 is the end of the day.
func parseHours(text string) (from, to time.Duration, err error) {
	first, last, ok := strings.Cut(text, "-")
	if !ok {
		return 0, 0, ErrSchedule
	}
	if from, err = parseClock(first); err == nil {
		to, err = parseClock(last)
	}
	if err == nil && (from == to || from == 24*time.Hour) {
		err = ErrSchedule
	}
	return from, to, err
}

// parseClock reads 06:30, 00:00 to 24:00.
func parseClock(text string) (time.Duration, error) {
	if text == "24:00" {
		return 24 * time.Hour, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, ErrSchedule
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

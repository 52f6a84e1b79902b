// Package hours plans which of a camera's recorded hours a bundle learns from: those in
// which nothing happened that nobody has called ordinary, evenly over days and hours, less
// those that are held back to compare bundles on.
package hours

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"avid/models/spans"
)

// ErrHours says that a text is no hours of the day.
var ErrHours = errors.New("want hours of the day, as in 06-22, 22-06 or 06:30-22:00")

// Daily are hours of each day, by the clock of a place. Those that end before they begin
// go on over midnight; the zero value is the whole day.
type Daily struct{ From, To time.Duration } // since midnight

// ParseDaily reads 06-22, 22-06 or 06:30-22:00; nothing is the whole day. The error is
// ErrHours.
func ParseDaily(text string) (d Daily, err error) {
	if text == "" {
		return d, nil
	}
	first, last, ok := strings.Cut(text, "-")
	if ok {
		d.From, err = clock(first)
	}
	if ok && err == nil {
		d.To, err = clock(last)
	}
	if !ok || err != nil || d.From == 24*time.Hour || d.From == d.To {
		return Daily{}, fmt.Errorf("%q: %w", text, ErrHours)
	}
	return d, nil
}

// clock reads 06, 6, 06:30 or 24.
func clock(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "24" || text == "24:00" {
		return 24 * time.Hour, nil
	}
	for _, form := range []string{"15", "15:04"} {
		if t, err := time.Parse(form, text); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
		}
	}
	return 0, ErrHours
}

// String is the hours as ParseDaily reads them.
func (d Daily) String() string {
	if d == (Daily{}) {
		return "00:00-24:00"
	}
	show := func(t time.Duration) string { return fmt.Sprintf("%02d:%02d", int(t.Hours()), int(t.Minutes())%60) }
	return show(d.From) + "-" + show(d.To)
}

// In is the time of those hours within a span, by the clock of zone: where that is put
// forward or back, the hours go by what it shows.
func (d Daily) In(within spans.Span, zone *time.Location) spans.List {
	if d == (Daily{}) {
		d.To = 24 * time.Hour
	}
	at := func(day time.Time, since time.Duration) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), int(since.Hours()), int(since.Minutes())%60, 0, 0, zone)
	}
	var all []spans.Span
	first := within.From.In(zone).AddDate(0, 0, -1) // its hours may go on over midnight
	for day := first; !at(day, 0).After(within.To); day = day.AddDate(0, 0, 1) {
		s := spans.Span{From: at(day, d.From), To: at(day, d.To)}
		if d.To <= d.From {
			s.To = at(day.AddDate(0, 0, 1), d.To)
		}
		if part, ok := s.Cut(within); ok {
			all = append(all, part)
		}
	}
	return spans.Union(all...)
}

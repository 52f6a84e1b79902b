// Package spans has times from one moment to another, and what is in one list of them and
// not in another.
package spans

import (
	"slices"
	"time"
)

// Span is the time from From up to, not including, To.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Length is how long the span is.
func (s Span) Length() time.Duration { return s.To.Sub(s.From) }

// Cut is what the span has in common with another; false: nothing.
func (s Span) Cut(o Span) (Span, bool) {
	if o.From.After(s.From) {
		s.From = o.From
	}
	if o.To.Before(s.To) {
		s.To = o.To
	}
	return s, s.From.Before(s.To)
}

// List is spans in order, of which no two touch: what Union returns.
type List []Span

// Union is the time that lies in any of the spans, in any order.
func Union(all ...Span) List {
	all = slices.DeleteFunc(slices.Clone(all), func(s Span) bool { return !s.From.Before(s.To) })
	slices.SortFunc(all, func(a, b Span) int { return a.From.Compare(b.From) })
	var out List
	for _, s := range all {
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			if s.To.After(out[n-1].To) {
				out[n-1].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// Intersect is the time that lies in both lists.
func (l List) Intersect(o List) List {
	var out List
	for i, k := 0, 0; i < len(l) && k < len(o); {
		if both, ok := l[i].Cut(o[k]); ok {
			out = append(out, both)
		}
		if l[i].To.Before(o[k].To) {
			i++
		} else {
			k++
		}
	}
	return out
}

// Subtract is the time of the list that is not in another.
func (l List) Subtract(o List) List {
	var out List
	for _, s := range l {
		for _, gone := range o {
			if !gone.To.After(s.From) {
				continue
			}
			if !gone.From.Before(s.To) {
				break
			}
			if gone.From.After(s.From) {
				out = append(out, Span{s.From, gone.From})
			}
			s.From = gone.To
			if !s.From.Before(s.To) {
				break
			}
		}
		if s.From.Before(s.To) {
			out = append(out, s)
		}
	}
	return out
}

// Length is how long the spans are together.
func (l List) Length() (sum time.Duration) {
	for _, s := range l {
		sum += s.Length()
	}
	return sum
}

package spans_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"avid/models/spans"
)

// of makes spans of seconds, two a span.
func of(seconds ...int64) (all []spans.Span) {
	for i := 0; i+1 < len(seconds); i += 2 {
		all = append(all, spans.Span{From: time.Unix(seconds[i], 0), To: time.Unix(seconds[i+1], 0)})
	}
	return all
}

func text(l spans.List) (out string) {
	for _, s := range l {
		out += fmt.Sprintf("%d-%d ", s.From.Unix(), s.To.Unix())
	}
	return out
}

func TestUnion(t *testing.T) {
	for want, got := range map[string]spans.List{
		"":             spans.Union(),
		"1-4 5-9 ":     spans.Union(of(5, 7, 1, 2, 2, 4, 6, 9)...),
		"1-10 ":        spans.Union(of(1, 10, 2, 3, 4, 5)...),
		"3-4 ":         spans.Union(of(2, 2, 3, 4, 9, 8)...),
		"0-1 2-3 4-5 ": spans.Union(of(4, 5, 2, 3, 0, 1)...),
	} {
		if text(got) != want {
			t.Errorf("%q, want %q", text(got), want)
		}
	}
}

// TestAgainstSeconds holds the lists against sets of seconds.
func TestAgainstSeconds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func() (l spans.List, set [40]bool) {
		var all []spans.Span
		for range rng.IntN(6) {
			from := rng.Int64N(40)
			to := from + rng.Int64N(40-from)
			all = append(all, of(from, to)...)
			for i := from; i < to; i++ {
				set[i] = true
			}
		}
		return spans.Union(all...), set
	}
	held := func(l spans.List) (set [40]bool) {
		for _, s := range l {
			for i := s.From.Unix(); i < s.To.Unix(); i++ {
				if set[i] {
					t.Errorf("%s has a second twice", text(l))
				}
				set[i] = true
			}
		}
		return set
	}
	for range 2000 {
		a, sa := draw()
		b, sb := draw()
		var both, less [40]bool
		seconds := 0
		for i := range sa {
			both[i], less[i] = sa[i] && sb[i], sa[i] && !sb[i]
			if sa[i] {
				seconds++
			}
		}
		if got := a.Intersect(b); held(got) != both {
			t.Errorf("%sand %sis %s", text(a), text(b), text(got))
		}
		if got := a.Subtract(b); held(got) != less {
			t.Errorf("%sless %sis %s", text(a), text(b), text(got))
		}
		if held(a) != sa || a.Length() != time.Duration(seconds)*time.Second {
			t.Errorf("union %s, %v", text(a), a.Length())
		}
	}
}

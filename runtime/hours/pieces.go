package hours

import (
	"math/bits"
	"slices"
	"time"

	"avid/models/spans"
	"avid/runtime/record"
)

// Lengths of a piece: short ones come from more hours, and each begins anew what its
// neighbours know of the place.
const (
	leastPiece = 20 * time.Second
	mostPiece  = 2 * time.Minute
	// somePieces is how many the footage has at least, where that does not make them too
	// short: some of each hour of three days.
	somePieces = 60
)

// piece is how long pieces are.
func (r Request) piece() time.Duration {
	return max(min(max(r.Footage/somePieces, leastPiece), mostPiece), r.Least)
}

// Pieces are the parts of segments that lie in a time, in order, none longer than most.
func Pieces(segments []record.Recording, in spans.List, most time.Duration) (all []Piece) {
	for _, s := range segments {
		for _, part := range in.Intersect(spans.List{{From: s.Start, To: s.End}}) {
			n := max(int((part.Length()+most-1)/most), 1)
			each := part.Length() / time.Duration(n)
			for k := range n {
				one := spans.Span{From: part.From.Add(time.Duration(k) * each), To: part.From.Add(time.Duration(k+1) * each)}
				if k == n-1 {
					one.To = part.To
				}
				all = append(all, Piece{Path: s.Path, Began: s.Start, Span: one})
			}
		}
	}
	return all
}

// hour is one of a day.
type hour struct {
	year, day, hour int
}

// thin leaves about as much as is wanted, evenly over days and hours: in turn a piece of
// each hour, from as many places in it as that gives.
func thin(all []Piece, want time.Duration, zone *time.Location) []Piece {
	buckets := map[hour][]Piece{}
	var hours []hour
	for _, p := range all {
		if p.Length() < shortest {
			continue
		}
		at := p.From.In(zone)
		h := hour{at.Year(), at.YearDay(), at.Hour()}
		if buckets[h] == nil {
			hours = append(hours, h)
		}
		buckets[h] = append(buckets[h], p)
	}
	hours = spread(hours)
	for h, b := range buckets {
		buckets[h] = spread(b)
	}
	var out []Piece
	for took, round := time.Duration(0), 0; took < want; round++ {
		more := false
		for _, h := range hours {
			if b := buckets[h]; round < len(b) && took < want {
				p := b[round]
				p.To = p.From.Add(min(p.Length(), max(want-took, shortest)))
				out, took, more = append(out, p), took+p.Length(), true
			}
		}
		if !more {
			break
		}
	}
	slices.SortFunc(out, func(a, b Piece) int { return a.From.Compare(b.From) })
	return join(out)
}

// Thin is what is left of pieces where about as much as is wanted is to be looked at,
// evenly over days and hours.
func Thin(all []Piece, want time.Duration, zone *time.Location) []Piece {
	return thin(all, want, zone)
}

// spread orders things so that any first ones of them lie evenly in the order of before:
// by their index, its bits reversed (van der Corput's sequence).
func spread[T any](all []T) []T {
	width := bits.Len(uint(max(len(all)-1, 0)))
	index := make([]int, len(all))
	for i := range index {
		index[i] = i
	}
	key := func(i int) uint64 { return bits.Reverse64(uint64(i)) >> (64 - width) }
	if width > 0 {
		slices.SortFunc(index, func(a, b int) int {
			if key(a) < key(b) {
				return -1
			}
			return 1
		})
	}
	out := make([]T, len(all))
	for k, i := range index {
		out[k] = all[i]
	}
	return out
}

// join makes one of pieces that follow each other in a file.
func join(all []Piece) (out []Piece) {
	for _, p := range all {
		if n := len(out); n > 0 && out[n-1].Path == p.Path && out[n-1].To.Equal(p.From) {
			out[n-1].To = p.To
			continue
		}
		out = append(out, p)
	}
	return out
}

package record

import "time"

// mostRing bounds what a ring has in memory, bytes: a minute of a camera of 8 Mbit/s.
const mostRing = 64 << 20

// ring is the newest parts, for clips to begin before their event. With continuous
// recording it has places in files, else the frames.
type ring struct {
	keep  time.Duration
	parts []*flow
	bytes int // in memory
}

// add takes a part and lets go those that are too old. What is left begins with a key
// frame.
func (r *ring) add(f *flow) {
	r.parts = append(r.parts, f)
	r.bytes += f.part.memory()
	newest := f.part.end()
	for {
		next := r.nextKey()
		if next < 0 || newest.Sub(r.parts[next].part.wall) < r.keep && r.bytes <= mostRing {
			return
		}
		r.drop(next)
	}
}

// memory is the bytes that the part has here, and not in a file.
func (p *part) memory() int {
	if p.path != "" {
		return 0
	}
	return p.bytes
}

// nextKey is the place of the second group of pictures; negative: there is none.
func (r *ring) nextKey() int {
	for i, f := range r.parts {
		if i > 0 && f.part.key {
			return i
		}
	}
	return -1
}

// drop lets the first n parts go.
func (r *ring) drop(n int) {
	for _, f := range r.parts[:n] {
		r.bytes -= f.part.memory()
	}
	left := copy(r.parts, r.parts[n:])
	clear(r.parts[left:])
	r.parts = r.parts[:left]
}

func (r *ring) clear() { r.drop(len(r.parts)) }

// since returns the parts from the last key frame at or before a time on.
func (r *ring) since(t time.Time) []*flow {
	from := 0
	for i, f := range r.parts {
		if f.part.key && !f.part.wall.After(t) {
			from = i
		}
	}
	return r.parts[from:]
}

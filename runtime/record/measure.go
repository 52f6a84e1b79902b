package record

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
)

// box is a box of an MP4 at its outermost level.
type box struct {
	kind   string
	offset int64
	size   int64
}

// nextBox reads the beginning of the box at an offset; false where none is whole.
func nextBox(r io.ReaderAt, offset, end int64) (b box, ok bool) {
	var head [8]byte
	if offset+8 > end {
		return b, false
	}
	if _, err := r.ReadAt(head[:], offset); err != nil {
		return b, false
	}
	b = box{string(head[4:]), offset, int64(binary.BigEndian.Uint32(head[:]))}
	return b, b.size >= 8 && offset+b.size <= end
}

// mostFragment is more bytes than a fragment of a second has.
const mostFragment = 256 << 20

// measure reads when a recording begins and ends, and how long the whole of its
// fragments is. The error is ErrFile where there is none.
func measure(f *os.File) (s span, whole int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return s, 0, err
	}
	s.size = info.Size()
	var first, last int64 // offsets of fragments
	var kinds string
	for at := int64(0); ; {
		b, ok := nextBox(f, at, s.size)
		if !ok {
			break
		}
		switch kinds += " " + b.kind; b.kind {
		case "prft":
			last = at
		case "mdat":
			if whole == 0 {
				first = last
			}
			whole = at + b.size
			if s.start, err = startBy(f, last, s.start); err != nil {
				return s, 0, err
			}
		}
		at += b.size
		if len(kinds) > 32 {
			kinds = kinds[:32] // enough to see how it begins
		}
	}
	if whole == 0 || len(kinds) < 20 || kinds[:20] != " ftyp moov prft moof" {
		return s, 0, fmt.Errorf("%w: it has no whole fragment with a clock time", ErrFile)
	}
	// The last whole fragment is the one before what was cut.
	if last >= whole {
		last = before(f, first, whole)
	}
	return s, whole, s.readEnd(f, last, whole)
}

// before is the offset of the last fragment that ends at the given place.
func before(f io.ReaderAt, first, whole int64) (last int64) {
	for at := first; at < whole; {
		b, ok := nextBox(f, at, whole)
		if !ok {
			break
		}
		if b.kind == "prft" {
			last = at
		}
		at += b.size
	}
	return last
}

// startBy is when a recording began by the clock of a fragment too, which lies at an
// offset; zero: it is the first.
func startBy(f io.ReaderAt, at int64, known time.Time) (time.Time, error) {
	var head [clockLen]byte
	if _, err := f.ReadAt(head[:], at); err != nil {
		return known, err
	}
	wall, later, ok := readClock(head[:])
	switch {
	case !ok:
		return known, fmt.Errorf("%w: its fragments are none of ours", ErrFile)
	case known.IsZero():
		return wall.Add(-later), nil
	}
	return startedBy(known, wall, later), nil
}

// readEnd sets the end by the last fragment.
func (s *span) readEnd(f io.ReaderAt, last, whole int64) error {
	if whole-last > mostFragment {
		return fmt.Errorf("%w: its fragments are none of ours", ErrFile)
	}
	buf := make([]byte, whole-last)
	if _, err := f.ReadAt(buf, last); err != nil {
		return err
	}
	_, later, ok := readClock(buf)
	var parts fmp4.Parts
	if err := parts.Unmarshal(buf); err != nil || !ok || len(parts) != 1 || len(parts[0].Tracks) != 1 {
		return fmt.Errorf("%w: its last fragment is damaged: %w", ErrFile, err)
	}
	length := int64(0)
	for _, frame := range parts[0].Tracks[0].Samples {
		length += int64(frame.Duration)
	}
	s.end = s.start.Add(later + duration(length))
	return nil
}

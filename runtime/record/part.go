package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4/seekablebuffer"
)

// part is a fragment: some frames in a row. Where a segment has it, its frames are
// left to the segment's file.
type part struct {
	begin  int64 // decoding time of its first frame, ticks of the stream
	length int64 // ticks
	wall   time.Time
	key    bool // it begins with a key frame
	frames []*fmp4.Sample
	bytes  int

	path     string // of the file that has it; empty: frames are here
	offset   int64
	fragment int
}

// end is the clock time at which it is over.
func (p *part) end() time.Time { return p.wall.Add(duration(p.length)) }

// load returns the frames, from the file where they are there.
func (p *part) load() ([]*fmp4.Sample, error) {
	if p.path == "" {
		return p.frames, nil
	}
	f, err := os.Open(p.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buf := make([]byte, p.fragment)
	if _, err := f.ReadAt(buf, p.offset); err != nil {
		return nil, err
	}
	var all fmp4.Parts
	if err := all.Unmarshal(buf); err != nil || len(all) != 1 || len(all[0].Tracks) != 1 {
		return nil, fmt.Errorf("%w: %s at %d: %w", ErrFile, p.path, p.offset, err)
	}
	return all[0].Tracks[0].Samples, nil
}

// marshal writes a fragment that begins at a time of its file, with the clock time of
// its first frame before it.
func marshal(number uint32, at int64, wall time.Time, frames []*fmp4.Sample) ([]byte, error) {
	var buf seekablebuffer.Buffer
	one := fmp4.Part{SequenceNumber: number, Tracks: []*fmp4.PartTrack{{ID: 1, BaseTime: uint64(at), Samples: frames}}}
	if err := one.Marshal(&buf); err != nil {
		return nil, err
	}
	return append(clockBox(at, wall), buf.Bytes()...), nil
}

// clockLen is the length of a producer reference time box, version 1.
const clockLen = 32

// since1900 is the seconds from 1900, where NTP's time begins, to 1970 (RFC 5905
// section 6).
const since1900 = 2208988800

// clockBox is a producer reference time box (ISO/IEC 14496-12 section 8.16.5): it says
// which clock time a time of the track is.
func clockBox(at int64, wall time.Time) []byte {
	b := make([]byte, 0, clockLen)
	b = binary.BigEndian.AppendUint32(b, clockLen)
	b = append(b, "prft"...)
	b = append(b, 1, 0, 0, 24) // version 1; the time is that of capture
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint32(b, uint32(wall.Unix()+since1900))
	b = binary.BigEndian.AppendUint32(b, uint32(uint64(wall.Nanosecond())<<32/1e9))
	return binary.BigEndian.AppendUint64(b, uint64(at))
}

// readClock is the clock time in a box that clockBox made, and how much later than the
// file's beginning that is; false for any other box.
func readClock(b []byte) (wall time.Time, later time.Duration, ok bool) {
	if len(b) < clockLen || !bytes.Equal(b[4:8], []byte("prft")) || b[8] != 1 {
		return wall, 0, false
	}
	seconds := int64(binary.BigEndian.Uint32(b[16:])) - since1900
	share := uint64(binary.BigEndian.Uint32(b[20:]))
	at := int64(binary.BigEndian.Uint64(b[24:]) & math.MaxInt64)
	return time.Unix(seconds, int64((share*1e9+1<<31)>>32)).UTC(), duration(at), true
}

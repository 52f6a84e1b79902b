package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"time"
)

// Step is how long the time is that a Score is of.
const Step = 10 * time.Second

// Score is what a Step of judging came to.
type Score struct {
	At time.Time // its begin, a multiple of Step since 1970
	// Peak is the greatest score, logits, and Sure the greatest that two of three verdicts
	// in a row have reached, as it takes to begin an event. NaN where nothing was judged.
	Peak, Sure float64
	Threshold  float64 // of the last verdict
	Judged     int     // how many of its seconds have a verdict
	Seconds    Seconds
	seconds    uint16 // which have a verdict, the first in the lowest bit
}

// scoresDir is the folder in a camera's that has its scores, a file a day (UTC) with a
// place of scoreLen bytes for each Step: Peak, Sure and Threshold as float32, the seconds,
// and 1 where it was written; all little endian. What was not written is zero.
const (
	scoresDir   = "scores"
	scoresEnd   = ".scores"
	scoresMagic = "avid scores 001\n"
	scoreLen    = 16
	perDay      = int(24 * time.Hour / Step)
)

// dayFormat is how files of a day are called.
const dayFormat = "2006-01-02"

// dayPath is a file of the scores' folder of a camera.
func (s *Store) dayPath(camera string, day time.Time, ending string) string {
	return filepath.Join(s.dir, safe(camera), scoresDir, day.UTC().Format(dayFormat)+ending)
}

// midnight is the begin of a time's day, UTC.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// place is the number of a Score's Step in its day.
func (s *Score) place() int { return int(s.At.Sub(midnight(s.At)) / Step) }

// marshal is the Score as it is kept.
func (s *Score) marshal() []byte {
	b := make([]byte, 0, scoreLen)
	for _, v := range []float64{s.Peak, s.Sure, s.Threshold} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	b = binary.LittleEndian.AppendUint16(b, s.seconds)
	return binary.LittleEndian.AppendUint16(b, 1)
}

// unmarshal reads a Score; false where none was written.
func (s *Score) unmarshal(b []byte) bool {
	number := func(at int) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[at:]))) }
	s.Peak, s.Sure, s.Threshold, s.seconds = number(0), number(4), number(8), binary.LittleEndian.Uint16(b[12:])
	s.Judged = bits.OnesCount16(s.seconds)
	return binary.LittleEndian.Uint16(b[14:]) != 0
}

// merge takes in what was judged of the same Step before.
func (s *Score) merge(before Score) {
	if before.seconds == 0 {
		return
	}
	if s.seconds == 0 {
		s.Threshold = before.Threshold
	}
	s.Peak, s.Sure = greater(s.Peak, before.Peak), greater(s.Sure, before.Sure)
	s.Seconds.merge(before.Seconds)
	s.seconds |= before.seconds
	s.Judged = bits.OnesCount16(s.seconds)
}

// greater is the greater of two numbers, of which NaN is none.
func greater(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// writeScores writes scores of one day to their file.
func writeScores(path string, all []Score) error {
	return writePlaces(path, scoresMagic, scoreLen, all, (*Score).marshal)
}

// writePlaces writes what is kept of scores of one day, size bytes of each, to a file, which
// is made where it is not there. Each is written at once, so that a kill leaves none half
// written.
func writePlaces(path, magic string, size int, all []Score, marshal func(*Score) []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(magic), 0)
	for _, s := range all {
		_, one := f.WriteAt(marshal(&s), int64(len(magic)+size*s.place()))
		err = errors.Join(err, one)
	}
	return errors.Join(err, f.Close())
}

// readPlaces reads what writePlaces has written, without magic. A file that is not there has
// nothing; the error wraps ErrFile where it is none of ours.
func readPlaces(path, magic string, size int) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(len(magic)+perDay*size)))
	if err != nil {
		return nil, err
	}
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: %s does not begin with %q", ErrFile, path, magic)
	}
	return data[len(magic):], nil
}

// readScores reads the scores of a day, without their Seconds.
func readScores(path string, day time.Time) (all []Score, err error) {
	data, err := readPlaces(path, scoresMagic, scoreLen)
	for i := 0; (i+1)*scoreLen <= len(data); i++ {
		s := Score{At: day.Add(time.Duration(i) * Step)}
		if s.unmarshal(data[i*scoreLen:]) {
			all = append(all, s)
		}
	}
	return all, err
}

// Scores returns what was judged of a camera between two times, in order: a Score for each
// Step in which somebody was there to judge.
func (s *Store) Scores(camera string, from, to time.Time) (all []Score, err error) {
	for day := midnight(from); day.Before(to); day = day.Add(24 * time.Hour) {
		one, err := readScores(s.dayPath(camera, day, scoresEnd), day)
		if err != nil {
			return nil, err
		}
		if err := readSeconds(s.dayPath(camera, day, secondsEnd), one); err != nil {
			return nil, err
		}
		for _, v := range one {
			if v.At.Add(Step).After(from) && v.At.Before(to) {
				all = append(all, v)
			}
		}
	}
	return all, nil
}

// dropScores deletes the scores of days that are older than events are kept.
func (s *Store) dropScores(before time.Time) (all error) {
	files, err := filepath.Glob(filepath.Join(s.dir, "*", scoresDir, "*"))
	if err != nil {
		return err
	}
	for _, path := range files {
		name := filepath.Base(path)
		day, err := time.Parse(dayFormat, name[:min(len(dayFormat), len(name))])
		if err == nil && day.Add(24*time.Hour).Before(before) {
			all = errors.Join(all, os.Remove(path))
		}
	}
	return all
}

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
	seconds    uint16  // which, the first in the lowest bit
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

// place is where a Score lies in its file.
func (s *Score) place() int64 {
	return int64(len(scoresMagic)) + int64(s.At.Sub(midnight(s.At))/Step)*scoreLen
}

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

// writeScores writes scores of one day to their file, which is made where it is not there.
// Each is written at once, so that a kill leaves none half written.
func writeScores(path string, all []Score) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(scoresMagic), 0)
	for _, s := range all {
		_, one := f.WriteAt(s.marshal(), s.place())
		err = errors.Join(err, one)
	}
	return errors.Join(err, f.Close())
}

// readScores reads the scores of a day. A file that is not there has none; the error wraps
// ErrFile where it is none of ours.
func readScores(path string, day time.Time) (all []Score, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(len(scoresMagic)+perDay*scoreLen)))
	if err != nil {
		return nil, err
	}
	if len(data) < len(scoresMagic) || string(data[:len(scoresMagic)]) != scoresMagic {
		return nil, fmt.Errorf("%w: %s does not begin with %q", ErrFile, path, scoresMagic)
	}
	data = data[len(scoresMagic):]
	for i := 0; (i+1)*scoreLen <= len(data); i++ {
		s := Score{At: day.Add(time.Duration(i) * Step)}
		if s.unmarshal(data[i*scoreLen:]) {
			all = append(all, s)
		}
	}
	return all, nil
}

// Scores returns what was judged of a camera between two times, in order: a Score for each
// Step in which somebody was there to judge.
func (s *Store) Scores(camera string, from, to time.Time) (all []Score, err error) {
	for day := midnight(from); day.Before(to); day = day.Add(24 * time.Hour) {
		one, err := readScores(s.dayPath(camera, day, scoresEnd), day)
		if err != nil {
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

// Alarms is how many events scores would have given at a threshold: those that reach it in
// Steps that follow each other are one.
func Alarms(all []Score, threshold float64) (n int) {
	var last time.Time
	for _, s := range all {
		if !(s.Sure >= threshold) {
			continue
		}
		if !s.At.Equal(last.Add(Step)) {
			n++
		}
		last = s.At
	}
	return n
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

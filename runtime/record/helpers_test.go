package record

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"

	"avid/runtime/event"
)

// began is when films of tests begin.
var began = time.Date(2026, 11, 28, 8, 15, 0, 0, time.UTC)

// frameLen is how long a frame of testdata is; every tenth is a key frame.
const frameLen = 100 * time.Millisecond

// film is testdata/ball.h264 or .h265, which a GStreamer pipeline made (10 frames/s, a
// key frame a second, no frames that are shown in another order), again and again.
type film struct {
	codec Codec
	units [][]byte
	at    int
	begin time.Time
	every time.Duration
}

func newFilm(codec Codec) (*film, error) {
	data, err := os.ReadFile(filepath.Join("testdata", "ball."+string(codec)))
	if err != nil {
		return nil, err
	}
	var all h264.AnnexB
	if err := all.Unmarshal(data); err != nil {
		return nil, err
	}
	f := &film{codec: codec, begin: began, every: frameLen}
	for _, nal := range all { // an access unit delimiter begins each frame
		if delimiter := codec == H264 && nal[0]&0x1F == 9 || codec == H265 && nal[0]>>1 == 35; delimiter || len(f.units) == 0 {
			f.units = append(f.units, nil)
		}
		one, err := h264.AnnexB([][]byte{nal}).Marshal()
		if err != nil {
			return nil, err
		}
		last := &f.units[len(f.units)-1]
		*last = append(*last, one...)
	}
	return f, nil
}

// testFilm is newFilm of H.264, or the end of the test.
func testFilm(t *testing.T) *film {
	t.Helper()
	f, err := newFilm(H264)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// now is the clock time of the next frame.
func (f *film) now() time.Time { return f.begin.Add(time.Duration(f.at) * f.every) }

// next is the next frame.
func (f *film) next() Unit {
	u := Unit{Codec: f.codec, Data: f.units[f.at%len(f.units)], PTS: time.Duration(f.at) * f.every, Wall: f.now()}
	f.at++
	return u
}

// play writes frames for a time.
func (f *film) play(t *testing.T, r *Recorder, d time.Duration) {
	t.Helper()
	for end := f.now().Add(d); f.now().Before(end); {
		if err := r.Write(f.next()); err != nil {
			t.Fatal(err)
		}
	}
}

// report is a record of an event of camera yard, at the clock time of the next frame.
func (f *film) report(kind event.Kind, id uint64, start time.Time, score float32) event.Record {
	o := event.Origin{Camera: "yard", Bundle: event.Bundle{Name: "walkway", SHA256: "68f3"}, Began: began}
	at := f.now().Sub(began)
	return o.Record(event.Event{Kind: kind, ID: id, Start: start.Sub(began), Time: at, Duration: at - start.Sub(began), Score: score, Peak: score,
		Threshold: 6.5, Wall: f.now(), W: 64, H: 48})
}

// open opens a store with a clock, notes what it tells, and closes it with the test.
func open(t *testing.T, dir string, c Config, now func() time.Time, notes *[]string) *Store {
	t.Helper()
	s, err := Open(dir, c, Options{Now: now, Note: func(text string) {
		if notes != nil {
			*notes = append(*notes, text)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// recorder is one of camera yard.
func recorder(t *testing.T, s *Store) *Recorder {
	t.Helper()
	r, err := s.Recorder("yard", map[string]float64{"alpha": 0.5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// plain is a configuration that deletes nothing.
func plain(m Mode) Config {
	c := DefaultConfig()
	c.Mode, c.KeepSegments, c.KeepEvents, c.MinFree = m, 0, 0, 0
	return c
}

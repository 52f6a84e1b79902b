//go:build !nogst

package video

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"avid/models/datasets"
)

// day is when the recordings of TestTaken began.
var day = time.Date(2024, time.March, 5, 17, 20, 30, 0, time.UTC)

// film writes 3 pictures at 12.5 frames/s into a file by a muxer.
func film(t *testing.T, muxer, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := NewFeed(Packed("GRAY8", 64, 48, 1, 12.5), "videoconvert ! jpegenc ! "+muxer+" ! filesink name=file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Pipeline.Set("file", "location", path); err != nil {
		t.Fatal(err)
	}
	err = f.Run(context.Background(), func(out io.Writer) error {
		_, err := out.Write(bytes.Repeat([]byte{90}, 3*64*48))
		return err
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// patch changes the bytes after the first mark in a file.
func patch(t *testing.T, path, mark string, change func(all []byte, after int) []byte) {
	t.Helper()
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(all, []byte(mark))
	if at < 0 {
		t.Fatalf("%s has no %q", path, mark)
	}
	if err := os.WriteFile(path, change(all, at+len(mark)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// dateMP4 sets the creation_time of the box mvhd (ISO/IEC 14496-12, 8.2.2), version 0:
// seconds since 1904.
func dateMP4(t *testing.T, path string, at time.Time) {
	since := at.Unix() - time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	patch(t, path, "mvhd", func(all []byte, after int) []byte {
		binary.BigEndian.PutUint32(all[after+4:], uint32(since))
		return all
	})
}

// dateMatroska sets DateUTC (RFC 9559, 5.1.2.11): nanoseconds since 2001, in 8 bytes.
func dateMatroska(t *testing.T, path string, at time.Time) {
	since := at.Sub(time.Date(2001, time.January, 1, 0, 0, 0, 0, time.UTC))
	patch(t, path, "\x44\x61\x88", func(all []byte, after int) []byte {
		binary.BigEndian.PutUint64(all[after:], uint64(since))
		return all
	})
}

// dateAVI puts a chunk IDIT, local time in the form of C's asctime, at the end of the
// list hdrl. The index at the end of the file, whose places are not right any more,
// goes: readers do without.
func dateAVI(t *testing.T, path string, at time.Time) {
	text := at.Local().Format(time.ANSIC) + "\n\x00"
	chunk := append(binary.LittleEndian.AppendUint32([]byte("IDIT"), uint32(len(text))), text...)
	patch(t, path, "hdrl", func(all []byte, after int) []byte {
		size := binary.LittleEndian.Uint32(all[after-8:])
		end := after - 4 + int(size)
		binary.LittleEndian.PutUint32(all[after-8:], size+uint32(len(chunk)))
		binary.LittleEndian.PutUint32(all[4:], binary.LittleEndian.Uint32(all[4:])+uint32(len(chunk)))
		all = append(append(bytes.Clone(all[:end]), chunk...), all[end:]...)
		return bytes.Replace(all, []byte("idx1"), []byte("JUNK"), 1)
	})
}

// TestTaken: pictures have the date that the container gives the recording, also those
// of a part of it, and none where it gives none or one that cannot be.
func TestTaken(t *testing.T) {
	type dater func(*testing.T, string, time.Time)
	none := func(*testing.T, string, time.Time) {}
	for _, c := range []struct {
		what, muxer, name string
		date              dater
		at, want          time.Time
	}{
		{"MP4", "qtmux", "a.mov", dateMP4, day, day},
		{"Matroska", "matroskamux", "a.mkv", dateMatroska, day, day},
		{"AVI", "avimux", "a.avi", dateAVI, day, day},
		{"AVI without a date", "avimux", "a.avi", none, day, time.Time{}},
		{"a clock that was never set", "qtmux", "a.mov", dateMP4, time.Unix(60, 0), time.Time{}},
		{"a day to come", "matroskamux", "a.mkv", dateMatroska, time.Now().AddDate(1, 0, 0), time.Time{}},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := film(t, c.muxer, c.name)
			c.date(t, path, c.at)
			clip := datasets.Clip{Path: path, Range: datasets.Range{First: 1}}
			r, err := clip.Open(Open)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			p, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if !want.IsZero() {
				want = want.Add(80 * time.Millisecond) // the second picture
			}
			if !p.Taken.Equal(want) || p.PTS != 0 {
				t.Errorf("taken %v at %v, want %v at 0", p.Taken, p.PTS, want)
			}
		})
	}
}

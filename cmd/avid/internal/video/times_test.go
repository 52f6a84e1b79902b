//go:build !nogst

package video

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"avid/runtime/analyze"
)

// TestNoTimes: pictures without times, as of JPEG files laid end to end, are read at the
// rate that the filter takes them to have, and an output that needs times says so.
func TestNoTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.mjpg")
	f, err := NewFeed(Packed("GRAY8", 64, 48, 1, 12.5), "jpegenc ! filesink name=file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Pipeline.Set("file", "location", path); err != nil {
		t.Fatal(err)
	}
	err = f.Run(t.Context(), func(out io.Writer) error {
		_, err := out.Write(bytes.Repeat([]byte{90}, 7*64*48))
		return err
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var clock analyze.Clock
	for k := range 7 {
		p, err := r.Next()
		if want := clock.At(-1); err != nil || p.PTS != want {
			t.Fatalf("picture %d at %v, want %v; %v", k, p.PTS, want, err)
		}
	}
	tail, err := Encoder(".mp4")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(path, RawCaps()+" ! videoconvert ! "+tail)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Set("file", "location", filepath.Join(t.TempDir(), "out.mp4")); err != nil {
		t.Fatal(err)
	}
	if err := Play(t.Context(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "have the output end in .mkv") {
		t.Errorf("%v", err)
	}
}

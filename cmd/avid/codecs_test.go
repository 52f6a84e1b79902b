//go:build !nogst

package main

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/element/pipeline"
	"avid/element/pipeline/testcamera"
	"avid/runtime/record"
)

// sent is what cameras send, by names of tests. few is how many pictures a second come at
// least, where not all of 10 do.
var sent = map[string]struct {
	form testcamera.Form
	few  float64
	with func(t *testing.T, c *testcamera.Camera) // while it is recorded
}{
	"H264 with B-frames": {form: testcamera.Ball(192, 128, 10, "x264enc speed-preset=veryfast rc-lookahead=0 sync-lookahead=0 bframes=2 b-adapt=false key-int-max=20", testcamera.H264, "H264")},
	"H265":               {form: testcamera.Ball(192, 128, 10, "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 option-string=repeat-headers=1", testcamera.H265, "H265")},
	"H265 with B-frames": {form: testcamera.Ball(192, 128, 10, "x265enc speed-preset=ultrafast key-int-max=20 option-string=bframes=2:b-adapt=0:rc-lookahead=3:repeat-headers=1", testcamera.H265, "H265")},
	"MJPEG":              {form: testcamera.Ball(192, 128, 10, "jpegenc", testcamera.JPEG, "JPEG")},
	"rate that varies": {few: 3, form: testcamera.Ball(192, 128, 10, "identity drop-probability=0.4 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10",
		testcamera.H264, "H264")},
	"seldom key frames": {form: testcamera.Ball(192, 128, 10, "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=100", testcamera.H264, "H264")},
	"another size": {
		form: testcamera.Ball(192, 128, 10, "videoscale ! capsfilter name=size caps=video/x-raw,width=192,height=128 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10",
			testcamera.H264, "H264"),
		with: func(t *testing.T, c *testcamera.Camera) {
			if err := c.Set("size", "caps", "video/x-raw,width=320,height=240"); err != nil {
				t.Error(err)
			}
		},
	},
}

// TestRecordingOfCodecs: of what cameras send, segments and clips play from their first
// frame, are as long as the index says, and have their event with its pre-roll.
func TestRecordingOfCodecs(t *testing.T) {
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	for name, c := range sent {
		t.Run(name, func(t *testing.T) {
			camera, err := testcamera.OpenAt("127.0.0.1:0", c.form)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(camera.Close)
			dir := t.TempDir()
			_, errOut, stop := start(t, cameraLine(camera.URL(), dir)...)
			t.Cleanup(func() { t.Logf("%s", errOut) }) // shown where it fails
			until(t, "a clip", func() bool { return bytesBelow(dir, "*-1.mp4") > 12_000 })
			if c.with != nil {
				c.with(t, camera)
				until(t, "a second segment", func() bool { return bytesBelow(dir, "??-??-??*.mp4") > 60_000 })
			}
			if s := stop(); s != 0 {
				t.Fatalf("status %d, %s", s, errOut)
			}
			s, err := record.Open(dir, record.DefaultConfig(), record.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			segments, err := s.Segments("camera1", time.Time{}, time.Time{})
			if err != nil || len(segments) == 0 || c.with != nil && len(segments) < 2 {
				t.Fatalf("segments %+v, %v", segments, err)
			}
			for _, one := range append(segments, clips(t, s, segments)...) {
				plays(t, s.Path(one.Path), one.End.Sub(one.Start), max(c.few, 8))
			}
		})
	}
}

// clips are those of all events, each of which has its sidecar's event, and what was before
// it in its segment.
func clips(t *testing.T, s *record.Store, segments []record.Recording) (all []record.Recording) {
	t.Helper()
	events, err := s.Events(record.Query{})
	if err != nil || len(events) == 0 {
		t.Fatalf("events %+v, %v", events, err)
	}
	for _, e := range events {
		found, err := s.Clips("camera1", e.ID)
		if err != nil || len(found) == 0 {
			t.Fatalf("event %+v has clips %+v, %v", e, found, err)
		}
		from := e.Start.Add(-record.DefaultConfig().PreRoll)
		for _, one := range segments { // a clip does not reach over what breaks them
			if !one.Start.After(e.Start) && from.Before(one.Start) {
				from = one.Start
			}
		}
		if first, last := found[0], found[len(found)-1]; first.Start.After(from.Add(500*time.Millisecond)) || last.End.Before(e.End.Add(-500*time.Millisecond)) {
			t.Errorf("the clips of an event from %v to %v are from %v to %v, of segments %+v", e.Start, e.End, first.Start, last.End, segments)
		}
		all = append(all, found...)
	}
	return all
}

// plays plays a recording: its first picture is shown at once, all of them in order,
// and as long as is claimed, with half as many a second as the camera sends at least: it
// leaves some out where the machine is busy.
func plays(t *testing.T, path string, claimed time.Duration, rate float64) {
	t.Helper()
	r, err := video.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, last := 0, 0.0
	for ; ; n++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s after %d pictures: %v", path, n, err)
		}
		if n == 0 && p.PTS.Seconds() > 0.35 || n > 0 && p.PTS.Seconds() <= last {
			t.Errorf("%s: picture %d is shown at %g s, after %g s", filepath.Base(path), n, p.PTS.Seconds(), last)
		}
		last = p.PTS.Seconds()
	}
	if gap := claimed.Seconds() - last; gap < -0.5 || gap > 1 || float64(n) < rate/2*claimed.Seconds()-5 || float64(n) > 12*claimed.Seconds()+5 {
		t.Errorf("%s: %d pictures up to %g s, and it is to have %v", filepath.Base(path), n, last, claimed)
	}
}

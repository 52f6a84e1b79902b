//go:build !nogst

package video

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/models/luma"
	"avid/runtime/pixel"
)

// filmed writes what a pipeline gives into a file and returns its path.
func filmed(t *testing.T, name, description string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	p, err := pipeline.Parse(description + " ! filesink location=" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Run(patience); err != nil {
		t.Fatalf("%s: %v", description, err)
	}
	return path
}

// TestReaderTellsTheRange: what a decoder says of its pictures' range goes with
// them, and comes back where a part of a video is fed into a pipeline.
func TestReaderTellsTheRange(t *testing.T) {
	const source = "videotestsrc num-buffers=4 ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! "
	for name, c := range map[string]struct {
		description string
		want        luma.Range
	}{
		"h264.mp4":  {source + "x264enc ! h264parse ! mp4mux", luma.Limited},
		"jpeg.mkv":  {source + "jpegenc ! matroskamux", luma.Full},
		"10bit.mkv": {source + "videoconvert ! video/x-raw,format=I420_10LE ! x264enc ! h264parse ! matroskamux", luma.Limited},
	} {
		path := filmed(t, name, c.description)
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Next()
		if err != nil || p.Range != c.want || len(p.Gray) != 64*48 {
			t.Errorf("%s: range %v, want %v, %v", name, p.Range, c.want, err)
		}
		r.Close()
		s, err := OpenStream(&datasets.Clip{Path: path, Range: datasets.Range{First: 1, End: 3}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if back := fed(t, s); back.Colour.Range != c.want.String() {
			t.Errorf("%s: %+v is fed as %+v", name, s.Raw(), back.Colour)
		}
	}
}

// fed gives the first picture of a stream as a pipeline sees it.
func fed(t *testing.T, s Stream) *pipeline.Sample {
	t.Helper()
	f, err := NewFeed(s.Raw(), "appsink name=out sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	go func() {
		_ = s.Next(f.write) // the other end sees what is missing
		f.write.Close()
	}()
	return first(t, f.Pipeline, s.Raw().Format)
}

// TestRotatedStaysAsDelivered: a video that says it is to be shown turned is read
// as the decoder delivers it, which is also what avidfilter is given.
func TestRotatedStaysAsDelivered(t *testing.T) {
	const source = "videotestsrc num-buffers=4 ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! x264enc ! h264parse ! "
	upright := filmed(t, "upright.mp4", source+"mp4mux")
	turned := filmed(t, "turned.mp4", source+"taginject tags=image-orientation=rotate-90 ! mp4mux")
	// That the file says so is seen where somebody listens.
	if s := taken(t, "filesrc location="+turned+" ! decodebin ! videoflip video-direction=auto"); s.Width != 48 || s.Height != 64 {
		t.Fatalf("it is shown as %dx%d: the file does not say that it is turned", s.Width, s.Height)
	}
	var pictures [2]datasets.Picture
	for i, path := range []string{upright, turned} {
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if pictures[i], err = r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if p := pictures[1]; p.Width != 64 || p.Height != 48 || !bytes.Equal(p.Gray, pictures[0].Gray) {
		t.Errorf("the tool reads %dx%d, not what is stored", p.Width, p.Height)
	}
	s := taken(t, "filesrc location="+turned+" ! decodebin ! "+RawCaps())
	if gray, _, err := new(grey).of(s); err != nil || !bytes.Equal(gray, pictures[1].Gray) {
		t.Errorf("the filter is given another picture than training reads: %dx%d, %v", s.Width, s.Height, err)
	}
}

// TestFolderLooksAlike: the luma of a folder's pictures, fed into a pipeline, is that
// which training reads from them, in small pictures and large, of JPEG and of PNG.
func TestFolderLooksAlike(t *testing.T) {
	for _, h := range []int{48, 600} {
		for _, ending := range []string{".jpg", ".png"} {
			dir := t.TempDir()
			img := image.NewNRGBA(image.Rect(0, 0, 35, h))
			for y := range h {
				for x := range 35 {
					img.Set(x, y, color.NRGBA{R: byte(7 * x), G: byte(255 - y%256), B: byte(x * y), A: 255})
				}
			}
			var clip datasets.Clip
			for k, other := range []string{ending, ".jpg", ".png"} { // a mixture, after the first
				var text bytes.Buffer
				err := jpeg.Encode(&text, img, nil)
				if other == ".png" {
					text.Reset()
					err = png.Encode(&text, img)
				}
				path := filepath.Join(dir, fmt.Sprint(k, other))
				if err == nil {
					err = os.WriteFile(path, text.Bytes(), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
				clip.Images = append(clip.Images, path)
			}
			s, err := OpenStream(&clip)
			if err != nil {
				t.Fatal(err)
			}
			gray, w, _, err := datasets.ReadGray(clip.Images[0], nil)
			if err != nil {
				t.Fatal(err)
			}
			sample := fed(t, s)
			info, err := infoOf(sample)
			if err != nil {
				t.Fatal(err)
			}
			if yuv := ending == ".jpg"; yuv != (info.Format == pixel.Y444) || info.Range != luma.Full {
				t.Errorf("%s is fed as %+v", ending, info)
			}
			f, err := info.Luma()
			if err != nil {
				t.Fatal(err)
			}
			got := scaled(t, f, luma.Full, sample.Planes[0], sample.Strides[0], w, h)
			if d := near(got, scaled(t, luma.Plane(), luma.Full, gray, w, w, h)); d > 1 {
				t.Errorf("%d lines of %s: luma is %d off what training reads", h, ending, d)
			}
			for range len(clip.Images) - 1 {
				var rest bytes.Buffer
				if err := s.Next(&rest); err != nil || rest.Len() != s.Raw().Size {
					t.Errorf("%s: %d bytes of %d, %v", ending, rest.Len(), s.Raw().Size, err)
				}
			}
		}
	}
}

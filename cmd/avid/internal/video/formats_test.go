//go:build !nogst

package video

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"avid/element/pipeline"
	"avid/models/luma"
	"avid/runtime/overlay"
	"avid/runtime/pixel"
)

// taken plays a pipeline description to its first sample.
func taken(t *testing.T, description string) *pipeline.Sample {
	t.Helper()
	p, err := pipeline.Parse(description + " ! appsink name=out sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	return first(t, p, description)
}

func first(t *testing.T, p *pipeline.Pipeline, description string) *pipeline.Sample {
	t.Helper()
	s := new(pipeline.Sample)
	if err := start(p); err != nil {
		t.Fatalf("%s: %v", description, err)
	}
	if err := p.Pull("out", 20*time.Second, s); err != nil {
		t.Fatalf("%s: %v, %v", description, err, failure(p))
	}
	return s
}

// shown turns a sample's picture into RGB: fed into a pipeline as avid run feeds
// what it reads, and converted by GStreamer.
func shown(t *testing.T, s *pipeline.Sample) *pipeline.Sample {
	t.Helper()
	raw := layout(s, 10)
	f, err := NewFeed(raw, "videoconvert dither=none ! video/x-raw,format=RGB ! appsink name=out sync=false")
	if err != nil {
		t.Fatalf("%s: %v", s.Format, err)
	}
	defer f.Close()
	go func() {
		for _, p := range s.Planes {
			_, _ = f.write.Write(p) // the other end sees what is missing
		}
		f.write.Close()
	}()
	return first(t, f.Pipeline, s.Format)
}

// near tells the greatest difference between two pictures.
func near(a, b []byte) (most int) {
	for i := range a {
		most = max(most, int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return most
}

// scaled is the luma of a picture at a model's size.
func scaled(t *testing.T, f luma.Format, to luma.Range, plane []byte, stride, w, h int) []byte {
	t.Helper()
	const modelW, modelH = 20, 16
	s, err := luma.NewScaler(f, to, w, h, modelW, modelH)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, modelW*modelH)
	if err := s.Scale(out, plane, stride); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryFormat has one coloured picture converted by GStreamer into each format
// of the table, in each range and matrix that it may have. Whatever the format, the
// same luma must come out of it by the filter's way and by the tool's, and a drawing
// must have the same colour and lie at the same place.
func TestEveryFormat(t *testing.T) {
	for _, size := range [][2]int{{64, 48}, {63, 47}, {33, 600}} {
		w, h := size[0], size[1]
		source := fmt.Sprintf("videotestsrc num-buffers=1 pattern=smpte ! video/x-raw,format=RGB,width=%d,height=%d,framerate=10/1", w, h)
		rgb := taken(t, source)
		for _, format := range pixel.All() {
			colours := []string{""}
			if format.Model() == pixel.YUV {
				colours = []string{"", ",colorimetry=1:4:0:0", ",colorimetry=1:3:0:0", ",colorimetry=2:3:0:0"}
			}
			for _, colour := range colours {
				t.Run(fmt.Sprintf("%dx%d %v%s", w, h, format, colour), func(t *testing.T) {
					s := taken(t, fmt.Sprintf("%s ! videoconvert dither=none ! video/x-raw,format=%v%s", source, format, colour))
					checkLuma(t, rgb, s)
					checkDrawing(t, s)
				})
			}
		}
	}
}

// checkLuma compares the luma of a sample with that of the RGB it was made of.
func checkLuma(t *testing.T, rgb, s *pipeline.Sample) {
	t.Helper()
	info, err := infoOf(s)
	if err != nil {
		t.Fatal(err)
	}
	matrix := info.Matrix
	if info.Format == pixel.GRAY8 {
		matrix = luma.BT601 // as GStreamer makes grey, whatever the size
	}
	f, err := info.Luma()
	if err != nil {
		t.Fatal(err)
	}
	for to, off := range map[luma.Range]int{luma.Full: 2, luma.Limited: 2} {
		want := scaled(t, luma.RGB(3, 0, 1, 2, matrix), to, rgb.Planes[0], rgb.Strides[0], s.Width, s.Height)
		got := scaled(t, f, to, s.Planes[0], s.Strides[0], s.Width, s.Height)
		if d := near(got, want); d > off {
			t.Errorf("luma of the filter, range %v: %d off", to, d)
		}
		gray, values, err := new(grey).of(s)
		if err != nil {
			t.Fatal(err)
		}
		read := scaled(t, luma.Plane().In(values), to, gray, s.Width, s.Width, s.Height)
		// The tool rounds each pixel to a byte before it scales.
		if d := near(read, got); d > 1 {
			t.Errorf("luma of the tool, range %v: %d off the filter's", to, d)
		}
	}
}

// checkDrawing draws over the left half and looks at what a viewer would see.
func checkDrawing(t *testing.T, s *pipeline.Sample) {
	t.Helper()
	const argb, r, g, b = 0xff3080c0, 0x30, 0x80, 0xc0
	before := shown(t, s)
	info, err := infoOf(s)
	if err != nil {
		t.Fatal(err)
	}
	drawn := *s
	p := &overlay.Picture{Info: info}
	for i := range p.Planes {
		drawn.Planes[i] = slices.Clone(s.Planes[i])
		p.Planes[i], p.Strides[i] = drawn.Planes[i], s.Strides[i]
	}
	style := overlay.Style{Flags: overlay.Mask, Color: argb, Opacity: 1}
	if err := overlay.New(1, 2).Draw(p, &overlay.Input{Mask: []byte{255, 0}}, style); err != nil {
		t.Fatal(err)
	}
	after := shown(t, &drawn)
	want := []byte{r, g, b}
	if info.Format == pixel.GRAY8 {
		y := byte((299*r + 587*g + 114*b + 500) / 1000)
		want = []byte{y, y, y}
	}
	for _, y := range []int{0, s.Height / 2, s.Height - 1} {
		for x := range s.Width {
			at := y*after.Strides[0] + 3*x
			got, was := after.Planes[0][at:at+3], before.Planes[0][at:at+3]
			switch {
			case x < s.Width/2-3 && near(got, want) > 4:
				t.Fatalf("(%d, %d) is %v, want %v", x, y, got, want)
			case x > s.Width/2+3 && near(got, was) > 0:
				t.Fatalf("(%d, %d) beside the drawing became %v, was %v", x, y, got, was)
			}
		}
	}
}

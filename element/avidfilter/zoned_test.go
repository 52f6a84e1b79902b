package avidfilter

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/gstc/harness"
	"avid/models/luma"
	"avid/runtime/pixel"
)

// hidden is a zone over the left half that is painted black, and lies in JSON.
const hidden = `zones="[{\"name\":\"desk\",\"kind\":\"private\",\"points\":[[0,0],[0.5,0],[0.5,1],[0,1]]}]"`

// TestPrivate: from the first frame on a private zone is black, in every format and
// wherever the picture lies in its buffer; nothing else is changed, nor the buffer of
// others.
func TestPrivate(t *testing.T) {
	const w, h = 16, 8
	for _, format := range pixel.All() {
		for _, at := range []gstc.Area{{X: 4, Y: 2, Width: w, Height: h}, {X: 5, Y: 3, Width: w, Height: h}} {
			b := newBuffer(format, 24, 14)
			for y := range b.layout.Height {
				for x := range b.layout.Width {
					b.set(x, y, 180)
				}
			}
			el := start(t, &fake{h: h, w: w, rate: 10, luma: luma.Stored}, "overlay=none "+hidden,
				fmt.Sprintf("video/x-raw,format=%v,width=%d,height=%d,framerate=10/1", format, w, h))
			for i := range 2 {
				out := pushAt(t, el, harness.In{Data: b.data, Layout: &b.layout, Crop: &at, Keep: true, PTS: time.Duration(i) * frameStep})
				black := *b
				black.data = out.Data
				// Luma, or red, of the pixels: the chroma at the border is shared.
				first := format.Components()[0]
				bits, shift := format.Depth()
				level := func(x, y int) int {
					v := int(out.Data[black.at(first, x, y)])
					if bits > 8 {
						v = (v | int(out.Data[black.at(first, x, y)+1])<<8) >> shift >> (bits - 8)
					}
					return v
				}
				for y := range h {
					for x := range w {
						got := level(at.X+x, at.Y+y)
						if x < w/2 && got > 16 || x >= w/2 && got != 180 {
							t.Fatalf("%v %v, frame %d: pixel %d, %d is %d", format, at, i, x, y, got)
						}
					}
				}
				for i := range b.inside(at) {
					out.Data[i] = b.data[i]
				}
				if string(out.Data) != string(b.data) {
					t.Errorf("%v %v: painted outside of the picture", format, at)
				}
			}
		}
	}
}

// TestZonesOfElement: events carry the zone that they lie in, what lies elsewhere is not
// told, zones may change while it plays, and bad ones are refused.
func TestZonesOfElement(t *testing.T) {
	zone := func(name string, x0, x1 float64) string {
		return fmt.Sprintf(`[{"name":%q,"kind":"judge","points":[[%g,0],[%g,0],[%g,1],[%g,1]]}]`, name, x0, x1, x1, x0)
	}
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "overlay=none", grayCaps)
	i := 0
	for range 10 {
		push(t, h, i, spot())
		i++
	}
	h.Set("zones", zone("far", 0.75, 1))
	for range 10 {
		push(t, h, i, spot())
		i++
	}
	told := texts(h)
	if !strings.Contains(told, "kind=(string)begin") || !strings.Contains(told, "kind=(string)end") || strings.Contains(told, "zone") || strings.Contains(told, "id=(guint64)2") {
		t.Errorf("before there are zones, and beside them: %s", told)
	}
	h.Set("zones", zone("way", 0, 0.5))
	told = stream(t, h, &i, spot(), "kind=(string)begin")
	if !strings.Contains(told, "id=(guint64)2") || !strings.Contains(told, "zone=(string)way") {
		t.Errorf("in the zone: %s", told)
	}
	if boxes := push(t, h, i, spot()).Boxes; len(boxes) != 1 || boxes[0].Zone != "way" {
		t.Errorf("boxes %+v", boxes)
	}
	i++
	h.Set("zones", "[{")
	if told := stream(t, h, &i, spot(), "not taken"); strings.Contains(told, "kind=(string)end") {
		t.Errorf("bad zones end the event: %s", told)
	}
	for range 5 {
		push(t, h, i, spot())
		i++
	}
	if told := texts(h); strings.Contains(told, "not taken") {
		t.Errorf("it is told again and again: %s", told)
	}
}

// TestPrivateMoves: where the camera was turned a little, a private zone is black where it
// was and where the picture shows it now.
func TestPrivateMoves(t *testing.T) {
	const w, h, right, down = 128, 96, 6, 4
	place := make([]byte, (w+right)*(h+down))
	rng := rand.New(rand.NewPCG(3, 4))
	for y := range h + down {
		for x := range w + right { // blocks of 8 pixels, none of them black
			if at := y*(w+right) + x; y%8 != 0 {
				place[at] = place[at-w-right]
			} else if x%8 != 0 {
				place[at] = place[at-1]
			} else {
				place[at] = byte(60 + rng.IntN(130))
			}
		}
	}
	frame := func(i, x0, y0 int) []byte {
		f := make([]byte, w*h)
		for y := range h {
			copy(f[y*w:(y+1)*w], place[(y+y0)*(w+right)+x0:])
		}
		f[w*h-1] = byte(100 + i%2)
		return f
	}
	el := start(t, &fake{h: h, w: w, rate: 10, luma: luma.Stored}, `overlay=none zones="[{\"name\":\"desk\",\"kind\":\"private\",\"points\":[[0.25,0.25],[0.5,0.25],[0.5,0.5],[0.25,0.5]]}]"`,
		fmt.Sprintf("video/x-raw,format=GRAY8,width=%d,height=%d,framerate=10/1", w, h))
	black := func(out harness.Out, x, y int) bool { return out.Data[y*w+x] <= 16 }
	var out harness.Out
	for i := range 10 {
		out = pushAt(t, el, harness.In{Data: frame(i, right, down), PTS: time.Duration(i) * frameStep})
	}
	if !black(out, 32, 24) || !black(out, 63, 47) || black(out, 31, 24) || black(out, 64, 48) {
		t.Error("before it moves the zone is not where it was drawn")
	}
	for i := 10; i < 40; i++ {
		out = pushAt(t, el, harness.In{Data: frame(i, 0, 0), PTS: time.Duration(i) * frameStep})
	}
	for _, p := range [][2]int{{32, 24}, {63, 47}, {32 + right, 24 + down}, {63 + right, 47 + down}} {
		if !black(out, p[0], p[1]) {
			t.Errorf("pixel %v is to be seen", p)
		}
	}
	if black(out, 31, 24) || black(out, 66+right, 50+down) {
		t.Error("what lies outside of both places is black")
	}
}

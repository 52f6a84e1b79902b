package avidfilter

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"avid/element/gstc"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/average"
	"avid/models/luma"
	"avid/runtime/pixel"
)

// buffer is a picture in memory with space around its planes and rows.
type buffer struct {
	format pixel.Format
	layout harness.Layout
	data   []byte
}

// spare is what lies around the planes of a buffer.
const spare = 13

// newBuffer has pixels of middle grey, and the same value in what lies around.
func newBuffer(f pixel.Format, w, h int) *buffer {
	b := &buffer{format: f, layout: harness.Layout{Format: f.String(), Width: w, Height: h}}
	var rows, lines [3]int
	planes := 0
	for _, c := range f.Components() {
		rows[c.Plane] = max(rows[c.Plane], (w+int(c.XSub))>>c.XSub*c.Stride)
		lines[c.Plane] = max(lines[c.Plane], (h+int(c.YSub))>>c.YSub)
		planes = max(planes, c.Plane+1)
	}
	size := spare
	for p := range planes {
		b.layout.Strides = append(b.layout.Strides, rows[p]+spare+spare%2)
		b.layout.Offsets = append(b.layout.Offsets, size)
		size += lines[p]*b.layout.Strides[p] + spare
	}
	b.data = bytes.Repeat([]byte{128}, size)
	return b
}

// at is where a component of a pixel begins.
func (b *buffer) at(c pixel.Component, x, y int) int {
	return b.layout.Offsets[c.Plane] + y>>c.YSub*b.layout.Strides[c.Plane] + x>>c.XSub*c.Stride + c.Offset
}

// set makes a pixel grey: luma v, or R, G and B.
func (b *buffer) set(x, y int, v byte) {
	bits, shift := b.format.Depth()
	for i, c := range b.format.Components() {
		switch at := b.at(c, x, y); {
		case i > 0 && b.format.Model() == pixel.YUV:
		case bits > 8:
			binary.LittleEndian.PutUint16(b.data[at:], uint16(v)<<(bits-8)<<shift)
		default:
			b.data[at] = v
		}
	}
}

// TestCrop: the picture is the part that a crop meta tells, in every format and
// wherever it begins. What lies outside is neither judged nor drawn on, and boxes
// are in the picture's own pixels.
func TestCrop(t *testing.T) {
	const w, h = 16, 8 // of the picture, and of the model
	for _, format := range pixel.All() {
		for _, area := range []gstc.Area{{X: 4, Y: 2, Width: w, Height: h}, {X: 5, Y: 3, Width: w, Height: h}, {X: 8, Y: 6, Width: w, Height: h}} {
			b := newBuffer(format, 24, 14)
			for y := range b.layout.Height {
				for x := range b.layout.Width {
					inside := x >= area.X && x < area.X+w && y >= area.Y && y < area.Y+h
					spot := inside && x >= area.X+4 && x < area.X+8 && y >= area.Y+2 && y < area.Y+4
					switch {
					case spot:
						b.set(x, y, 250)
					case inside:
						b.set(x, y, 50)
					default:
						b.set(x, y, 255) // irregular, if it were looked at
					}
				}
			}
			in := harness.In{Data: b.data, Layout: &b.layout, Crop: &area, Keep: true}
			h := start(t, &fake{h: h, w: w, rate: 10, luma: luma.Stored}, "overlay=mask+heat+score opacity=1",
				fmt.Sprintf("video/x-raw,format=%v,width=%d,height=%d,framerate=10/1", format, w, h))
			var out harness.Out
			for i := range average.Frames {
				in.PTS = time.Duration(i) * frameStep
				out = pushAt(t, h, in)
			}
			if len(out.Boxes) != 1 || out.Boxes[0].X != 4 || out.Boxes[0].Y != 2 || out.Boxes[0].W != 4 || out.Boxes[0].H != 2 {
				t.Errorf("%v %v: boxes %+v", format, area, out.Boxes)
			}
			if bytes.Equal(out.Data, b.data) {
				t.Errorf("%v %v: nothing was drawn", format, area)
			}
			for i := range b.inside(area) {
				out.Data[i] = b.data[i]
			}
			if !bytes.Equal(out.Data, b.data) {
				t.Errorf("%v %v: drawn outside of the picture", format, area)
			}
		}
	}
}

// inside yields the bytes of the pixels of an area, and of the chroma that they
// share with what lies around.
func (b *buffer) inside(a gstc.Area) func(yield func(int) bool) {
	bits, _ := b.format.Depth()
	return func(yield func(int) bool) {
		for _, c := range b.format.Components() {
			for y := a.Y; y < a.Y+a.Height; y++ {
				for x := a.X; x < a.X+a.Width; x++ {
					for k := range (bits + 7) / 8 {
						if !yield(b.at(c, x, y) + k) {
							return
						}
					}
				}
			}
		}
	}
}

// TestCropOfAnotherSize: a crop meta that is smaller than the caps say is the
// picture all the same, and boxes are in the pixels of the caps.
func TestCropOfAnotherSize(t *testing.T) {
	in := bytes.Repeat([]byte{255}, 32*16)
	for y := range 8 {
		copy(in[(y+4)*32+8:], spot()[y*16:(y+1)*16])
	}
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", strings.Replace(strings.Replace(grayCaps, "width=16", "width=32", 1), "height=8", "height=16", 1))
	var out harness.Out
	for i := range average.Frames {
		out = pushAt(t, h, harness.In{Data: in, PTS: time.Duration(i) * frameStep, Crop: &gstc.Area{X: 8, Y: 4, Width: 16, Height: 8}})
	}
	if len(out.Boxes) != 1 || out.Boxes[0].X != 8 || out.Boxes[0].Y != 4 || out.Boxes[0].W != 8 || out.Boxes[0].H != 4 {
		t.Errorf("boxes %+v", out.Boxes)
	}
}

// TestCropMoves: another part of what a camera gives is another scene.
func TestCropMoves(t *testing.T) {
	m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
	h := start(t, m, "", grayCaps)
	b := newBuffer(pixel.GRAY8, 32, 8)
	for i := range 3 * average.Frames {
		area := &gstc.Area{X: i / average.Frames, Width: 16, Height: 8}
		for y := range 8 {
			for x := range 32 {
				b.set(x, y, byte(10*x+i))
			}
		}
		pushAt(t, h, harness.In{Data: b.data, Layout: &b.layout, PTS: time.Duration(i) * frameStep, Crop: area})
	}
	if s := h.Get("stats"); !strings.Contains(s, "restarts=(guint64)2") {
		t.Errorf("stats: %s", s)
	}
	checkWindows(t, m, [][]byte{{0, 1, 2, 3, 4, 5}, {16, 17, 18, 19, 20, 21}, {32, 33, 34, 35, 36, 37}})
}

// TestCropIsNotAskedFor: a sink that can crop makes no difference. The element
// before crops, and what is judged and drawn on is what is shown.
func TestCropIsNotAskedFor(t *testing.T) {
	for _, sink := range []string{"fakesink", "fakevideosink sync=false"} {
		for crop, want := range map[string]int{"left=64": 1, "right=64": 0} { // the right half is white, the left one black
			use(t, &fake{h: 24, w: 32, rate: 10}, nil)
			_, messages := run(t, fmt.Sprintf("compositor name=c sink_1::xpos=64 background=black ! video/x-raw,format=I420,width=128,height=48,framerate=10/1 ! "+
				"videocrop %s ! avidfaked model=x ! %s "+
				"videotestsrc pattern=black num-buffers=10 ! video/x-raw,width=64,height=48,framerate=10/1 ! c.sink_0 "+
				"videotestsrc pattern=white num-buffers=10 ! video/x-raw,width=64,height=48,framerate=10/1 ! c.sink_1", crop, sink))
			begun := 0
			for _, m := range messages {
				if m.Kind == pipeline.MessageElement && strings.Contains(m.Text, "kind=(string)begin") {
					begun++
				}
			}
			if begun != want {
				t.Errorf("videocrop %s, %s: %d events, want %d", crop, sink, begun, want)
			}
		}
	}
}

// TestLayoutRefused: what a buffer says of itself and cannot be is told in words.
func TestLayoutRefused(t *testing.T) {
	good := newBuffer(pixel.GRAY8, 16, 8)
	edit := func(change func(l *harness.Layout)) *harness.Layout {
		l := good.layout
		l.Strides, l.Offsets = slices.Clone(l.Strides), slices.Clone(l.Offsets)
		change(&l)
		return &l
	}
	for name, c := range map[string]struct {
		in   harness.In
		want string
	}{
		"upside down": {harness.In{Layout: edit(func(l *harness.Layout) { l.Strides[0], l.Offsets[0] = -30, 13+7*30 })},
			"plane 0 has a negative stride (-30 bytes): its rows go upwards; videoconvert before the element turns them"},
		"short rows":     {harness.In{Layout: edit(func(l *harness.Layout) { l.Strides[0] = 15 })}, "plane 0 has a stride of 15 bytes, a row has 16"},
		"begins late":    {harness.In{Layout: edit(func(l *harness.Layout) { l.Offsets[0] = 60 })}, "plane 0 has"},
		"another format": {harness.In{Layout: edit(func(l *harness.Layout) { l.Format = "RGB" })}, "it holds RGB, its caps say GRAY8"},
		"too small":      {harness.In{Layout: edit(func(l *harness.Layout) { l.Height = 7 })}, "it holds 16x7 pixels, its caps say 16x8"},
		"crop too wide":  {harness.In{Layout: &good.layout, Crop: &gstc.Area{X: 1, Width: 16, Height: 8}}, "it is cropped to 16x8 pixels at 1, 0 of 16x8"},
		"crop too low":   {harness.In{Layout: &good.layout, Crop: &gstc.Area{Y: 9, Width: 1, Height: 1}}, "it is cropped to 1x1 pixels at 0, 9 of 16x8"},
		"no metas":       {harness.In{Data: make([]byte, 100)}, "100 bytes cannot be mapped as 16x8 pixels of GRAY8"},
	} {
		if c.in.Data == nil {
			c.in.Data = good.data
		}
		h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
		flow, _ := h.Push(c.in)
		messages := h.Messages()
		if flow != harness.Error || len(messages) != 1 || messages[0].Kind != pipeline.MessageError || !strings.Contains(messages[0].Debug, c.want) {
			t.Errorf("%s: flow %d, messages %+v, want %q", name, flow, messages, c.want)
		}
	}
}

// TestRangeOfModel: a model sees the range that it wants, whatever the caps' is.
func TestRangeOfModel(t *testing.T) {
	for _, c := range []struct {
		caps string
		in   byte
		want [3]byte // as Full, Limited and Stored
	}{
		{"format=I420", 16, [3]byte{0, 16, 16}},
		{"format=I420", 126, [3]byte{128, 126, 126}},
		{"format=NV12,colorimetry=bt709", 235, [3]byte{255, 235, 235}},
		{"format=I420,colorimetry=1:4:0:0", 255, [3]byte{255, 235, 255}},
		{"format=I420,colorimetry=1:4:0:0", 128, [3]byte{128, 126, 128}},
		{"format=GRAY8", 128, [3]byte{128, 126, 128}},
		{"format=GRAY8,colorimetry=2:4:0:0", 235, [3]byte{255, 235, 235}},
		{"format=RGB", 255, [3]byte{255, 235, 255}},
		{"format=RGB,colorimetry=2:1:0:0", 235, [3]byte{255, 235, 235}},
		{"format=P010_10LE", 126, [3]byte{128, 126, 126}},
		{"format=Y444_10LE,colorimetry=1:4:0:0", 255, [3]byte{254, 234, 254}}, // 1020 of 1023
	} {
		name, _, _ := strings.Cut(strings.TrimPrefix(c.caps, "format="), ",")
		format, err := pixel.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		b := newBuffer(format, 16, 8)
		for to, want := range c.want {
			m := &fake{h: 8, w: 16, rate: 10, luma: luma.Range(to), windows: [][]byte{}}
			h := start(t, m, "overlay=none", "video/x-raw,width=16,height=8,framerate=10/1,"+c.caps)
			for i := range average.Frames {
				for y := range 8 {
					for x := range 16 {
						b.set(x, y, c.in)
					}
				}
				pushAt(t, h, harness.In{Data: b.data, Layout: &b.layout, PTS: time.Duration(i) * frameStep})
			}
			checkWindows(t, m, [][]byte{bytes.Repeat([]byte{want}, average.Frames)})
		}
	}
}

// TestConverted: what GStreamer makes of YUV is judged like the YUV, though neither
// the caps of its grey nor those of its RGB tell what black and white became.
func TestConverted(t *testing.T) {
	seen := func(level int, convert string) byte {
		m := &fake{h: 8, w: 16, rate: 10, luma: luma.Full, windows: [][]byte{}}
		use(t, m, nil)
		run(t, fmt.Sprintf("videotestsrc num-buffers=%d pattern=solid-color foreground-color=0xff%02[2]x%02[2]x%02[2]x ! "+
			"video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! %[3]s ! avidfaked model=x overlay=none ! fakesink", average.Frames, level, convert))
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.windows[len(m.windows)-1][average.Frames-1]
	}
	for _, level := range []int{0, 64, 128, 250, 255} {
		direct := seen(level, "identity")
		for _, convert := range []string{
			"videoconvert ! video/x-raw,format=GRAY8", "videoconvert ! video/x-raw,format=RGB", "videoconvert ! video/x-raw,format=BGRx ! queue ! identity",
			"videoconvert ! video/x-raw,format=GRAY8 ! videoscale ! video/x-raw,width=32 ! queue", "videoconvertscale ! video/x-raw,format=RGB,width=96",
			"videoconvert ! video/x-raw,format=BGRA ! videoconvert ! video/x-raw,format=RGB",
			"videoconvert ! video/x-raw,format=ARGB64 ! videoconvert ! video/x-raw,format=RGB", "bin.( videoconvert ! video/x-raw,format=RGB ! identity )",
			"videoconvert ! video/x-raw,format=YUY2", "videoconvert ! video/x-raw,format=P010_10LE",
		} {
			// GStreamer's own conversion is off by up to two levels.
			if got := seen(level, convert); max(got, direct)-min(got, direct) > 2 {
				t.Errorf("level %d, %s: %d, without it %d", level, convert, got, direct)
			}
		}
	}
}

// TestInterlaced: a frame of two fields is one picture; fields that lie apart are
// refused with what to do.
func TestInterlaced(t *testing.T) {
	for _, mode := range []string{"interleaved", "mixed"} {
		m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
		h := start(t, m, "", grayCaps+",interlace-mode="+mode)
		in := make([]byte, 0, 16*8)
		for y := range 8 {
			in = append(in, bytes.Repeat([]byte{byte(100 + y%2)}, 16)...)
		}
		var out harness.Out
		for i := range average.Frames {
			out = push(t, h, i, in)
		}
		if out.Masks != 1 || out.MaskHeight != 8 {
			t.Errorf("%s: %+v", mode, out)
		}
	}
	for _, c := range []string{grayCaps + ",interlace-mode=fields", strings.Replace(grayCaps, "video/x-raw", "video/x-raw(format:Interlaced)", 1) + ",interlace-mode=alternate"} {
		use(t, &fake{h: 8, w: 16, rate: 10}, nil)
		h, err := harness.New("avidfaked model=x")
		if err != nil {
			t.Fatal(err)
		}
		taken := h.Caps(c)
		messages := h.Messages()
		h.Close()
		if taken {
			t.Errorf("%s is taken", c)
		}
		if strings.HasSuffix(c, "fields") && (len(messages) == 0 || !strings.Contains(messages[0].Text, `put "deinterlace" before avidfilter`)) {
			t.Errorf("%s: %+v", c, messages)
		}
	}
}

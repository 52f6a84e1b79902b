package avidfilter

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"avid/element/gstc/harness"
	"avid/element/pipeline"
	"avid/models/average"
)

// frameStep is the time between the frames of the tests, 10 frames/s.
const frameStep = 100 * time.Millisecond

// grayCaps are 16x8 grey pictures at 10 frames/s.
const grayCaps = "video/x-raw,format=GRAY8,width=16,height=8,framerate=10/1"

// start makes a harness around a faked filter with the given properties.
func start(t *testing.T, m model, properties, caps string) *harness.Harness {
	t.Helper()
	use(t, m, nil)
	h, err := harness.New("avidfaked model=x " + properties)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	if !h.Caps(caps) {
		t.Fatalf("caps refused: %v", h.Messages())
	}
	return h
}

// gray is a 16x8 picture of one value.
func gray(v byte) []byte { return bytes.Repeat([]byte{v}, 16*8) }

// push pushes frame number i and returns what comes out.
func push(t *testing.T, h *harness.Harness, i int, data []byte) harness.Out {
	t.Helper()
	return pushAt(t, h, harness.In{Data: data, PTS: time.Duration(i) * frameStep, Duration: frameStep})
}

// pushAt pushes a buffer and returns what comes out.
func pushAt(t *testing.T, h *harness.Harness, in harness.In) harness.Out {
	t.Helper()
	flow, intact := h.Push(in)
	if flow != harness.OK {
		t.Fatalf("%v: flow %d, messages %v", in.PTS, flow, h.Messages())
	}
	if !intact {
		t.Fatalf("%v: bytes of a buffer that is shared were changed", in.PTS)
	}
	out, ok := h.Pull()
	if !ok {
		t.Fatalf("%v: the frame did not come out", in.PTS)
	}
	return out
}

// spot is a grey picture with a bright 4x2 spot at (4, 2).
func spot() []byte {
	p := gray(50)
	for y := 2; y < 4; y++ {
		for x := 4; x < 8; x++ {
			p[y*16+x] = 255
		}
	}
	return p
}

// TestCUDACaps: pictures whose caps say that they lie in a GPU's memory are
// judged and pass on, read by whatever map their memory has. That of real CUDA
// memory is GStreamer's and needs a GPU.
func TestCUDACaps(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "overlay=none", strings.Replace(grayCaps, "video/x-raw", "video/x-raw(memory:CUDAMemory)", 1))
	for i := range average.Frames + 1 {
		if out := push(t, h, i, spot()); !bytes.Equal(out.Data, spot()) {
			t.Fatalf("frame %d was changed", i)
		}
	}
	if got := events(h); len(got) != 1 || got[0] != "begin" {
		t.Errorf("events: %v", got)
	}
}

// events are the kinds in the element messages, in order.
func events(h *harness.Harness) (kinds []string) {
	for _, m := range h.Messages() {
		if m.Kind != pipeline.MessageElement {
			continue
		}
		_, rest, _ := strings.Cut(m.Text, "kind=(string)")
		kind, _, _ := strings.Cut(rest, ",")
		kinds = append(kinds, kind)
	}
	return kinds
}

func TestPassesThrough(t *testing.T) {
	for _, properties := range []string{"", "attach-meta=false", "attach-meta=false overlay=none"} {
		h := start(t, &fake{h: 8, w: 16, rate: 10}, properties, grayCaps)
		for i := range 10 {
			in := gray(byte(i))
			out := pushAt(t, h, harness.In{Data: in, PTS: time.Duration(i) * frameStep, Duration: frameStep, Keep: i%2 == 0})
			if !bytes.Equal(out.Data, in) || !out.SameMemory {
				t.Errorf("%q frame %d: same bytes %v, same memory %v", properties, i, bytes.Equal(out.Data, in), out.SameMemory)
			}
			if out.PTS != time.Duration(i)*frameStep || out.Duration != frameStep {
				t.Errorf("%q frame %d: pts %v, duration %v", properties, i, out.PTS, out.Duration)
			}
			if want := i >= average.Frames-1 && properties == ""; (out.Masks == 1) != want || out.Objects != 0 || len(out.Boxes) != 0 {
				t.Errorf("%q frame %d: %d masks, %d objects, boxes %v", properties, i, out.Masks, out.Objects, out.Boxes)
			}
		}
		if kinds := events(h); kinds != nil {
			t.Errorf("%q: events %v", properties, kinds)
		}
	}
}

// TestMarks: an irregular spot is drawn, hung on the buffer and told of; a
// buffer that somebody else holds stays as it was (pushAt checks).
func TestMarks(t *testing.T) {
	caps := "video/x-raw,format=GRAY8,width=32,height=16,framerate=10/1"
	in := make([]byte, 0, 32*16)
	small := spot()
	for y := range 16 { // twice the model's size: each pixel doubled
		for x := range 32 {
			in = append(in, small[y/2*16+x/2])
		}
	}
	for _, c := range []struct {
		properties string
		drawn      bool
		masks      int
	}{
		{"", true, 1},
		{"overlay=none", false, 1},
		{"overlay=mask opacity=0.5", true, 1},
		{"overlay=outline attach-meta=false", true, 0},
		{"overlay=heat", true, 1},
	} {
		h := start(t, &fake{h: 8, w: 16, rate: 10}, c.properties, caps)
		var out harness.Out
		for i := range average.Frames {
			out = pushAt(t, h, harness.In{Data: in, PTS: time.Duration(i) * frameStep, Duration: frameStep, Keep: true})
		}
		if drawn := !bytes.Equal(out.Data, in); drawn != c.drawn {
			t.Errorf("%q: drawn %v", c.properties, drawn)
		}
		if out.SameMemory == c.drawn {
			t.Errorf("%q: pixels copied %v though drawn %v", c.properties, !out.SameMemory, c.drawn)
		}
		if out.Masks != c.masks || len(out.Boxes) != c.masks || out.Objects != c.masks {
			t.Errorf("%q: %d masks, %d objects, boxes %v", c.properties, out.Masks, out.Objects, out.Boxes)
		}
		if c.masks == 0 {
			continue
		}
		if out.MaskWidth != 16 || out.MaskHeight != 8 || out.MaskSet != 8 {
			t.Errorf("%q: mask of %dx%d with %d set", c.properties, out.MaskWidth, out.MaskHeight, out.MaskSet)
		}
		if b := out.Boxes[0]; b.X != 8 || b.Y != 4 || b.W != 8 || b.H != 4 || b.Score != 1 {
			t.Errorf("%q: box %+v", c.properties, b)
		}
		if out.Confidence < 0.73 || out.Confidence > 0.74 { // 1/(1+e^-1)
			t.Errorf("%q: confidence %g", c.properties, out.Confidence)
		}
	}
}

func TestEvents(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "", grayCaps)
	for i := range 12 {
		push(t, h, i, spot())
	}
	if kinds := events(h); len(kinds) < 1 || kinds[0] != "begin" {
		t.Fatalf("after 12 irregular frames: %v", kinds)
	}
	if !h.EndOfStream() {
		t.Fatal("end of stream was refused")
	}
	if kinds := events(h); len(kinds) != 1 || kinds[0] != "end" {
		t.Errorf("at the end of the stream: %v", kinds)
	}
	if s := h.Get("stats"); !strings.Contains(s, "events=(guint64)1") {
		t.Errorf("stats: %s", s)
	}
}

func TestEventsAreSilentOnRequest(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "post-messages=false", grayCaps)
	for i := range 12 {
		push(t, h, i, spot())
	}
	h.EndOfStream()
	if kinds := events(h); kinds != nil {
		t.Errorf("%v", kinds)
	}
}

// TestHeldBetweenInferences: the mask of the last inference stays on the frames
// in between.
func TestHeldBetweenInferences(t *testing.T) {
	h := start(t, &fake{h: 8, w: 16, rate: 10}, "interval=4 overlay=none", grayCaps)
	for i := range 20 {
		data := gray(byte(50 + i)) // not one picture again and again
		if i == average.Frames-1 {
			data = spot()
		}
		out := push(t, h, i, data)
		since := i - (average.Frames - 1)
		if want := since >= 0 && since < 4; (len(out.Boxes) == 1) != want {
			t.Errorf("frame %d: boxes %v", i, out.Boxes)
		}
	}
	if s := h.Get("stats"); !strings.Contains(s, "inferences=(guint64)4") {
		t.Errorf("stats: %s", s)
	}
}

// TestSampling: a 30 frames/s stream is sampled at the bundle's 10.
func TestSampling(t *testing.T) {
	m := &fake{h: 8, w: 16, rate: 10, windows: [][]byte{}}
	h := start(t, m, "", "video/x-raw,format=GRAY8,width=16,height=8,framerate=30/1")
	for i := range 24 {
		pushAt(t, h, harness.In{Data: gray(byte(i)), PTS: time.Duration(i) * time.Second / 30, Duration: time.Second / 30})
	}
	want := [][]byte{{0, 3, 6, 9, 12, 15}, {3, 6, 9, 12, 15, 18}, {6, 9, 12, 15, 18, 21}}
	checkWindows(t, m, want)
}

// warmUp is how many of a fake's windows are of its warm-up.
const warmUp = 1

// checkWindows compares what the model saw after its warm-up.
func checkWindows(t *testing.T, m *fake, want [][]byte) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	got := m.windows[warmUp:]
	if len(got) != len(want) {
		t.Fatalf("%d inferences on %v, want %d", len(got), got, len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("window %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// TestStrides: rows with padding and planes with space before them: what is
// white is found, and no byte outside the picture is touched.
func TestStrides(t *testing.T) {
	const w, h = 31, 17 // odd, so that chroma is rounded up
	for _, c := range []struct {
		format       string
		rows, bytes  []int // of each plane
		strides      []int
		whiteAtFirst int // planes that are all white
	}{
		{"GRAY8", []int{h}, []int{w}, []int{40}, 1},
		{"I420", []int{h, 9, 9}, []int{w, 16, 16}, []int{64, 32, 16}, 1},
		{"YV12", []int{h, 9, 9}, []int{w, 16, 16}, []int{31, 17, 19}, 1},
		{"NV12", []int{h, 9}, []int{w, 32}, []int{33, 48}, 1},
		{"RGB", []int{h}, []int{w * 3}, []int{100}, 1},
		{"BGRA", []int{h}, []int{w * 4}, []int{128}, 1},
	} {
		const before, padding = 13, 0x55
		layout := &harness.Layout{Format: c.format, Width: w, Height: h, Strides: c.strides}
		size := before
		for p := range c.rows {
			layout.Offsets = append(layout.Offsets, size)
			size += c.rows[p]*c.strides[p] + before
		}
		data := bytes.Repeat([]byte{padding}, size)
		inside := make([]bool, size)
		for p := range c.rows {
			for y := range c.rows[p] {
				for x := range c.bytes[p] {
					at := layout.Offsets[p] + y*c.strides[p] + x
					inside[at] = true
					data[at] = 128
					if p < c.whiteAtFirst {
						data[at] = 255
					}
				}
			}
		}
		caps := "video/x-raw,format=" + c.format + ",width=31,height=17,framerate=10/1"
		h := start(t, &fake{h: 8, w: 16, rate: 10}, "overlay=mask+outline+score opacity=1", caps)
		var out harness.Out
		for i := range average.Frames {
			out = pushAt(t, h, harness.In{Data: data, PTS: time.Duration(i) * frameStep, Layout: layout, Keep: i%2 == 1})
		}
		if bytes.Equal(out.Data, data) || len(out.Boxes) != 1 || out.Boxes[0].W != w {
			t.Errorf("%s: the white picture was not marked: %v", c.format, out.Boxes)
		}
		for i, v := range out.Data {
			if !inside[i] && v != padding {
				t.Fatalf("%s: byte %d outside the picture became %d", c.format, i, v)
			}
		}
	}
}

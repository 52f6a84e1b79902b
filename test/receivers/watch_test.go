package receivers_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
	"avid/runtime/fanout"
)

// see checks that video comes, in its size and moving, and metadata with it.
func (p *peer) see(t testing.TB) {
	t.Helper()
	var picture gstc.Sample
	var before []byte
	changes := 0
	for n := range 2 * rate {
		sample := p.pull()
		if sample == nil {
			t.Fatalf("%d frames came, then no more\n%v", n, p.messages())
		}
		err := picture.Read(gst.UnsafeSampleToGlibNone(sample))
		gst.UnsafeSampleUnref(sample)
		if err != nil {
			t.Fatal(err)
		}
		if picture.Width != width || picture.Height != height {
			t.Fatalf("the picture is %d×%d, sent was %d×%d", picture.Width, picture.Height, width, height)
		}
		if before != nil && !slices.Equal(before, picture.Planes[0]) {
			changes++
		}
		before = append(before[:0], picture.Planes[0]...)
	}
	if changes < rate {
		t.Errorf("of %d pictures only %d differ from the one before", 2*rate, changes)
	}
	p.hear(t)
}

// hear waits for the data channel's greeting and for what is said of a frame.
func (p *peer) hear(t testing.TB) {
	t.Helper()
	var greeted bool
	for deadline := time.After(patience); ; {
		select {
		case text := <-p.texts:
			var m struct {
				Type  string
				Score float64
				Boxes []fanout.Box
			}
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			switch {
			case m.Type == "hello":
				greeted = true
			case greeted && m.Type == "frame" && m.Score == 1.5 && len(m.Boxes) == 1:
				return
			default:
				t.Fatalf("unexpected: %s", text)
			}
		case <-deadline:
			t.Fatalf("nothing comes by the data channel (greeted: %v)", greeted)
		}
	}
}

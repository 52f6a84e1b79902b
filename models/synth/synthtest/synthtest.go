// Package synthtest renders the synthetic walkway for tests.
package synthtest

import (
	"slices"
	"testing"

	"avid/models/luma"
	"avid/models/synth"
)

// Film is n grey frames of the default walkway, h·w bytes each, on which people walk and
// irregular things of these kinds pass.
func Film(t testing.TB, n int, kinds ...synth.Kind) (frames [][]byte, h, w int) {
	t.Helper()
	c := synth.DefaultConfig()
	c.Frames, c.Irregular = n, kinds
	s, err := synth.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var f synth.Frame
	for k := range n {
		if err := s.Render(k, &f); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, slices.Clone(f.Gray))
	}
	return frames, c.Height, c.Width
}

// Small is Film scaled to h×w pixels, as a model sees it.
func Small(t testing.TB, n, h, w int, kinds ...synth.Kind) (frames [][]byte) {
	t.Helper()
	large, fromH, fromW := Film(t, n, kinds...)
	scaler, err := luma.NewScaler(luma.Plane(), luma.Full, fromW, fromH, w, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range large {
		small := make([]byte, h*w)
		if err := scaler.Scale(small, f, fromW); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, small)
	}
	return frames
}

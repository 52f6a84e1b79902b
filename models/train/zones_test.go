package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"

	"avid/models/onnx/ref"
	"avid/models/pseudo"
	"avid/models/zones"
)

// leftHalf is a zone over the left half, or its complement.
func leftHalf(kind zones.Kind) zones.List {
	return zones.List{{Name: "left", Kind: kind, Points: []zones.Point{{}, {X: 0.5}, {X: 0.5, Y: 1}, {Y: 1}}}}
}

// TestNothingIrregularLeftOut: D is taught, and bundles are tested and calibrated, with
// irregularities where pixels count alone, mirrored or not, of every kind.
func TestNothingIrregularLeftOut(t *testing.T) {
	c := tiny()
	c.Zones = leftHalf(zones.Ignore)
	r, err := c.Detector.Regions(c.Height, c.Width)
	if err != nil {
		t.Fatal(err)
	}
	clips := []pseudo.Clip{footage(60, 32, 32)[0].Frames}
	for _, f := range clips[0] { // as an intake leaves it
		for i := range f {
			if i%32 < 16 {
				f[i] = 128
			}
		}
	}
	shapes := unknown(clips, 32, 32, r, false)
	shapes.Counts = c.Counts()
	for name, g := range map[string]pseudo.Generator{"taught": c.irregularities(clips, r), "drawn": shapes} {
		rng, s, seen := newTestRand(), pseudo.NewSample(32, 32), 0
		for range 200 {
			g.Draw(rng, s)
			for k := range s.Clean {
				for i := range s.Clean[k] {
					differs := s.Clean[k][i] != s.Pseudo[k][i]
					if out := i%32 < 16 != s.Mirrored; out && (differs || s.Cover[i] != 0) {
						t.Fatalf("%s: pixel %d of frame %d differs", name, i, k)
					} else if differs {
						seen++
					}
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s: nothing is irregular", name)
		}
	}
}

// TestZonesAreKept: the bundle and the state have the zones that were trained with, and a
// bundle without any is as it was.
func TestZonesAreKept(t *testing.T) {
	c := tiny()
	c.Steps = 2
	c.Zones = leftHalf(zones.Judge)
	var state *State
	b, err := Run(context.Background(), c, footage(160, 32, 32), ref.Backend{}, Options{Save: func(s *State) error { state = s; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if string(b.Zones) != c.Zones.String() {
		t.Errorf("the bundle has %s", b.Zones)
	}
	data, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeState(data)
	if err != nil || back.Config.Zones.String() != c.Zones.String() {
		t.Errorf("the state has %v, %v", back, err)
	}
	without, err := json.Marshal(tiny())
	if err != nil || bytes.Contains(without, []byte("zones")) {
		t.Errorf("%s, %v", without, err)
	}
	c.Zones = zones.List{{Name: "all", Kind: zones.Ignore, Points: []zones.Point{{}, {X: 1}, {X: 1, Y: 1}, {Y: 1}}}}
	if err := c.Validate(); !errors.Is(err, ErrConfig) {
		t.Errorf("nothing is left to learn from, and %v", err)
	}
}

package appearance

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/models/onnx/ref"
)

// weights are those that make fetched.
var weights = sync.OnceValues(func() (*Weights, error) {
	return Read(filepath.Join("..", "..", "build", "lib", "efficientnet-lite0.pth"))
})

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// tile is a checkered picture that gets brighter.
func tile(h, w int) []byte {
	p := make([]byte, h*w)
	for i := range p {
		y, x := i/w, i%w
		p[i] = byte((x/6+y/5)%2*120 + x*2 + y)
	}
	return p
}

// TestFeatures: the features are those that the network of the same weights gives in
// PyTorch's own order of tensors, computed by another program, of a picture enlarged by
// OpenCV.
func TestFeatures(t *testing.T) {
	const h, w = 32, 48
	g := must[[]byte](t)(marshal(must[*Weights](t)(weights()).Features(h, w, slices.Repeat([]float32{1}, channels))))
	s := must[compute.Session](t)(ref.Backend{}.Load(g, featurePorts.in, featurePorts.out))
	in, out := compute.Bytes(1, 1, h, w), compute.Floats(48, int64(channels))
	copy(in.U8, tile(h, w))
	if err := s.Run(t.Context(), []*compute.Tensor{in}, []*compute.Tensor{out}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cell, channel int
		want          float64
	}{{0, 0, 6.44218}, {0, 151, 9.07689}, {20, 39, 8.20650}, {20, 40, 3.81944}, {47, 7, 1.08381}, {33, 100, -1.83595}} {
		if got := float64(out.F32[c.cell*channels+c.channel]); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("cell %d, channel %d: %.5f, want %.5f", c.cell, c.channel, got, c.want)
		}
	}
}

// TestReadDamaged: what is no file of weights, or only a part of one, is refused.
func TestReadDamaged(t *testing.T) {
	whole := must[[]byte](t)(os.ReadFile(filepath.Join("..", "..", "build", "lib", "efficientnet-lite0.pth")))
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("not weights"), "no blocks": make([]byte, 2048), "cut": whole[:len(whole)/3], "cut early": whole[:200]} {
		path := filepath.Join(t.TempDir(), "w.pth")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); !errors.Is(err, ErrWeights) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// filled is a memory of random features.
func filled(t *testing.T, n, h, w int) *bundle.Bundle {
	t.Helper()
	m := must[*Memory](t)(NewMemory(must[*Weights](t)(weights()), h, w, 1, ref.Backend{}))
	rng := rand.New(rand.NewPCG(2, 2))
	for range n * channels {
		m.kept = append(m.kept, float32(rng.NormFloat64()))
	}
	b := &bundle.Bundle{Manifest: bundle.Manifest{Height: h, Width: w}}
	if err := m.Into(b, 5); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVet: what Into writes is let by, also for the largest memory and for small and large
// pictures, and what is not of the manifest's size is not.
func TestVet(t *testing.T) {
	for _, c := range []struct{ n, h, w int }{{fewestFeatures, 32, 32}, {mostFeatures, 32, 48}, {500, 128, 192}, {100, 240, 360}} {
		b := filled(t, c.n, c.h, c.w)
		if err := Vet(b); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		b.Manifest.Width += 32
		if err := Vet(b); err == nil {
			t.Errorf("%+v: networks of another size are let by", c)
		}
		b.Manifest.Width -= 32
		b.Memory = b.Appearance
		if err := Vet(b); err == nil {
			t.Errorf("%+v: the feature network is let by as a memory", c)
		}
	}
}

// TestTooFew: a memory of next to nothing is none.
func TestTooFew(t *testing.T) {
	m := must[*Memory](t)(NewMemory(must[*Weights](t)(weights()), 32, 32, 1, ref.Backend{}))
	b := &bundle.Bundle{}
	if err := m.Into(b, 5); !errors.Is(err, ErrTooFew) || b.Manifest.Appearance != nil {
		t.Errorf("%v, %+v", err, b.Manifest.Appearance)
	}
}

// TestDistances: each cell that is asked for gets the mean distance to the nearest three of
// the memory, found one by one, or that to what the place looks like about, whichever is
// less, however many are asked; the others get none.
func TestDistances(t *testing.T) {
	const h, w = 32, 48
	b := filled(t, 90, h, w)
	l := must[*Model](t)(Open(withManifest(b), ref.Backend{}))
	rows, cols := Cells(h, w)
	there, got := make([]bool, rows*cols), make([]float32, rows*cols)
	for i := range there {
		there[i] = i%5 != 0
	}
	if _, err := l.distances(t.Context(), tile(h, w), there, make([]bool, len(there)), got, make([]float32, len(there))); err != nil {
		t.Fatal(err)
	}
	if n := rows*cols - rows*cols/5; n <= chunk {
		t.Fatalf("%d cells are too few to need several runs", n)
	}
	memory := must[*Memory](t)(NewMemory(must[*Weights](t)(weights()), h, w, 1, ref.Backend{}))
	rng := rand.New(rand.NewPCG(2, 2))
	var kept []float32
	for range 90 * channels {
		kept = append(kept, float32(rng.NormFloat64()))
	}
	scale := spread(kept)
	if err := memory.model.see(t.Context(), tile(h, w)); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if !there[i] {
			if got[i] != 0 {
				t.Fatalf("cell %d was not asked for, and has %v", i, got[i])
			}
			continue
		}
		var all []float64
		for k := range 90 {
			var square float64
			for c := range channels {
				d := float64(scale[c]) * float64(memory.model.out.F32[i*channels+c]-kept[k*channels+c])
				square += d * d
			}
			all = append(all, math.Sqrt(square))
		}
		slices.Sort(all)
		want := (all[0] + all[1] + all[2]) / 3
		for k := range got {
			if y, x := k/cols-i/cols, k%cols-i%cols; max(y, -y) <= 1 && max(x, -x) <= 1 {
				want = min(want, math.Sqrt(float64(l.apart(i, k))))
			}
		}
		if math.Abs(float64(got[i])-want) > 1e-3*want {
			t.Fatalf("cell %d: %v, want %v", i, got[i], want)
		}
	}
}

func withManifest(b *bundle.Bundle) *bundle.Bundle {
	b.Manifest.Appearance.Every = 2
	return b
}

// oddness is a backend whose memory says what a test wants of each look.
type oddness struct {
	looks []float32 // distance of every cell that is asked for, look by look
	n     int
	err   error

	features float32 // of every cell
}

func (o *oddness) Load(_ []byte, in, _ []string) (compute.Session, error) {
	return &fake{o, in[0] == cellsName}, nil
}

type fake struct {
	*oddness
	memory bool
}

func (f *fake) Run(_ context.Context, _, out []*compute.Tensor) error {
	if !f.memory {
		f.n++
		for i := range out[0].F32 {
			out[0].F32[i] = f.features
		}
		return f.err
	}
	for i := range out[0].F32 { // |q|² is 0
		out[0].F32[i] = -f.looks[f.n-1] * f.looks[f.n-1]
	}
	return nil
}

func (f *fake) Close() error { return nil }

// block is a map of pixel scores with something in front of the ground in a square.
func block(h, w, y, x, side int) []float32 {
	p := slices.Repeat([]float32{nets.Outside}, h*w)
	for r := y; r < y+side; r++ {
		for c := x; c < x+side; c++ {
			p[r*w+c] = -3
		}
	}
	return p
}

// TestScorer: looks are taken when they are due, what goes on its way keeps its score,
// what comes anew elsewhere begins with its own, and nothing is left of what went.
func TestScorer(t *testing.T) {
	const h, w = 64, 96
	odd := &oddness{looks: []float32{2, 4, 4, 1, 8}, features: 100}
	b := withManifest(filled(t, fewestFeatures, h, w))
	l := must[*Model](t)(Open(b, odd))
	odd.n, odd.features = 0, 0 // Open has looked at the picture of the place
	s := NewScorer(l)
	frame := make([]byte, h*w)
	at := func(y, x int) float32 { return s.At(y*w + x) }
	look := func(pixel []float32, passed int, want bool) {
		t.Helper()
		if looked, err := s.Look(t.Context(), frame, pixel, passed); err != nil || looked != want {
			t.Fatalf("looked %v, want %v: %v", looked, want, err)
		}
	}
	look(block(h, w, 20, 20, 12), 1, true)
	if at(25, 25) != 2 || at(25, 60) != 0 || s.Highest() != 2 {
		t.Errorf("first look: %v there, %v elsewhere", at(25, 25), at(25, 60))
	}
	look(block(h, w, 20, 22, 12), 1, false)
	look(block(h, w, 20, 24, 12), 1, true) // a cell on
	if at(25, 29) != 3 || at(25, 60) != 0 {
		t.Errorf("gone on: %v, want the mean of 2 and 4", at(25, 29))
	}
	look(block(h, w, 20, 70, 12), 2, true) // another one, far off
	if at(25, 75) != 4 || at(25, 27) != 0 {
		t.Errorf("elsewhere: %v, and %v where nothing is", at(25, 75), at(25, 27))
	}
	look(block(h, w, 0, 0, 2), 2, true) // too small to be looked at
	if s.Highest() != 0 || at(25, 75) != 0 {
		t.Errorf("gone: %v", s.Highest())
	}
	s.Restart()
	odd.n = 0
	look(block(h, w, 20, 24, 12), 1, true)
	if at(25, 29) != 2 {
		t.Errorf("after a restart: %v, want 2", at(25, 29))
	}
	odd.err = errors.New("no luck")
	if _, err := s.Look(t.Context(), frame, block(h, w, 20, 24, 12), 2); !errors.Is(err, odd.err) {
		t.Errorf("an error of the networks: %v", err)
	}
}

// TestChanged: where all of the picture looks otherwise than the bundle's, as in rain or behind
// coarse coding, nothing is said of what passes; what stands in front of much of it is no
// such change.
func TestChanged(t *testing.T) {
	const h, w = 64, 96
	odd := &oddness{looks: []float32{5, 5, 5, 5, 5, 5}, features: 1}
	b := withManifest(filled(t, fewestFeatures, h, w))
	b.Manifest.Appearance.Clear = 2 * math.Sqrt(float64(channels))
	s := NewScorer(must[*Model](t)(Open(b, odd)))
	some := block(h, w, 0, 0, 12)
	for _, c := range []struct {
		name     string
		features float32
		pixel    []float32
		changed  float64
		scores   bool
	}{{"as in the picture", 1, some, 0, false}, {"a little otherwise", 2.5, some, 1.5, true}, {"another", 3.5, some, 2.5, false},
		{"nothing is free", 9, slices.Repeat([]float32{-3}, h*w), 0, true}} {
		s.Restart()
		odd.features = c.features
		if _, err := s.Look(t.Context(), make([]byte, h*w), c.pixel, 1); err != nil {
			t.Fatal(err)
		}
		if got := float64(s.Changed()) / math.Sqrt(float64(channels)); math.Abs(got-c.changed) > 1e-3 || s.Highest() > 0 != c.scores {
			t.Errorf("%s: changed by %v, want %v; score %v", c.name, got, c.changed, s.Highest())
		}
	}
}

// TestReservoir: of more features than there is room for, those of the whole footage are kept.
func TestReservoir(t *testing.T) {
	const h, w = 32, 48
	m := must[*Memory](t)(NewMemory(must[*Weights](t)(weights()), h, w, 1, &counting{}))
	all := slices.Repeat([]float32{0}, h*w)
	rows, cols := Cells(h, w)
	for m.seen < 3*mostFeatures {
		if err := m.Add(t.Context(), make([]byte, h*w), all); err != nil {
			t.Fatal(err)
		}
	}
	late := 0
	for i := 0; i < len(m.kept); i += channels {
		if m.kept[i] > float32(2*m.seen/3/(rows*cols)) {
			late++
		}
	}
	if share := float64(late) / mostFeatures; len(m.kept) != mostFeatures*channels || share < 0.3 || share > 0.37 {
		t.Errorf("%d kept, %.2f of them of the last third", len(m.kept)/channels, share)
	}
}

// counting is a feature network whose features are how many pictures it has seen.
type counting struct{ n float32 }

func (c *counting) Load([]byte, []string, []string) (compute.Session, error) { return c, nil }

func (c *counting) Run(_ context.Context, _, out []*compute.Tensor) error {
	c.n++
	for i := range out[0].F32 {
		out[0].F32[i] = c.n
	}
	return nil
}

func (c *counting) Close() error { return nil }

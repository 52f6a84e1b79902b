package engine

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
)

// standIn builds testdata/driver.c, and gives its path and what was called since
// the last look.
func standIn(t *testing.T, flags ...string) (library string, calls func() []string) {
	t.Helper()
	folder := t.TempDir()
	library, log := filepath.Join(folder, "driver.so"), filepath.Join(folder, "calls")
	build := exec.Command("cc", append(flags, "-shared", "-fPIC", "-o", library, filepath.Join("testdata", "driver.c"))...)
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Setenv("AVID_TEST_CALLS", log)
	return library, func() []string {
		text, err := os.ReadFile(log)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.RemoveAll(log); err != nil {
			t.Fatal(err)
		}
		return strings.Fields(strings.ReplaceAll(string(text), " ", "-"))
	}
}

// someTensors have sizes that fill no unit of pinnedAlign.
func someTensors() []*compute.Tensor {
	f, b := compute.Floats(3, 5), compute.Bytes(301)
	for i := range f.F32 {
		f.F32[i] = float32(i)
	}
	for i := range b.U8 {
		b.U8[i] = byte(i)
	}
	return []*compute.Tensor{f, b, compute.Floats(1)}
}

// sameContent tells whether tensors have the content of someTensors.
func sameContent(tensors []*compute.Tensor) bool {
	return slices.EqualFunc(tensors, someTensors(), func(a, b *compute.Tensor) bool {
		return slices.Equal(a.F32, b.F32) && slices.Equal(a.U8, b.U8)
	})
}

// TestPin holds what is asked of NVIDIA's driver, in order: that the memory is
// taken and freed in the device's context, which outlives it and is then let go.
func TestPin(t *testing.T) {
	library, calls := standIn(t)
	tensors := someTensors()
	p, err := pinBy(library, 1, tensors)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := calls(), []string{"cuDeviceGet", "retain", "push", "alloc", "pop"}; !slices.Equal(got, want) {
		t.Errorf("pinning calls %v, want %v", got, want)
	}
	if !sameContent(tensors) {
		t.Error("the content is another")
	}
	if first := (*float32)(p.memory); &tensors[0].F32[0] != first {
		t.Error("the first tensor is not in the memory")
	}
	for range 2 {
		if err := p.close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := calls(), []string{"cuDeviceGet", "retain", "push", "synchronize", "free", "pop", "release", "release"}; !slices.Equal(got, want) {
		t.Errorf("freeing calls %v, want %v", got, want)
	}
	if !sameContent(tensors) {
		t.Error("the content is lost with the memory")
	}
	clear(tensors[1].U8) // it is theirs again
}

// TestPinRefused: whatever the driver refuses, tensors stay as they are, and no
// context stays behind.
func TestPinRefused(t *testing.T) {
	for _, c := range []struct{ refused, says string }{
		{"cuDeviceGet", "error 2 of cuDeviceGet"},
		{"retain", "error 2 of cuDevicePrimaryCtxRetain"},
		{"push", "error 2 of cuCtxPushCurrent_v2"},
		{"alloc", "the NVIDIA driver refuses 1 kB: error 2 of cuMemHostAlloc"},
	} {
		t.Run(c.refused, func(t *testing.T) {
			library, calls := standIn(t)
			t.Setenv("AVID_TEST_REFUSED", c.refused)
			tensors := someTensors()
			p, err := pinBy(library, 1, tensors)
			if p != nil || err == nil || !strings.Contains(err.Error(), c.says) || !sameContent(tensors) {
				t.Errorf("got %v, %v", p, err)
			}
			got := calls()
			count := func(name string) int {
				return len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s != name }))
			}
			if count("retain") != count("release") || count("push") != count("pop") {
				t.Errorf("it is left unbalanced by %v", got)
			}
		})
	}
	library, calls := standIn(t)
	p, err := pinBy(library, 1, someTensors())
	if err != nil {
		t.Fatal(err)
	}
	calls()
	t.Setenv("AVID_TEST_REFUSED", "free")
	if err := p.close(); err == nil || !strings.Contains(err.Error(), "error 2 of cuMemFreeHost") {
		t.Errorf("memory that is not freed: %v", err)
	}
	if got := calls(); got[len(got)-1] != "release" || got[len(got)-2] == "release" {
		t.Errorf("it keeps its context, and no other, after %v", got)
	}
	library, _ = standIn(t, "-DNO_FREE")
	if _, err := pinBy(library, 1, someTensors()); err == nil || !strings.Contains(err.Error(), "it has no cuMemFreeHost") {
		t.Errorf("a driver that cannot free: %v", err)
	}
	if _, err := pinBy("libno-such-driver.so", 0, someTensors()); err == nil {
		t.Error("no driver is no error")
	}
}

// pinning has the process pin by a stand-in, of its device 1 alone, and refuse
// after so many; it collects the pinned memories.
func pinning(t *testing.T, most int) (held *[]*pinnedMemory) {
	t.Helper()
	library, _ := standIn(t)
	held = new([]*pinnedMemory)
	before := machine.pin
	t.Cleanup(func() { machine.pin = before })
	machine.pin = func(ordinal int, tensors []*compute.Tensor) (*pinnedMemory, error) {
		if len(*held) == most {
			return nil, errors.New("no memory")
		}
		p, err := pinBy(library, ordinal, tensors)
		if err == nil {
			*held = append(*held, p)
		}
		return p, err
	}
	return held
}

// TestPinnedRun: ONNX Runtime gives the same on pinned memory.
func TestPinnedRun(t *testing.T) {
	loadLibrary(t)
	m, model := smallModel(t)
	opts, err := Options{Threads: 1}.sessionOptions(CPU, "")
	if err != nil {
		t.Fatal(err)
	}
	session, err := newSession(withoutEnd(), CPU, model, nets.FusedInputs(&m), nets.FusedOutputs(&m), opts)
	if err != nil {
		t.Fatal(err)
	}
	held := pinning(t, 2)
	var of [3]*boundTensors
	for i, d := range []Device{CPU, "cuda:1", "tensorrt:1"} {
		if of[i], err = newBoundTensors(m, 2, d, func(said string) { t.Error(said) }); err != nil {
			t.Fatal(err)
		}
		for k := range of[i].io.Frames.U8 {
			of[i].io.Frames.U8[k] = byte(k * k)
		}
		if err := session.Run(of[i].in, of[i].out); err != nil {
			t.Fatal(err)
		}
	}
	if len(*held) != 2 || of[0].pinned != nil {
		t.Fatalf("%d are pinned, want those of CUDA and TensorRT", len(*held))
	}
	if a, b := of[0].io, of[2].io; !slices.Equal(a.Error.F32, b.Error.F32) || !slices.Equal(a.Regions.F32, b.Regions.F32) || slices.Max(a.Error.F32) == 0 {
		t.Error("pinned memory has other results")
	}
	for _, o := range of {
		if err := errors.Join(o.close(), o.close()); err != nil {
			t.Error(err)
		}
	}
	if (*held)[0].memory != nil {
		t.Error("the memory is not freed")
	}
	if err := session.Destroy(); err != nil {
		t.Error(err)
	}
}

// smallModel is a fused graph of small random networks.
func smallModel(t *testing.T) (bundle.Manifest, []byte) {
	t.Helper()
	f := nets.Fused{Height: 16, Width: 24, ErrorBox: 1, RegionBox: 1,
		Inpainter: nets.Inpainter{BaseWidth: 4, Depth: 1, Stem: 2, Norm: "none"},
		Detector:  nets.ConvDetector{Box: 8, Layers: []nets.ConvLayer{{Out: 4, Kernel: 4, Stride: 4, Pad: 0}, {Out: 1, Kernel: 1, Stride: 1}}}}
	rng := rand.New(rand.NewPCG(1, 1))
	g, err := f.Graph(f.Inpainter.Layout().Init(rng), f.Detector.Layout().Init(rng))
	if err != nil {
		t.Fatal(err)
	}
	regions, err := f.Detector.Regions(f.Height, f.Width)
	if err != nil {
		t.Fatal(err)
	}
	model, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return bundle.Manifest{Height: f.Height, Width: f.Width, Regions: regions}, model
}

// TestPinnedShared: all sizes and workers of a shared session are pinned and freed,
// and one without pinned memory works as well and says so once.
func TestPinnedShared(t *testing.T) {
	loadLibrary(t)
	// Runs of 1, 2 and 4 windows in two workers.
	for _, c := range []struct{ most, notes int }{{6, 0}, {4, 1}, {0, 1}} {
		held := pinning(t, c.most)
		s := growing("cuda:1", 64)
		var notes []string
		o := Options{Note: func(n string) { notes = append(notes, n) }}
		if err := s.addWorker(withoutEnd(), o); err != nil {
			t.Fatal(err)
		}
		s.engines = 4
		s.grow(withoutEnd(), o)
		if err := s.destroy(); err != nil {
			t.Fatal(err)
		}
		if len(*held) != c.most || slices.ContainsFunc(*held, func(p *pinnedMemory) bool { return p.memory != nil }) {
			t.Errorf("%d memories, want %d, all freed", len(*held), c.most)
		}
		if len(notes) != c.notes || c.notes > 0 && !strings.Contains(notes[0], "without pinned memory: no memory") || s.most != 4 {
			t.Errorf("%d pinned: told %q, %d windows a run", c.most, notes, s.most)
		}
	}
}

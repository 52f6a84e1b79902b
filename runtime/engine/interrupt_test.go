package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/onnx"
	"avid/runtime/verdict"
)

// endless is a bundle whose graph would run for hours: no bundle that Open takes
// has one. Its outputs are those of the fused graph, of the smallest size.
func endless(t *testing.T) *bundle.Bundle {
	t.Helper()
	g := onnx.NewGraph("endless")
	in := map[string]*onnx.Value{}
	m := bundle.Manifest{Height: 16, Width: 16, FrameRate: 10, Regions: bundle.Regions{Stride: 8, Rows: 1, Cols: 1, Center: 7.5, Box: 8}, Calibration: bundle.Uncalibrated(1)}
	frames := g.Input("frames", onnx.Uint8, "n", 6, 16, 16)
	in["state"] = g.Input("state", onnx.Float, "n", 1, 1)
	g.Input("smoothing", onnx.Float, "n", 1, 1)
	g.Input("alpha", onnx.Float, 16, 16)
	g.Input("shift", onnx.Float, 1, 1)
	g.Input("scale", onnx.Float, 1, 1)
	g.Input("threshold", onnx.Float, 1)
	x := g.Cast(frames, onnx.Float) // [n,6,16,16]
	w := g.Floats(make([]float32, 6*6*3*3), 6, 6, 3, 3)
	large := g.Pad(x, 0, 0, 0, 0, 0, 0, 0, 2000, 2000)
	for range 2000 {
		large = g.Relu(g.Conv(large, w, nil, onnx.ConvOptions{Stride: 1, Pad: 1}))
	}
	pixel := g.ReduceMean(g.Slice(large, []int64{0, 0}, []int64{16, 16}, []int64{2, 3}, []int64{1, 1}), false, 1) // [n,16,16]
	g.Output("mask", g.Cast(pixel, onnx.Uint8))
	g.Output("score", g.ReduceMax(pixel, false, 1, 2))
	g.Output("error", pixel)
	g.Output("regions", g.Relu(in["state"]))
	g.Output("next", g.Abs(in["state"]))
	g.Output("pixel", g.Relu(pixel))
	model, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return &bundle.Bundle{Manifest: m, Fused: model}
}

// TestInterrupt: a run that would not end is given up when its context ends, and
// the engine can be used with another.
func TestInterrupt(t *testing.T) {
	loadLibrary(t)
	b := endless(t)
	opts, err := Options{Device: CPU, Threads: 1}.sessionOptions(CPU, "")
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{bundle: b, device: CPU, io: nets.NewFusedTensors(b.Manifest, 1)}
	if e.bound, err = newBoundTensors(b.Manifest, 1, CPU, func(string) {}); err != nil {
		t.Fatal(err)
	}
	e.io = e.bound.io
	if err := e.runs.open(); err != nil {
		t.Fatal(err)
	}
	if e.session, err = boundSession(b, e.bound, opts); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	frames, v := make([]byte, 6*16*16), e.NewVerdict()
	cause := errors.New("the pipeline stops")
	for range 2 {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(100*time.Millisecond, func() { cancel(cause) })
		err := e.Infer(ctx, frames, verdict.Calibrated(), v)
		if !errors.Is(err, ErrInterrupted) || !errors.Is(err, cause) {
			t.Fatalf("a run under way: %v", err)
		}
		if err := e.Infer(ctx, frames, verdict.Calibrated(), v); !errors.Is(err, ErrInterrupted) {
			t.Errorf("a run after the end: %v", err)
		}
	}
}

// TestWaitingQueryLeaves: a window whose turn has not come is given up when its
// context ends, and the others' are judged.
func TestWaitingQueryLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shared{most: 1}
		s.some.L = &s.mu
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() { gone <- s.judge(ctx, asked(1, 0)) }() // nobody works yet
		stays := make(chan error, 1)
		go func() { stays <- s.judge(t.Context(), asked(2, 0)) }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, ErrInterrupted) {
			t.Errorf("%v", err)
		}
		batch := s.take(nil)
		if len(batch) != 1 || batch[0].io.Frames.U8[0] != 2 {
			t.Fatalf("%d windows are left", len(batch))
		}
		answer(batch, nil)
		if err := <-stays; err != nil {
			t.Error(err)
		}
	})
}

// TestPatience: an opening that hangs is given up with its reason, what comes of
// it in the end is closed, and a panic is an error.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, closed := make(chan bool), atomic.Int32{}
		minute := func(Device) time.Duration { return time.Minute }
		hang := func(opening) (int, error) { <-release; return 7, nil }
		shut := func(int) error { closed.Add(1); return nil }
		if _, err := patiently(t.Context(), minute, hang, shut); !errors.Is(err, ErrPatience) {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := patiently(ctx, minute, hang, shut); !errors.Is(err, ErrInterrupted) {
			t.Errorf("%v", err)
		}
		close(release)
		synctest.Wait()
		if n := closed.Load(); n != 2 {
			t.Errorf("%d of 2 late ones were closed", n)
		}
		if v, err := patiently(t.Context(), minute, func(opening) (int, error) { return 3, nil }, shut); v != 3 || err != nil {
			t.Errorf("%d, %v", v, err)
		}
		if _, err := patiently(t.Context(), minute, func(opening) (int, error) { panic("as wanted") }, shut); !errors.Is(err, errPanic) {
			t.Errorf("%v", err)
		}
	})
}

// TestPatienceOfEachDevice: what is slow by nature has more time, from when it
// begins, and whoever opens hears that it was given up.
func TestPatienceOfEachDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		heard := false
		slow := func(by opening) (int, error) {
			time.Sleep(50 * time.Second)
			by.began(CUDA)
			time.Sleep(29 * time.Minute)
			by.began(CPU)
			<-by.ctx.Done()
			heard = errors.Is(context.Cause(by.ctx), ErrPatience)
			by.began(CPU) // nobody listens
			return 0, by.ctx.Err()
		}
		if _, err := patiently(t.Context(), Options{}.patience, slow, func(int) error { return nil }); !errors.Is(err, ErrPatience) {
			t.Errorf("%v", err)
		}
		if took, want := time.Since(began), 50*time.Second+30*time.Minute; took != want {
			t.Errorf("given up after %v, want %v", took, want)
		}
		if synctest.Wait(); !heard {
			t.Error("the opening does not know")
		}
		if p := (Options{Patience: time.Hour}).patience(CPU); p != time.Hour {
			t.Errorf("%v", p)
		}
	})
}

// TestWarmUpEnds: the first run of an opening that was given up is ended.
func TestWarmUpEnds(t *testing.T) {
	loadLibrary(t)
	b := endless(t)
	opts, err := Options{Threads: 1}.sessionOptions(CPU, "")
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := newBoundTensors(b.Manifest, 1, CPU, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	session, err := boundSession(b, tensors, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := under(ctx, session.RunWithOptions); !errors.Is(err, ErrInterrupted) {
		t.Errorf("%v", err)
	}
	if err := under(ctx, session.RunWithOptions); !errors.Is(err, ErrInterrupted) {
		t.Errorf("begun after the end: %v", err)
	}
	if err := errors.Join(session.Destroy(), tensors.close()); err != nil {
		t.Error(err)
	}
}

// TestBackendInterrupt: so is a run of training's.
func TestBackendInterrupt(t *testing.T) {
	loadLibrary(t)
	b := endless(t)
	backend, _, err := NewBackend(Options{Device: CPU, Threads: 1, Library: environment.path})
	if err != nil {
		t.Fatal(err)
	}
	s, err := backend.Load(b.Fused, nets.FusedInputs(&b.Manifest), nets.FusedOutputs(&b.Manifest))
	if err != nil {
		t.Fatal(err)
	}
	io := nets.NewFusedTensors(b.Manifest, 1)
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if err := s.Run(ctx, io.Inputs(), io.Outputs()); !errors.Is(err, ErrInterrupted) || !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}

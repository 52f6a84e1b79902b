package engine

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
	"avid/runtime/verdict"
)

// fakeShared is a shared session whose runs call run instead of ONNX Runtime; a
// frame is one byte, and its score is that byte and the threshold.
func fakeShared(most int, run func(frames []byte) error) *shared {
	s := &shared{key: sharedKey{most: most}, most: most}
	s.some.L = &s.mu
	l := &worker{}
	for n := 1; n <= MaxBatch; n *= 2 {
		l.runs = append(l.runs, &batchRun{n, &boundTensors{io: fakeTensors(n), in: make([]ort.Value, 1)}})
	}
	l.run = func(in, _ []ort.Value, _ *ort.RunOptions) error {
		i := slices.IndexFunc(l.runs, func(r *batchRun) bool { return &r.in[0] == &in[0] })
		io := l.runs[i].io
		for k, f := range io.Frames.U8 {
			io.Score.F32[k] = float32(f) + io.Threshold.F32[0]
		}
		return run(io.Frames.U8)
	}
	s.workers = []*worker{l}
	return s
}

func fakeTensors(n int) *nets.FusedTensors {
	k := int64(n)
	return &nets.FusedTensors{Frames: compute.Bytes(k), State: compute.Floats(k), Smoothing: compute.Floats(k),
		Alpha: compute.Floats(1), Shift: compute.Floats(1), Scale: compute.Floats(1), Threshold: compute.Floats(1),
		Mask: compute.Bytes(k), Score: compute.Floats(k), Error: compute.Floats(k), Regions: compute.Floats(k),
		Next: compute.Floats(k), Pixel: compute.Floats(k)}
}

// asked is a query of one window, at a threshold.
func asked(frame byte, zeta float64) *query {
	q := newQuery(fakeTensors(1))
	q.by = verdict.Thresholds{Zeta: zeta}
	q.io.Frames.U8[0], q.io.Threshold.F32[0] = frame, float32(zeta)
	return q
}

// ask asks in turn, a moment apart, and waits for the answers.
func ask(s *shared, queries ...*query) (errs []error) {
	errs = make([]error, len(queries))
	var all sync.WaitGroup
	for i, q := range queries {
		all.Go(func() { errs[i] = s.judge(context.Background(), q) })
		synctest.Wait()
	}
	all.Wait()
	return errs
}

// TestWaitingIsJudgedTogether holds which windows share a run: those that came
// while the one before was under way, of equal thresholds, most of them at once.
func TestWaitingIsJudgedTogether(t *testing.T) {
	for _, c := range []struct {
		name     string
		most     int
		zetas    []float64
		together []int
	}{
		{"alone", 8, []float64{0}, []int{1}},
		{"three wait", 8, []float64{0, 0, 0, 0}, []int{1, 3, 3, 3}},
		{"no more than allowed", 2, []float64{0, 0, 0, 0}, []int{1, 2, 2, 1}},
		{"none together", 1, []float64{0, 0, 0}, []int{1, 1, 1}},
		{"by threshold", 8, []float64{0, 0, 1, 0, 1}, []int{1, 2, 2, 2, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := fakeShared(c.most, func([]byte) error { time.Sleep(time.Second); return nil })
				s.start(s.workers[0])
				var queries []*query
				for i, z := range c.zetas {
					queries = append(queries, asked(byte(10+i), z))
				}
				for i, err := range ask(s, queries...) {
					q := queries[i]
					if err != nil || q.together != c.together[i] || q.io.Score.F32[0] != float32(10+i)+float32(c.zetas[i]) {
						t.Errorf("window %d: %d together, score %v, %v", i, q.together, q.io.Score.F32[0], err)
					}
				}
				s.stop()
			})
		})
	}
}

// TestOneFails: a run that fails for one of its windows costs the others
// nothing, and later runs are smaller; one that fails for all is no such sign.
func TestOneFails(t *testing.T) {
	bad := errors.New("bad")
	for _, c := range []struct {
		name  string
		fails func(frames []byte) bool
		wrong int // of the windows 0 to 4
		most  int
	}{
		{"one window", func(f []byte) bool { return slices.Contains(f, 3) }, 1, 2},
		{"large runs", func(f []byte) bool { return len(f) > 2 }, 0, 2},
		{"all", func([]byte) bool { return true }, 5, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := fakeShared(8, func(frames []byte) error {
					time.Sleep(time.Second)
					if c.fails(frames) {
						return bad
					}
					return nil
				})
				s.start(s.workers[0])
				wrong := 0
				for _, err := range ask(s, asked(0, 0), asked(1, 0), asked(2, 0), asked(3, 0), asked(4, 0)) {
					if err != nil {
						wrong++
					}
				}
				if s.stop(); wrong != c.wrong || s.most != c.most {
					t.Errorf("%d windows failed, then at most %d a run", wrong, s.most)
				}
			})
		})
	}
}

// loadLibrary loads the ONNX Runtime that `make setup` fetched.
func loadLibrary(t *testing.T) {
	t.Helper()
	if err := load(filepath.Join("..", "..", "build", "lib", LibraryName), CPU); err != nil {
		t.Fatal(err)
	}
}

// growing is a shared session on a device that has memory for runs of limit
// windows, yet without a worker.
func growing(d Device, limit int) *shared {
	s := &shared{key: sharedKey{device: d, most: 12}, most: 1,
		manifest: bundle.Manifest{Height: 4, Width: 4, Regions: bundle.Regions{Rows: 1, Cols: 1}}}
	s.some.L = &s.mu
	s.run = func(in, _ []ort.Value, _ *ort.RunOptions) error {
		if in[0].GetShape()[0] > int64(limit) {
			return errors.New("out of memory")
		}
		return nil
	}
	return s
}

// TestGrow: workers and sizes come with the engines, each run once before it is
// used, and where a size fails the session keeps the ones before.
func TestGrow(t *testing.T) {
	loadLibrary(t)
	for _, c := range []struct {
		name    string
		device  Device
		engines int
		limit   int // windows that the device has memory for
		workers int
		most    int
		notes   int
	}{
		{"one", CUDA, 1, 64, 1, 1, 0},
		{"two", CUDA, 2, 64, 2, 2, 0},
		{"five", CUDA, 5, 64, 2, 8, 0},
		{"more than allowed", CUDA, 30, 64, 2, 12, 0},
		{"too little memory", CUDA, 9, 4, 2, 4, 1},
		{"one worker", CPU, 3, 64, 1, 4, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := growing(c.device, c.limit)
			warm := 0
			run := s.run
			s.run = func(in, out []ort.Value, o *ort.RunOptions) error {
				warm++
				return run(in, out, o)
			}
			if err := s.addWorker(withoutEnd(), Options{}); err != nil {
				t.Fatal(err)
			}
			var notes []string
			for range c.engines {
				s.engines++
				s.grow(withoutEnd(), Options{Note: func(n string) { notes = append(notes, n) }})
			}
			runs := 0
			for _, l := range s.workers {
				runs += len(l.runs)
			}
			if len(s.workers) != c.workers || s.most != c.most || len(notes) != c.notes || warm < runs {
				t.Errorf("%d workers, at most %d windows, %d sizes run %d times, told %q", len(s.workers), s.most, runs, warm, notes)
			}
			if err := s.destroy(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBatch holds how many workers and windows a run each device is given.
func TestBatch(t *testing.T) {
	for _, c := range []struct {
		device  Device
		asked   int
		batch   int
		workers int
	}{
		{CPU, AutoBatch, 1, 1}, {CPU, 0, 1, 1}, {CPU, 8, 8, 1}, {CPU, 1000, MaxBatch, 1},
		{CUDA, AutoBatch, cudaBatch, 2}, {"cuda:1", AutoBatch, cudaBatch, 2}, {CUDA, 1, 1, 2}, {CUDA, 4, 4, 2},
		{TensorRT, AutoBatch, 1, 1}, {"tensorrt:1", 8, 1, 1}, {WebGPU, AutoBatch, 1, 1}, {WebGPU, 2, 2, 1},
	} {
		if got := (Options{Batch: c.asked}).batch(c.device); got != c.batch || workers(c.device) != c.workers {
			t.Errorf("%s, %d asked for: %d windows a run, %d workers", c.device, c.asked, got, workers(c.device))
		}
	}
}

package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/bundle"
	"avid/models/nets"
	"avid/runtime/verdict"
)

// TestLeavingARun: a window whose run is under way is given up when its context
// ends, what the run gives in the end does not reach it, and the others of that
// run get theirs.
func TestLeavingARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		s := fakeShared(8, func([]byte) error { <-release; return nil })
		l := s.workers[0]
		s.start(l)
		first := make(chan error, 1)
		go func() { first <- s.judge(t.Context(), asked(9, 0)) }() // keeps the worker busy
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		leaves, stays := asked(1, 0), asked(2, 0)
		gone, got := make(chan error, 1), make(chan error, 1)
		go func() { gone <- s.judge(ctx, leaves) }()
		go func() { got <- s.judge(t.Context(), stays) }()
		synctest.Wait()
		release <- true // both are taken by one run
		if err := <-first; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, ErrInterrupted) {
			t.Errorf("%v", err)
		}
		leaves.io.Frames.U8[0], leaves.io.Score.F32[0] = 0, -1 // its own again
		release <- true
		if err := <-got; err != nil || stays.io.Score.F32[0] != 2 {
			t.Errorf("score %v, %v", stays.io.Score.F32[0], err)
		}
		synctest.Wait()
		if leaves.io.Score.F32[0] != -1 {
			t.Error("a run wrote to a window that was given up")
		}
		// One that leaves between the queue and its run is in none.
		late := asked(3, 0)
		late.left = true
		if err := l.judge([]*query{late}); !errors.Is(err, errLeft) {
			t.Errorf("a run of nobody's: %v", err)
		}
		s.stop()
	})
}

// TestLastLeavesARun: a run that nobody waits for any more is ended, and the next
// is not.
func TestLastLeavesARun(t *testing.T) {
	loadLibrary(t)
	b := endless(t)
	s := &shared{key: sharedKey{device: CPU, most: 2}, manifest: b.Manifest, most: 1, engines: 1}
	s.some.L = &s.mu
	opts, err := Options{Threads: 1}.sessionOptions(CPU, "")
	if err != nil {
		t.Fatal(err)
	}
	if s.session, err = newSession(withoutEnd(), CPU, b.Fused, nets.FusedInputs(&b.Manifest), nets.FusedOutputs(&b.Manifest), opts); err != nil {
		t.Fatal(err)
	}
	l := &worker{run: s.session.RunWithOptions}
	if l.options, err = ort.NewRunOptions(); err != nil {
		t.Fatal(err)
	}
	tensors, err := newBoundTensors(b.Manifest, 1, CPU, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	l.runs, s.workers = []*batchRun{{1, tensors}}, []*worker{l}
	s.start(l)
	io := nets.NewFusedTensors(b.Manifest, 1)
	e := &Engine{bundle: b, device: CPU, io: io, shared: s, query: newQuery(io)}
	frames, v := make([]byte, 6*16*16), e.NewVerdict()
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if err := e.Infer(ctx, frames, verdict.Calibrated(), v); !errors.Is(err, ErrInterrupted) {
			t.Fatalf("%v", err)
		}
	}
	if err := e.Close(); err != nil { // waits for the run to end
		t.Error(err)
	}
}

// smallBundle is one of small random networks.
func smallBundle(t *testing.T) *bundle.Bundle {
	t.Helper()
	m, model := smallModel(t)
	m.FrameRate, m.Calibration = 10, bundle.Uncalibrated(m.Regions.Rows)
	return &bundle.Bundle{Manifest: m, Fused: model, Inpainter: []byte("not run"), Detector: []byte("not run")}
}

// sharedOptions are those of a session on the CPU that engines of b share.
func sharedOptions(t *testing.T, b *bundle.Bundle) (Options, sharedKey) {
	t.Helper()
	loadLibrary(t)
	o := Options{Device: CPU, Threads: 1, Batch: 4, Library: environment.path}
	return o, o.sharedKey(b, CPU)
}

// TestStuckSharing: an engine whose shared session another is making waits for it
// no longer than it likes, holds up nobody else, and makes the session itself where
// the other gives up.
func TestStuckSharing(t *testing.T) {
	b, other := smallBundle(t), smallBundle(t)
	other.Manifest.Name = "another camera"
	o, key := sharedOptions(t, b)
	stuck, mine := enter(key)
	if !mine {
		t.Fatal("there is a session already")
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 1)
	go func() {
		_, err := Open(ctx, b, o)
		waiting <- err
	}()
	if _, elsewhere := sharedOptions(t, other); elsewhere == key {
		t.Fatal("two bundles share")
	}
	e, err := Open(t.Context(), other, o)
	if err != nil {
		t.Fatalf("another bundle: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-waiting; !errors.Is(err, ErrInterrupted) {
		t.Errorf("waiting for what does not come: %v", err)
	}
	opened := make(chan error, 1)
	go func() {
		e, err := Open(t.Context(), b, o)
		if err == nil {
			err = e.Close()
		}
		opened <- err
	}()
	stuck.failed = ErrInterrupted
	stuck.forget()
	close(stuck.made)
	if err := <-opened; err != nil {
		t.Errorf("after the other gave up: %v", err)
	}
}

// TestStuckGrowing: an engine does not wait for the growing that another's opening
// does.
func TestStuckGrowing(t *testing.T) {
	b := smallBundle(t)
	o, key := sharedOptions(t, b)
	first, err := Open(t.Context(), b, o)
	if err != nil {
		t.Fatal(err)
	}
	sessions.mu.Lock()
	s := sessions.open[key]
	sessions.mu.Unlock()
	s.growing.Lock()
	second, err := Open(t.Context(), b, o)
	if err != nil {
		t.Fatal(err)
	}
	v := second.NewVerdict()
	if err := second.Infer(t.Context(), make([]byte, 6*16*24), verdict.Calibrated(), v); err != nil {
		t.Error(err)
	}
	s.growing.Unlock()
	if most, _ := s.size(); most != 1 {
		t.Errorf("runs of %d windows", most)
	}
	if s.grow(withoutEnd(), o); s.wants() != nothing {
		t.Error("it did not grow")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	s.engines = 4
	if s.grow(opening{ended, func(Device) {}}, o); s.wants() != largerRuns {
		t.Error("an interrupted growing counts as a failed one")
	}
	s.engines = 2
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Error(err)
	}
}

// TestTurns: who waits for another's session to be made on a GPU leaves when it
// gives up, and nobody waits on the CPU.
func TestTurns(t *testing.T) {
	oneAtATime <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := opening{ctx, func(Device) {}}
	made := false
	make := func() error { made = true; return nil }
	if err := creating(o, "cuda:1", make); !errors.Is(err, ErrInterrupted) || made {
		t.Errorf("a GPU: %v", err)
	}
	if err := creating(o, CPU, make); err != nil || !made {
		t.Errorf("the CPU: %v", err)
	}
	<-oneAtATime
	if err := creating(withoutEnd(), CUDA, make); err != nil {
		t.Error(err)
	}
}

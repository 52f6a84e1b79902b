package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// longestLife is how long an avid serve may live before it is killed: some are killed as
// they start, others after several events.
const longestLife = 20 * time.Second

// kills has an avid serve that records a camera and tells of its events be killed again and
// again at random moments, and says whether anything is lost: of what it has told any
// receiver all others were told too, in order, the history has it, and its film is there.
func kills(ctx context.Context, out io.Writer, o options) error {
	return o.in(10, func(in *setting) error { return o.kill(ctx, out, in) })
}

// kill is kills in a setting.
func (o options) kill(ctx context.Context, out io.Writer, in *setting) (err error) {
	hook, err := openHook()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hook.close()) }()
	broker, err := openBroker(ctx, in.dir)
	if err != nil {
		return err
	}
	defer broker.close()
	// So many false alarms are allowed that there is an event each few seconds.
	text := fmt.Sprintf("listen: 127.0.0.1:0\nstate: %[1]s/state\nmedia-ips: 127.0.0.1\nrecordings: {folder: %[1]s/kept, segment: 10s, pre-roll: 1s, post-roll: 1s}\n"+
		"publish: {lines: \"file://%[1]s/events.jsonl\", hook: %[2]q, broker: %[3]q}\n"+
		"defaults: {model: %[4]s, device: cpu, transport: tcp, false-alarms-per-day: 20000}\ncameras:\n  yard: {input: %[5]q}\n",
		in.dir, hook.address, broker.address, in.model, in.camera.URL())
	chance := rand.New(rand.NewPCG(18, uint64(o.cycles))) //nolint:gosec // the moments may be known
	var moments []time.Time
	for range o.cycles {
		s, err := spawn(ctx, in.avid, in.dir, text)
		if err != nil {
			return err
		}
		s.drain()
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(chance.Int64N(int64(longestLife)))):
		}
		if err := s.cmd.Process.Kill(); err != nil { // it ended by itself
			return errors.Join(err, s.cmd.Wait())
		}
		moments = append(moments, time.Now())
		if err := s.cmd.Wait(); !killed(err) || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("kill %d: avid serve ended by itself: %w", len(moments), err), ctx.Err())
		}
	}
	if err := settle(ctx, in, text); err != nil {
		return err
	}
	told, err := toldOf(in.dir, hook, broker)
	if err != nil {
		return err
	}
	kept, err := keptOf(filepath.Join(in.dir, "kept"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d kills of avid serve at random moments of its first %v\n", o.cycles, longestLife)
	return judge(out, moments, told, kept)
}

// killed says whether a process was ended by SIGKILL.
func killed(err error) bool {
	var e *exec.ExitError
	if !errors.As(err, &e) {
		return false
	}
	status, ok := e.Sys().(syscall.WaitStatus)
	return ok && status.Signal() == syscall.SIGKILL
}

// settle has a last server send all that waits, and ends it.
func settle(ctx context.Context, in *setting, text string) error {
	s, err := in.start(ctx, text)
	if err != nil {
		return err
	}
	s.drain()
	for end := time.Now().Add(hang); ; time.Sleep(poll) {
		m, err := s.metrics()
		if err != nil {
			return errors.Join(err, s.stop())
		}
		waiting, receivers := 0.0, 0
		for _, of := range m {
			if queued, is := of["publish_queued"]; is {
				waiting += queued
				receivers++
			}
		}
		if receivers == 3 && waiting == 0 {
			return s.stop()
		}
		if time.Now().After(end) {
			return errors.Join(fmt.Errorf("in vain: %.0f records wait for %d receivers", waiting, receivers), s.stop())
		}
	}
}

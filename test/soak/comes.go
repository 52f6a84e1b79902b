package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// together is how many cameras come and go at once, and judgedEach how many verdicts each
// gives while it is there, two seconds of its frames.
const (
	together   = 8
	judgedEach = 20
)

// The file of cameras: one that stays, and those that come and go, which are recorded where
// they are live.
const (
	head = "listen: 127.0.0.1:0\nstate: %[1]s/state\nmedia-ips: 127.0.0.1\nrecordings: {folder: %[1]s/kept, segment: 1m, max-size: 50000000}\n" +
		"publish: {lines: \"file://%[1]s/events.jsonl\"}\ndefaults: {model: %[2]s, loop: true, device: cpu, transport: tcp, false-alarms-per-day: 20000}\ncameras:\n  stays: {input: %[3]q}\n"
	more = "  %s: {input: %q}\n"
)

// serve has cameras of avid serve come and go, each under a name of its own: one half are
// network cameras, the others play a file. It measures that process once they are gone.
func serve(ctx context.Context, out io.Writer, o options) error {
	return o.in(10, func(in *setting) error {
		s, err := in.start(ctx, fmt.Sprintf(head, in.dir, in.model, in.camera.URL()))
		if err != nil {
			return err
		}
		s.drain()
		var all []sample
		for n := 0; n < o.cycles; n += together {
			one, err := s.turn(ctx, in, n, min(together, o.cycles-n))
			if ctx.Err() != nil { // it was ended by Ctrl-C, and so was the server: what came before counts
				_, err = report(out, fmt.Sprintf("%d cameras of avid serve of %d", n, o.cycles), all)
				return errors.Join(ctx.Err(), err)
			}
			if err != nil {
				return errors.Join(fmt.Errorf("camera %d: %w", n+1, err), s.stop())
			}
			all = append(all, one)
		}
		if err := s.stop(); err != nil {
			return err
		}
		flat, err := report(out, fmt.Sprintf("%d cameras of avid serve, %d at once: added, judged, watched, removed", o.cycles, together), all)
		if err == nil && !flat {
			err = errGrows
		}
		return err
	})
}

// turn has n cameras come and go, of which the first is watched to its end, and measures
// once they are gone.
func (s *server) turn(ctx context.Context, in *setting, first, n int) (out sample, err error) {
	var names []string
	text := ""
	for i := range n {
		name, input := fmt.Sprintf("n%05d", first+i+1), in.camera.URL()
		if i%2 == 1 {
			input = in.clip
		}
		names, text = append(names, name), text+fmt.Sprintf(more, name, input)
	}
	if err := s.change(text); err != nil {
		return out, err
	}
	if err := s.judged(names, judgedEach); err != nil {
		return out, err
	}
	stays, err := watchPage(ctx, s.page, "stays")
	if err != nil {
		return out, err
	}
	if err := stays.leave(ctx); err != nil {
		return out, err
	}
	goes, err := watchPage(ctx, s.page, names[0])
	if err != nil {
		return out, err
	}
	if err := errors.Join(s.change(""), goes.left()); err != nil {
		return out, err
	}
	if err := s.judged(names, 0); err != nil {
		return out, err
	}
	return s.look()
}

// judged waits until each of the cameras has so many verdicts; 0: until nothing is left of
// it at /metrics.
func (s *server) judged(names []string, least float64) error {
	has := map[string]float64{}
	for end := time.Now().Add(hang); time.Now().Before(end); time.Sleep(poll) {
		m, err := s.metrics()
		if err != nil {
			return err
		}
		there := 0
		for _, name := range names {
			if has[name] = m[name]["inferences_total"]; m[name] != nil && has[name] >= least {
				there++
			}
		}
		if least == 0 && there == 0 || least > 0 && there == len(names) {
			return nil
		}
	}
	return fmt.Errorf("in vain: verdicts of each camera are %v, want %g", has, least)
}

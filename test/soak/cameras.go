package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// watched is what is known of a camera over a run: how late its frames came, in seconds, a
// value a sample, and what it came to.
type watched struct {
	lag      []float64
	last     map[string]float64
	impaired float64 // samples in which this machine was too slow for it
}

// The bounds of a camera's lag, seconds. From mostLag on /healthz answers 503; that much
// more than at the begin is growth, less is what comes and goes with other work.
const (
	mostLag = 5.0
	moreLag = 1.0
)

// quota is the size that recordings may have while cameras run: they come to more within
// minutes.
const quota = 200_000_000

// between is how much film may come on top: what is being written stays, clips of ten
// minutes among it, and the quota is looked at once a minute.
const between = 11 * time.Minute

// errLate says that a camera is shown late, errQuota that recordings have more than they may.
var (
	errLate  = errors.New("cameras are late")
	errQuota = errors.New("the recordings are above their quota")
)

// errStarved says that cameras are not judged while others are, or are started anew.
var errStarved = errors.New("cameras go without")

// cameras has avid serve judge, show and record cameras, which send the clip, and says how
// late each is, and whether one goes without verdicts while others have them.
func cameras(ctx context.Context, out io.Writer, o options, n, rate int) error {
	return o.in(rate, func(in *setting) error {
		text := fmt.Sprintf("listen: 127.0.0.1:0\nstate: %s/state\nmedia-ips: 127.0.0.1\nrecordings: {folder: %[1]s/kept, segment: 1m, max-size: %[2]d}\n"+
			"publish: {lines: \"file://%[1]s/events.jsonl\"}\ndefaults: {model: %[3]s, device: cpu, transport: tcp}\ncameras:\n", in.dir, quota, in.model)
		for i := range n {
			text += fmt.Sprintf("  c%02d: {input: %q}\n", i+1, in.camera.URL())
		}
		s, err := in.start(ctx, text)
		if err != nil {
			return err
		}
		s.drain()
		all, by, err := watch(ctx, s, o.length)
		if err = errors.Join(err, s.stop()); err != nil {
			return err
		}
		flat, err := report(out, fmt.Sprintf("%d cameras of %d frames/s, judged, shown and recorded by avid serve for %v", n, rate, o.length), all)
		if err != nil {
			return err
		}
		if !flat {
			err = errGrows
		}
		size, written := sizeBelow(filepath.Join(in.dir, "kept")), 0.0
		for _, w := range by {
			written += w.last["record_bytes_total"]
		}
		fmt.Fprintf(out, "  %-18s %8d MB of %.0f that were written, %d are allowed\n", "recordings", size/1e6, written/1e6, quota/1_000_000)
		if float64(size) > quota+written*between.Seconds()/o.length.Seconds() {
			err = errors.Join(err, errQuota)
		}
		if len(by) != n {
			err = errors.Join(err, fmt.Errorf("%d of %d cameras have ever been judged", len(by), n))
		}
		return errors.Join(err, lags(out, by, o.length), fair(by))
	})
}

// fair tells whether each camera has at least a quarter of the verdicts of the one in the
// middle, and none was started anew.
func fair(by map[string]*watched) (err error) {
	var verdicts []float64
	for _, w := range by {
		verdicts = append(verdicts, w.last["inferences_total"])
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		last := by[name].last
		if middle := share(verdicts, 0.5); last["inferences_total"] < middle/4 {
			err = errors.Join(err, fmt.Errorf("%w: %s has %.0f verdicts, the one in the middle %.0f", errStarved, name, last["inferences_total"], middle))
		}
		if n := last["restarts_total"]; n > 0 {
			err = errors.Join(err, fmt.Errorf("%w: %s was started anew %.0f times", errStarved, name, n))
		}
	}
	return err
}

// watch measures a server and its cameras for so long.
func watch(ctx context.Context, s *server, length time.Duration) (all []sample, by map[string]*watched, err error) {
	by = map[string]*watched{}
	for end := time.Now().Add(length); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return all, by, ctx.Err()
		case <-time.After(max(length/200, time.Second)):
		}
		now, err := s.metrics()
		if err != nil {
			return all, by, err
		}
		for name, m := range now {
			lag, is := m["lag_seconds"]
			if !is || m["inferences_total"] == 0 {
				continue
			}
			if by[name] == nil {
				by[name] = &watched{}
			}
			by[name].lag, by[name].last = append(by[name].lag, lag), m
			by[name].impaired += m["impaired"]
		}
		one, err := s.look()
		if err != nil {
			return all, by, err
		}
		all = append(all, one)
	}
	return all, by, nil
}

// lags writes how late each camera was, and tells whether one is too late or gets later.
func lags(out io.Writer, by map[string]*watched, length time.Duration) (err error) {
	fmt.Fprintf(out, "  %-8s %9s %8s %8s %9s   %s\n", "camera", "judged/s", "dropped", "restarts", "impaired", "lag, ms: half below, 95 % below, highest; half below at first → at last")
	for _, name := range slices.Sorted(maps.Keys(by)) {
		w := by[name]
		if len(w.lag) < leastSamples {
			err = errors.Join(err, fmt.Errorf("%s was judged in %d samples only", name, len(w.lag)))
			continue
		}
		fifth := len(w.lag) / 5
		begin, end := share(w.lag[fifth:2*fifth], 0.5), share(w.lag[len(w.lag)-fifth:], 0.5)
		word := "bounded"
		if end > begin+moreLag || share(w.lag[len(w.lag)-fifth:], 0.95) > mostLag {
			word = "LATE"
			err = errors.Join(err, fmt.Errorf("%w: %s", errLate, name))
		}
		fmt.Fprintf(out, "  %-8s %9.2f %8.0f %8.0f %7.0f %%   %5.0f %5.0f %5.0f; %5.0f → %5.0f  %s\n", name, w.last["inferences_total"]/length.Seconds(),
			w.last["input_dropped_frames_total"], w.last["restarts_total"], 100*w.impaired/float64(len(w.lag)), 1000*share(w.lag, 0.5), 1000*share(w.lag, 0.95), 1000*slices.Max(w.lag), 1000*begin, 1000*end, word)
	}
	return err
}

// share is the value that a share of the values is below.
func share(values []float64, of float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(of*float64(len(sorted)-1))]
}

// sizeBelow is the size of all films below a folder.
func sizeBelow(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // a file may go meanwhile
		if err == nil && strings.HasSuffix(path, ".mp4") {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

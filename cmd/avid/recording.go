//go:build !nogst

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/models/redact"
	"avid/runtime/event"
	"avid/runtime/record"
)

// stores says whether an input is recorded as it comes, into a folder.
func (f *runFlags) stores(in input) bool {
	again, endless := lasting(in.Path)
	return again && (endless || f.isLive) && f.frames == "" && isFolder(f.out)
}

// bundleOf names a bundle as records of events do.
func bundleOf(path string) (event.Bundle, error) {
	file, err := os.Open(path)
	if err != nil {
		return event.Bundle{}, err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return event.Bundle{}, err
	}
	base := filepath.Base(path)
	return event.Bundle{Name: strings.TrimSuffix(base, filepath.Ext(base)), SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// recordingInput is a live input that is recorded while it is judged.
type recordingInput struct {
	origin   event.Origin
	main     *record.Recorder
	store    *record.Store
	shots    chan string // ids of events that are to have their pictures
	drawn    sync.WaitGroup
	marked   *record.Recorder // of the video with marks; nil: it is not wanted
	tell     func(text string)
	came     atomic.Bool // the camera's own stream can be recorded
	foreign  atomic.Pointer[string]
	instead  atomic.Bool // the video with marks is recorded in its place
	unfit    bool        // and that was told
	playedAt time.Time   // when the pipeline first played
}

// Report has the recorder keep an event.
func (r *recordingInput) Report(e event.Event) error {
	rec := r.origin.Record(e)
	err := r.main.Report(rec)
	if err == nil && e.Kind == event.End {
		select {
		case r.shots <- rec.ID:
		default: // it is behind by many events; their clips show what they were
		}
	}
	return err
}

// Scene is nothing that film is kept of.
func (r *recordingInput) Scene(event.Scene) error { return nil }

// take records what the camera sends.
func (r *recordingInput) take(u pipeline.Unit) {
	unit, ok := video.RecordUnit(u)
	if !ok {
		r.foreign.CompareAndSwap(nil, &u.Media)
		return
	}
	r.came.Store(true)
	r.main.Offer(unit)
}

// takeMarked records what was encoded here.
func (r *recordingInput) takeMarked(u pipeline.Unit) {
	unit, ok := video.RecordUnit(u)
	switch {
	case !ok:
	case r.instead.Load():
		r.main.Offer(unit)
	case r.marked != nil:
		r.marked.Offer(unit)
	}
}

// unencoded is how long a camera may send nothing encoded while its pictures are judged
// before it is taken for one that sends them raw.
const unencoded = 2 * time.Second

// look has the video with marks recorded where the camera's own stream cannot be.
func (r *recordingInput) look(p *pipeline.Pipeline) {
	if r.unfit || r.came.Load() {
		return
	}
	what := ""
	if media := r.foreign.Load(); media != nil {
		what = *media
	} else if at := p.Position(); at > 0 {
		if r.playedAt.IsZero() {
			r.playedAt = time.Now()
		}
		if time.Since(r.playedAt) > unencoded {
			what = "pictures that are not encoded"
		}
	}
	if what == "" {
		return
	}
	r.unfit = true
	r.instead.Store(true)
	if err := p.Set(video.AnnotatorValve, "drop", "false"); err != nil {
		r.tell("warning: " + err.Error())
	}
	r.tell(fmt.Sprintf("warning: the camera sends %s, and recorded as they come are H.264 and H.265 only: the video with marks is encoded and recorded instead", what))
}

// record runs the filter over a live input, and records it.
func (f *runFlags) record(c *cobra.Command, in input) error {
	m := newMeter(c.ErrOrStderr(), "recording")
	tell := func(text string) { m.line("%s", text) }
	config, err := f.config()
	if err != nil {
		return err
	}
	bundle, err := bundleOf(f.model)
	if err != nil {
		return err
	}
	s, err := record.Open(f.out, config, record.Options{Note: func(text string) { tell("warning: " + text) }})
	if err != nil {
		return err
	}
	camera := titlesOf([]input{in})[0]
	r := &recordingInput{store: s, shots: make(chan string, 16), origin: event.Origin{Camera: camera, Bundle: bundle, Began: time.Now()}, tell: tell}
	settings := map[string]float64{"alpha": f.alpha, "zeta": f.zeta, "false-alarm-rate": f.perDay}
	if r.main, err = s.Recorder(camera, settings); err != nil {
		return errors.Join(err, s.Close())
	}
	r.drawn.Go(r.draw)
	if f.annotated {
		r.marked, err = s.Recorder(camera+"-annotated", settings)
	}
	var stats avidfilter.Stats
	w := &watcher{also: r, warn: tell}
	if err == nil {
		stats, err = f.playRecorded(c, in.Path, r, w, m)
	}
	m.done()
	err = errors.Join(err, r.close(), s.Close())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s in %s, %s of %d judged: %s\n", plural(w.began, "event"), redact.Address(in.Path),
		plural(int(stats.Inferences), "frame"), stats.Frames, f.out)
	return judgedSome(stats)
}

// close ends the recorders.
func (r *recordingInput) close() error {
	err := r.main.Close()
	close(r.shots)
	r.drawn.Wait()
	if r.marked != nil {
		err = errors.Join(err, r.marked.Close())
	}
	if n := r.main.State().Dropped; n > 0 {
		r.tell(fmt.Sprintf("%s not recorded: they came before the first key frame, or faster than the disk takes them", plural(int(n), "frame")))
	}
	return err
}

// playRecorded runs the pipeline.
func (f *runFlags) playRecorded(c *cobra.Command, path string, r *recordingInput, w *watcher, m *meter) (stats avidfilter.Stats, err error) {
	lines, err := os.OpenFile(filepath.Join(f.out, "events.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return stats, err
	}
	defer func() { err = errors.Join(err, lines.Close()) }()
	w.events = event.Lines{W: lines}
	live := f.live(path)
	live.Units = r.take
	dropped := uint64(0)
	in := playInput{clip: &datasets.Clip{Name: redact.Address(path), Path: path}, live: live, playing: r.look,
		dropped: func(n uint64) { dropped = n }, counted: func(s avidfilter.Stats) { stats = s }}
	set := func(p *pipeline.Pipeline) error {
		err := errors.Join(f.set(p, f.model), p.TakeUnits(video.Annotated, r.takeMarked))
		if r.marked != nil {
			err = errors.Join(err, p.Set(video.AnnotatorValve, "drop", "false"))
		}
		return err
	}
	tick := func(at, _ time.Duration) {
		if at > 0 {
			m.set(0, fmt.Sprintf("%s, %s, Ctrl-C ends ", clock(at), plural(w.began, "event")))
		}
	}
	err = playClip(c.Context(), in, filterElement+" ! "+video.Annotator, set, w.note, tick)
	if dropped > 0 {
		m.line("%s not judged, to keep up with the camera: this machine is too slow for it", plural(int(dropped), "frame"))
	}
	if err != nil {
		return stats, fmt.Errorf("%s: %w", redact.Address(path), err)
	}
	return stats, w.err
}

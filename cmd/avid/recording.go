//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"avid/cmd/avid/internal/video"
	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/models/redact"
	"avid/models/zones"
	"avid/runtime/event"
	"avid/runtime/record"
)

// stores says whether an input is recorded as it comes, into a folder.
func (f *runFlags) stores(in input) bool {
	again, endless := lasting(in.Path)
	return again && (endless || f.isLive) && f.frames == "" && isFolder(f.out)
}

// recordingInput is a live input that is recorded while it is judged.
type recordingInput struct {
	name     string // of the camera
	main     *record.Recorder
	store    *record.Store
	shots    chan string // ids of events that are to have their pictures
	masks    masks       // for those
	drawn    sync.WaitGroup
	shown    func(id string, jpeg []byte) // told of each event's picture, with its marks; nil: nobody
	marked   *record.Recorder             // of the video with marks; nil: it is not wanted
	tell     func(text string)
	came     atomic.Bool // the camera's own stream can be recorded
	foreign  atomic.Pointer[string]
	instead  atomic.Bool // the video with marks is recorded in its place
	unfit    bool        // and that was told
	hides    atomic.Bool // a part of the picture is not to be seen: the camera's own stream is recorded no more
	playedAt time.Time   // when the pipeline first played
	serial   uint64      // of the last verdict; of the stream's thread
	flushed  time.Time   // when what was judged was written
	began    time.Time   // of the present run, for stream times; of the same
}

// openRecording records a live camera in a store.
func openRecording(s *record.Store, name string, settings map[string]float64, tell func(text string)) (*recordingInput, error) {
	r := &recordingInput{name: name, store: s, shots: make(chan string, 16), tell: tell}
	var err error
	if r.main, err = s.Recorder(name, settings); err != nil {
		return nil, err
	}
	r.drawn.Go(r.draw)
	return r, nil
}

// place says in a record where its film and its picture are.
func (r *recordingInput) place(rec *event.Record) {
	if rec.Label != event.Label {
		return
	}
	clip, picture := r.store.Place(r.name, rec.ID)
	if rec.Clip = clip; rec.Type == string(event.End) {
		rec.Snapshot = picture
	}
}

// hidden tells whether a part of the picture is not to be seen, by the zones of a bundle or
// by those besides. Errors are of the bundle, or zones.ErrZones.
func hidden(model, besides string) (bool, error) {
	all, _, err := openBundles(model)
	if err != nil {
		return false, err
	}
	added, err := zones.Read(besides)
	private := false
	for _, b := range all {
		own, err1 := zones.OfBundle(b)
		private = private || len(zones.Set{Own: own, Added: added}.Private()) > 0
		err = errors.Join(err, err1)
	}
	return private, err
}

// hide has the video with marks recorded in place of the camera's own stream.
func (r *recordingInput) hide() {
	r.unfit = true
	r.hides.Store(true)
	r.instead.Store(true)
	r.noteMarked("a zone is private, so that the video with marks is recorded in place of the camera's own stream")
	r.tell("a zone is private: the video with marks, in which it is black, is encoded and recorded in place of the camera's own stream")
}

// verdict has the recorder keep what the filter says of a frame.
func (r *recordingInput) verdict(m *pipeline.Marks, wall time.Time) {
	v, _ := m.Verdict()
	why := ""
	if v.State == gstc.Blind {
		why = either(v.Reason, "nothing is judged")
	}
	r.main.Frame(wall, why)
	if v.Serial == 0 || v.Serial == r.serial {
		return
	}
	r.serial = v.Serial
	if k := v.Event.Kind; k == gstc.EventBegin || k == gstc.EventChange {
		r.masks.frame(m, v.Event.Time)
	}
	r.main.Verdict(record.Verdict{Time: float64(wall.UnixMicro()) / 1e6, StreamTime: wall.Sub(r.began).Seconds(), Score: v.Score, Threshold: v.Threshold})
}

// listens has the recorder keep what the filter of a pipeline says of each frame.
func (r *recordingInput) listens(p *pipeline.Pipeline) error {
	r.serial, r.began = 0, time.Now()
	r.masks.anew()
	return p.TakeVerdicts("filter", r.verdict)
}

// flushEach is how often what is judged is written.
const flushEach = record.Step / 2

// tick writes what has been judged, now and then.
func (r *recordingInput) tick(now time.Time) {
	if now.Sub(r.flushed) >= flushEach {
		r.flushed = now
		r.main.Flush()
	}
}

// away notes that the camera cannot be reached, and why.
func (r *recordingInput) away(why string) {
	r.main.Away(time.Now(), why)
	if r.marked != nil {
		r.marked.Break()
	}
}

// keep has the recorder keep an event or a scene; of the latter there is no film.
func (r *recordingInput) keep(rec event.Record) error {
	err := r.main.Report(rec)
	if err != nil || rec.Label != event.Label {
		return err
	}
	if rec.Type != string(event.End) {
		r.masks.report(rec)
		return nil
	}
	select {
	case r.shots <- rec.ID:
	default: // it is behind by many events; their clips show what they were
		r.masks.take(rec.ID)
	}
	return nil
}

// noteMarked notes that the recordings have marks in them, from which nothing can be
// learnt.
func (r *recordingInput) noteMarked(why string) {
	if err := r.main.Marked(why); err != nil {
		r.tell("warning: " + err.Error())
	}
}

// take records what the camera sends.
func (r *recordingInput) take(u pipeline.Unit) {
	if r.hides.Load() {
		return
	}
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
	r.noteMarked("the camera sends " + what + ", so that the video with marks is recorded in place of its own stream")
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
	send, err := f.open(c, tell)
	if err != nil {
		return err
	}
	defer send.Finish(tell)
	s, err := record.Open(f.out, config, record.Options{Note: func(text string) { tell("warning: " + text) }})
	if err != nil {
		return err
	}
	name := inputTitle(in)
	settings := map[string]float64{"alpha": f.alpha, "zeta": f.zeta, "false-alarm-rate": f.perDay}
	r, err := openRecording(s, name, settings, tell)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	private, err := hidden(f.model, f.zones)
	if private {
		r.hide()
	}
	if err == nil && f.annotated {
		r.marked, err = s.Recorder(name+"-annotated", settings)
	}
	var stats avidfilter.Stats
	w := &watcher{warn: tell}
	if err == nil {
		w.camera, err = newCamera(name, name, f.model, send, tell)
	}
	if err == nil {
		r.shown = func(_ string, jpeg []byte) { send.Snapshot(name, jpeg) }
		w.camera.place = r.place
	}
	if err == nil {
		stats, err = f.playRecorded(c, in, r, w, m)
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

// playRecorded runs the pipeline, and again when the input was away.
func (f *runFlags) playRecorded(c *cobra.Command, in input, r *recordingInput, w *watcher, m *meter) (stats avidfilter.Stats, err error) {
	lines := &eventLog{path: filepath.Join(f.out, "events.jsonl"), goesOn: true}
	defer func() { err = errors.Join(err, lines.close()) }()
	w.camera.record = func(rec event.Record) error {
		if err := r.keep(rec); err != nil {
			r.tell("warning: " + err.Error())
		}
		return lines.record(rec)
	}
	again := f.rejoins(in, r.tell)
	again.away = func(err error) {
		w.camera.present(false)
		r.away(reason(err))
	}
	live := f.live(in.Path)
	live.Units = r.take
	set := func(p *pipeline.Pipeline) error {
		w.camera.begins(p)
		err := errors.Join(f.set(p, f.model), p.TakeUnits(video.Annotated, r.takeMarked), r.listens(p))
		if r.marked != nil || r.hides.Load() || r.instead.Load() {
			err = errors.Join(err, p.Set(video.AnnotatorValve, "drop", "false"))
		}
		return err
	}
	tick := func(at, length time.Duration) {
		w.camera.tick(time.Now())
		r.tick(time.Now())
		again.ends = again.ends || length > 0
		if at > 0 {
			m.set(0, fmt.Sprintf("%s, %s, Ctrl-C ends ", clock(at), plural(w.began, "event")))
		}
	}
	dropped := uint64(0)
	again.once = func(ctx context.Context) (stats avidfilter.Stats, err error) {
		before := dropped
		in := playInput{clip: &datasets.Clip{Name: redact.Address(in.Path), Path: in.Path}, live: live,
			playing: func(p *pipeline.Pipeline) { r.look(p); again.back(p) },
			dropped: func(n uint64) { dropped = before + n }, counted: func(s avidfilter.Stats) { stats = s }}
		err = playClip(ctx, in, filterElement+" ! "+video.Annotator, set, w.note, tick)
		return stats, err
	}
	stats, err = again.run(c.Context())
	if dropped > 0 {
		m.line("%s not judged, to keep up with the camera: this machine is too slow for it", plural(int(dropped), "frame"))
	}
	if err != nil {
		return stats, fmt.Errorf("%s: %w", redact.Address(in.Path), err)
	}
	return stats, w.err
}

//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"avid/element/avidfilter"
	"avid/element/avidwebrtcsink"
	"avid/element/gstc"
	"avid/element/pipeline"
	"avid/models/datasets"
	"avid/models/zones"
	"avid/runtime/api"
	"avid/runtime/cameras"
	"avid/runtime/preview"
	"avid/runtime/publish"
	"avid/runtime/record"
	"avid/runtime/supervise"
)

// duty judges cameras and shows them on a page: for avid serve those of a file, for
// avid preview those of its arguments.
type duty struct {
	server preview.Config
	out    io.Writer
	errOut io.Writer
	// endWith ends all with what fails for good: nil for avid serve, whose other
	// cameras go on.
	endWith context.CancelCauseFunc
	// nameOf is what the terminal calls a camera; nil: its name.
	nameOf func(cameras.Camera) string

	told sync.Mutex // one line at a time
	host *avidwebrtcsink.Host
	keep *supervise.Supervisor

	file    string // of cameras; "": there is none
	train   *retrainer
	changes changes
	send    *publish.Publisher // of all cameras' events; nil: nobody is told so
	routes  routes             // to which cameras' events go by name
	store   *record.Store      // of live cameras; nil: nothing is kept
	lessons lessons            // events that were called normal
	heap    trimmer            // of what closed pipelines leave

	applying sync.Mutex // one change of what is on duty at a time; before mu

	mu    sync.Mutex
	posts map[string]*post // by name
	order []cameras.Camera // of the file, as they were applied
}

// open opens the page, and gets ready for cameras. Close it.
func (d *duty) open(ctx context.Context) error {
	if err := pipeline.Init(); err != nil {
		return err
	}
	if err := errors.Join(avidfilter.Register(), avidwebrtcsink.Register()); err != nil {
		return err
	}
	d.server.Logger = slog.New(warnings{tell: d.say})
	// Held here, the page stays while a camera is away.
	host, err := avidwebrtcsink.Share(d.server)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; choose another port (listen)", err)
	}
	if err != nil {
		return err
	}
	d.server.Listen = host.Listen
	d.host, d.posts = host, map[string]*post{}
	var history api.History
	if d.store != nil {
		history = d.store
		host.KeepsHistory()
	}
	host.Handle(api.New(d, history))
	if err := d.measure(); err != nil {
		return errors.Join(err, host.Close())
	}
	d.heap = trimmer{trim: func() { gstc.TrimHeap() }, after: func(wait time.Duration, do func()) { time.AfterFunc(wait, do) }}
	d.lessons.open(ctx, d)
	d.keep = supervise.New(ctx, supervise.Options{Again: d.again, Failed: d.failed})
	return nil
}

// close ends all cameras and the page.
func (d *duty) close() error {
	d.lessons.close()
	d.keep.Close()
	return d.host.Close()
}

// apply makes the cameras those that are on duty.
func (d *duty) apply(all []cameras.Camera) supervise.Change {
	d.applying.Lock()
	defer d.applying.Unlock()
	return d.applyLocked(all)
}

// applyLocked is apply. It needs d.applying.
func (d *duty) applyLocked(all []cameras.Camera) supervise.Change {
	jobs, known := map[string]supervise.Job{}, d.keep.States()
	d.cover(all)
	d.mu.Lock()
	d.order = all
	for _, c := range all {
		c = d.changes.applied(c)
		p := &post{duty: d, camera: c, name: c.Name, zones: c.Zones}
		if d.nameOf != nil {
			p.name = d.nameOf(c)
		}
		if _, is := known[c.Name]; !is { // else its place is the old form's until that ends
			_ = p.expect() // the run tells of it
		}
		jobs[c.Name] = supervise.Job{Settings: settingsOf(c), Run: p.run, End: p.end}
	}
	d.mu.Unlock()
	change := d.keep.Apply(jobs)
	d.rezone(all, change)
	return change
}

// again tells whether a camera that failed is tried again: always for avid serve.
func (d *duty) again(name string, err error) bool {
	p := d.post(name)
	if d.endWith == nil || p == nil {
		return true
	}
	lasts, _ := lasting(string(p.camera.Input))
	return lasts && !forGood(err)
}

// failed tells that a camera failed.
func (d *duty) failed(name string, err error, wait time.Duration) {
	p := d.post(name)
	switch {
	case p == nil:
	case wait < 0:
		d.endWith(fmt.Errorf("%s: %w", p.name, err))
	default:
		p.tellOnce(fmt.Sprintf("%s; trying again in %v", reason(err), wait), time.Now())
	}
}

// post is the camera that is on duty by a name; nil where there is none.
func (d *duty) post(name string) *post {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.posts[name]
}

// tell writes a line for the person who watches the terminal.
func (d *duty) tell(format string, args ...any) {
	d.told.Lock()
	defer d.told.Unlock()
	fmt.Fprintf(d.errOut, "avid: "+format+"\n", args...)
}

// say is tell of a text.
func (d *duty) say(text string) { d.tell("%s", text) }

// post is one camera on duty.
type post struct {
	duty     *duty
	camera   cameras.Camera
	name     string // for the person who watches the terminal
	expected *preview.Expected
	teller   *camera         // that tells of its events; nil: before its first run
	kept     *recordingInput // nil: it is not recorded

	off   atomic.Bool // switched off from afar: its events are not told
	mu    sync.Mutex
	pipe  *pipeline.Pipeline // while it plays
	zones zones.List         // of its filter, besides those of the bundle
	// picturing is held while a picture is kept beside the recordings; before mu.
	picturing sync.Mutex
	unkept    bool // the last one could not be, which was told; needs picturing
	// covered: it is about to be started anew with other private zones.
	covered bool

	// Of the goroutine that runs it.
	restarts uint64
	telling  string    // id of the last record that was told
	trouble  string    // why it is away, as the terminal knows
	knownAt  time.Time // since when
	lost     uint64    // frames dropped before the present run
	dropped  uint64    // and with those of it
	told     uint64    // of which the terminal knows
	toldAt   time.Time // since when
}

// expect gives the camera its place on the page.
func (p *post) expect() (err error) {
	if p.expected == nil {
		if p.expected, err = p.duty.host.Expect(p.camera.Name, p.camera.Title); err == nil {
			p.expected.Limit(p.camera.MaxViewers)
		}
	}
	return err
}

// end gives its place back.
func (p *post) end() {
	if p.kept != nil {
		if err := p.kept.close(); err != nil {
			p.duty.tell("%s: %v", p.name, err)
		}
	}
	if p.expected != nil {
		p.expected.Close()
	}
	p.duty.mu.Lock()
	stays := slices.ContainsFunc(p.duty.order, func(c cameras.Camera) bool { return c.Name == p.camera.Name })
	if p.duty.posts[p.camera.Name] == p {
		delete(p.duty.posts, p.camera.Name)
	}
	p.duty.mu.Unlock()
	switch {
	case p.teller == nil:
	case stays: // it has ended, or begins anew with other settings, or all of it ends
		p.teller.present(false)
	default:
		p.teller.gone()
	}
}

// run keeps the camera on the page until ctx ends, it fails, or it ends for good.
func (p *post) run(ctx context.Context) error {
	if err := p.expect(); err != nil {
		return err
	}
	if p.teller == nil {
		var err error
		if p.teller, err = newCamera(p.camera.Name, p.camera.Title, p.camera.Model, p, p.duty.say); err == nil {
			p.teller.record = p.record
			err = p.keep()
		}
		if err != nil {
			p.teller = nil // the next run tries again to keep it, not only to show it
			return err
		}
	}
	p.expected.Restarted(p.restarts)
	p.restarts++
	p.duty.mu.Lock()
	p.duty.posts[p.camera.Name] = p
	p.duty.mu.Unlock()
	p.duty.settle() // a change that is under way may not know of it, and then ends ctx
	if ctx.Err() != nil {
		return nil //nolint:nilerr // what is stopped before it plays is no failure
	}
	_, endless := lasting(string(p.camera.Input))
	for {
		err := p.once(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // what fails as it is stopped is no failure
		case err == nil && !endless && p.camera.Loop:
			continue
		case err == nil && !endless:
			p.duty.tell("%s has ended", p.name)
			return nil
		case err == nil:
			err = errEnded
		}
		p.teller.present(false)
		if p.kept != nil {
			p.kept.away(reason(err))
		}
		p.expected.Note("No video: " + reason(err) + ". Trying again.")
		return err
	}
}

// once plays the camera from its beginning to its end.
func (p *post) once(ctx context.Context) error {
	c, s := p.camera, p.duty.server
	clip, err := inputClip(string(c.Input), datasets.Range{}, c.Rate)
	if err != nil {
		return err
	}
	filter := filterOf(c)
	if perDay, set := p.duty.changes.perDay(c.Name); set && c.Zeta < 0 {
		filter.perDay = perDay
	}
	set := func(pipe *pipeline.Pipeline) error {
		p.teller.begins(pipe)
		if err := errors.Join(p.plays(pipe, &filter), pipe.TakeUnits(pictureSink, p.pictured), pipe.Set("filter", "watch", "true"), pipe.Set("filter", "shadow-model", p.duty.changes.shadowOf(c.Name))); err != nil {
			return err
		}
		if p.kept != nil {
			if err := p.kept.listens(pipe); err != nil {
				return err
			}
		}
		for _, kv := range [][2]string{
			{"listen", s.Listen}, {"path", c.Name}, {"title", c.Title}, {"codec", c.Codec},
			{"token", s.Token}, {"insecure", fmt.Sprint(s.Insecure)}, {"tls-cert", s.TLSCert}, {"tls-key", s.TLSKey},
			{"stun-server", s.STUNServer}, {"turn-servers", strings.Join(s.TURNServers, ",")}, {"media-ips", strings.Join(s.MediaIPs, ",")},
			{"max-viewers", fmt.Sprint(s.MaxViewers)},
		} {
			if err := pipe.Set("sink", kv[0], kv[1]); err != nil {
				return err
			}
		}
		return nil
	}
	note := func(m pipeline.Message) {
		if m.Kind == pipeline.MessageWarning {
			p.warn(m)
			return
		}
		if err := p.teller.note(m.Structure); err != nil {
			p.duty.tell("%s: %v", p.name, err)
		}
		if m.Structure != nil && m.Structure.Name == avidfilter.ModelMessage {
			model, _ := m.Structure.Get("model").(string)
			cause, _ := m.Structure.Get("cause").(string)
			p.changed(model, cause)
		}
	}
	p.lost = p.dropped
	flags := liveFlags{latency: uint(c.Latency.Milliseconds()), transport: c.Transport, isLive: c.Live}
	in := playInput{clip: clip, live: flags.live(clip.Path), loop: c.Loop, dropped: func(n uint64) { p.count(n, time.Now(), p.duty.tell) },
		closing: p.stops,
		counted: func(s avidfilter.Stats) {
			// Where no frame came there is an error that says why.
			if err := judgedSome(s); err != nil && s.Frames > 0 && ctx.Err() == nil {
				p.duty.tell("%s: %v", p.name, err)
			}
		}}
	if p.kept != nil && in.live != nil {
		in.live.Units = p.kept.take
	}
	defer p.duty.heap.closed()
	return playClip(ctx, in, shownTail(), set, note, func(_, _ time.Duration) { p.ticks(time.Now()) })
}

// plays says which pipeline plays the camera, and gives its filter the settings, with
// the zones as they are now.
func (p *post) plays(pipe *pipeline.Pipeline, filter *filterFlags) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pipe, filter.zones = pipe, p.zones.String()
	return filter.set(pipe, p.camera.Model)
}

// stops says that none plays it.
func (p *post) stops() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pipe = nil
}

// count takes the frames that the present run dropped so far, and tells of them once a
// minute at most.
func (p *post) count(frames uint64, now time.Time, tell func(format string, args ...any)) {
	p.dropped = p.lost + frames
	p.expected.Dropped(p.dropped)
	if p.toldAt.IsZero() { // the first frames may wait for what is only being opened
		p.toldAt = now
	}
	if p.dropped == p.told || now.Sub(p.toldAt) < time.Minute {
		return
	}
	tell("%s: %s dropped to keep up with it: this machine is too slow", p.name, plural(int(p.dropped-p.told), "frame"))
	p.told, p.toldAt = p.dropped, now
}

// filterOf are a camera's settings of the filter.
func filterOf(c cameras.Camera) filterFlags {
	return filterFlags{thresholdFlags: thresholdFlags{alpha: c.Alpha, zeta: c.Zeta, perDay: c.FalseAlarmsPerDay},
		device: c.Device, tuning: c.DeviceOption, overlay: c.Overlay, opacity: c.Opacity, zones: c.Zones.String()}
}

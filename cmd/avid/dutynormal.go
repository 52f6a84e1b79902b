//go:build !nogst

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"avid/models/bundle"
	"avid/models/datasets"
	"avid/models/zones"
	"avid/runtime/api"
	"avid/runtime/cameras"
	"avid/runtime/engine"
	"avid/runtime/record"
)

// lesson is an event that somebody has called normal, or no longer.
type lesson struct {
	camera, id string
	by         string // who
	forget     bool
}

func (l lesson) key() string { return l.camera + "/" + l.id }

// name is what its bundle calls the event.
func (l lesson) name() string { return "event " + l.id }

// lessons has bundles learn events, one after the other, beside the judging.
type lessons struct {
	duty  *duty
	queue chan lesson
	stop  context.CancelFunc
	done  sync.WaitGroup

	mu     sync.Mutex
	states map[string]api.Learning // by key, since the process began
}

// mostLessons is how many events may wait to be learnt.
const mostLessons = 32

// open begins to learn. Close it.
func (l *lessons) open(ctx context.Context, d *duty) {
	ctx, l.stop = context.WithCancel(ctx)
	l.duty, l.queue, l.states = d, make(chan lesson, mostLessons), map[string]api.Learning{}
	l.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case one := <-l.queue:
				l.set(one, api.Learning{State: api.Learns})
				state := l.do(ctx, one)
				l.set(one, state)
			}
		}
	})
}

// close ends what is being learnt.
func (l *lessons) close() {
	if l.stop != nil {
		l.stop()
		l.done.Wait()
	}
}

func (l *lessons) set(one lesson, state api.Learning) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.states[one.key()] = state
}

// add has one learnt when its turn comes. The error wraps api.ErrRefused.
func (l *lessons) add(one lesson) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if is := l.states[one.key()].State; is == api.Waits || is == api.Learns {
		return fmt.Errorf("%w: it is being learnt already", api.ErrRefused)
	}
	select {
	case l.queue <- one:
		l.states[one.key()] = api.Learning{State: api.Waits}
		return nil
	default:
		return fmt.Errorf("%w: %d events wait to be learnt; try it later", api.ErrRefused, mostLessons)
	}
}

// Normal has the bundle of a camera learn that an event is ordinary: see api.Teacher.
func (d *duty) Normal(camera, id, by string) error { return d.teach(lesson{camera, id, by, false}) }

// Forget has it find the event again: see api.Teacher.
func (d *duty) Forget(camera, id, by string) error { return d.teach(lesson{camera, id, by, true}) }

func (d *duty) teach(one lesson) error {
	if d.post(one.camera) == nil || d.store == nil {
		return api.ErrUnknown
	}
	events, err := d.store.Events(record.Query{Camera: one.camera, ID: one.id})
	if err != nil {
		return err
	}
	if len(events) == 0 {
		return api.ErrUnknown
	}
	clips, err := d.store.Clips(one.camera, one.id)
	switch e := events[0]; {
	case err != nil:
		return err
	case one.forget && e.Ordinary == "":
		return fmt.Errorf("%w: nobody has called this event normal", api.ErrRefused)
	case one.forget:
	case e.Ordinary != "":
		return fmt.Errorf("%w: it has been learnt already", api.ErrRefused)
	case len(clips) == 0:
		return fmt.Errorf("%w: no film was kept of this event, and it is learnt from that", api.ErrRefused)
	case e.State == record.StateOpen || clips[0].Open:
		return fmt.Errorf("%w: the event, or its film, goes on; try it when it has ended", api.ErrRefused)
	case trustedKeys != "":
		return fmt.Errorf("%w: only signed bundles are opened here: learn it with avid learn, and sign the bundle again", api.ErrRefused)
	}
	return d.lessons.add(one)
}

// Learning is how it is with an event that somebody has called normal: see api.Teacher.
func (d *duty) Learning(camera, id string) api.Learning {
	d.lessons.mu.Lock()
	defer d.lessons.mu.Unlock()
	return d.lessons.states[lesson{camera: camera, id: id}.key()]
}

// do learns an event, or forgets it.
func (l *lessons) do(ctx context.Context, one lesson) api.Learning {
	p := l.duty.post(one.camera)
	if p == nil {
		return api.Learning{State: api.Failed, Why: "the camera is on duty no more"}
	}
	words, err := l.learn(ctx, p.camera, one)
	if err != nil {
		l.duty.tell("%s: event %s is not learnt as normal: %v", p.name, one.id, err)
		return api.Learning{State: api.Failed, Why: reason(err)}
	}
	l.duty.tell("%s: event %s: %s", p.name, one.id, words)
	return api.Learning{State: api.Learnt, Why: words}
}

// learn writes the camera's bundle anew, which the camera then takes by itself.
func (l *lessons) learn(ctx context.Context, c cameras.Camera, one lesson) (words string, err error) {
	if one.forget {
		for _, path := range bundle.Paths(c.Model) {
			b, err := openBundle(path)
			if err != nil {
				return "", err
			}
			err = forget(b, one.name())
			if errors.Is(err, errForgotten) { // another of several, or one that came since
				continue
			}
			if err == nil {
				err = b.WriteFile(path)
			}
			if err != nil {
				return "", err
			}
		}
		return "it is found again", l.duty.store.Ordinary(one.camera, one.id, "", one.by)
	}
	if words, err = l.look(ctx, c, one); err != nil {
		return "", err
	}
	return words, l.duty.store.Ordinary(one.camera, one.id, one.name(), one.by)
}

// around is by how much an event may be longer than it was reported.
const around = time.Second

// look has the camera's bundle, of several the one whose mood the film shows, learn an event
// from the first of its clips.
func (l *lessons) look(ctx context.Context, c cameras.Camera, one lesson) (words string, err error) {
	side, err1 := l.duty.store.Sidecar(one.camera, one.id)
	clips, err2 := l.duty.store.Clips(one.camera, one.id)
	added, err3 := zones.Read(c.Zones.String())
	device, err4 := engine.ParseDevice(c.Device)
	tuning, err5 := engine.ParseDeviceOptions(c.DeviceOption)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return "", err
	}
	if len(clips) == 0 {
		return "", errors.New("its film is kept no more")
	}
	clip, err := inputClip(l.duty.store.Path(clips[0].Path), datasets.Range{}, 0)
	if err != nil {
		return "", err
	}
	filter := filterOf(c)
	if perDay, set := l.duty.changes.perDay(c.Name); set && c.Zeta < 0 {
		filter.perDay = perDay
	}
	began := clips[0].Start
	path, err := ofFilm(ctx, c.Model, clip, max(0, side.Start().Sub(began)))
	if err != nil {
		return "", err
	}
	b, err := openBundle(path)
	if err != nil {
		return "", err
	}
	s := &school{bundle: b, zones: added, options: engine.Options{Device: device, DeviceOptions: tuning}, thresholds: filter.thresholds(), clip: clip,
		first: max(0, side.Start().Sub(began)-around), last: max(around, side.End().Sub(began)+around)}
	_, left, err := s.teach(ctx, one.name(), true) // the camera shows where it is
	if errors.Is(err, errOrdinary) {
		return "", fmt.Errorf("judged by its film alone, nothing in it is irregular: %w", errOrdinary)
	}
	if err != nil {
		return "", err
	}
	if err := b.WriteFile(path); err != nil {
		return "", err
	}
	return fmt.Sprintf("normal now: of %s that were irregular %s still", plural(s.marked, "frame"), isAre(left)), nil
}

//go:build !nogst

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"avid/models/compare"
	"avid/runtime/api"
	"avid/runtime/cameras"
)

// retrainer trains cameras anew, one after the other, in processes of their own at low
// priority: the cameras' judging goes first.
type retrainer struct {
	duty *duty
	kept string        // file of the state
	wake chan struct{} // there may be something to do

	mu    sync.Mutex
	state map[string]training // by camera
	queue []wantedTraining
	stop  context.CancelFunc // cancels the one that is under way; nil: none was yet
}

// wantedTraining is a training that waits.
type wantedTraining struct {
	camera, model string
	asked         api.Wanted
}

// openRetrainer reads what is kept in a folder. What was under way has ended with the
// process that it was of.
func openRetrainer(d *duty, folder string) (*retrainer, error) {
	t := &retrainer{duty: d, kept: filepath.Join(folder, "retrain.json"), wake: make(chan struct{}, 1), state: map[string]training{}}
	text, err := os.ReadFile(t.kept)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &t.state); err != nil {
		return nil, fmt.Errorf("%s: %w; mend or remove it", t.kept, err)
	}
	for name, s := range t.state {
		if unfinished(s.State) {
			s.Retraining = api.Retraining{State: api.RetrainFailed, Since: s.Since, Words: stoppedWords}
			t.state[name] = s
		}
	}
	return t, nil
}

// unfinished tells whether a training waits or is under way.
func unfinished(state string) bool {
	return slices.Contains([]string{api.RetrainWaiting, api.RetrainTraining, api.RetrainComparing}, state)
}

// start trains what is wanted until ctx ends, or the function that it returns is called,
// which waits for the end.
func (t *retrainer) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		// A child ends with the thread that started it (PDEATHSIG), which is to be that of
		// the process' whole life.
		runtime.LockOSThread()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.wake:
			}
			for more := true; more && ctx.Err() == nil; {
				more = t.next(ctx)
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// next does the training that has waited longest; false where none waits.
func (t *retrainer) next(all context.Context) bool {
	ctx, cancel := context.WithCancel(all)
	defer cancel()
	t.mu.Lock()
	if len(t.queue) == 0 {
		t.mu.Unlock()
		return false
	}
	one := t.queue[0]
	t.queue, t.stop = t.queue[1:], cancel
	t.mu.Unlock()
	t.run(all, ctx, one)
	return true
}

// set says how it is with a training, and keeps it.
func (t *retrainer) set(camera string, s api.Retraining) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.setLocked(camera, s)
}

// setLocked is set with mu held. It is kept at once, so that a training that waits is not
// forgotten with the process.
func (t *retrainer) setLocked(camera string, s api.Retraining) {
	s.Since = time.Now().UTC().Truncate(time.Second)
	one := t.state[camera]
	one.Retraining = s
	t.state[camera] = one
	if err := keepJSON(t.kept, t.state); err != nil {
		t.duty.tell("%s: %v", camera, err)
	}
}

// of is how it is with a camera's training; nil: there was none.
func (t *retrainer) of(camera string) *api.Retraining {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, known := t.state[camera]
	if !known {
		return nil
	}
	return &s.Retraining
}

// want puts a training behind those that wait. The error is api.ErrRefused.
func (t *retrainer) want(one wantedTraining) error {
	t.mu.Lock()
	under := unfinished(t.state[one.camera].State)
	if !under {
		t.queue = append(t.queue, one)
		t.askLocked(one)
		t.setLocked(one.camera, api.Retraining{State: api.RetrainWaiting})
	}
	t.mu.Unlock()
	if under {
		return fmt.Errorf("%w: a training of it is under way", api.ErrRefused)
	}
	select {
	case t.wake <- struct{}{}:
	default: // it is awake
	}
	return nil
}

// run trains a camera and compares what came of it, until ctx ends: with all, or as it is
// cancelled.
func (t *retrainer) run(all, ctx context.Context, one wantedTraining) {
	err := t.child(ctx, one.camera, api.RetrainTraining, append([]string{"train", "--camera", one.camera, "-c", t.duty.file}, t.begin(one)...))
	if err == nil {
		err = t.child(ctx, one.camera, api.RetrainComparing, []string{"compare", "--camera", one.camera, "-c", t.duty.file})
	}
	var result *compare.Comparison
	if err == nil {
		var text []byte
		if text, err = os.ReadFile(beside(beside(one.model, nextEnding), comparedEnding)); err == nil {
			result, err = compare.Parse(text)
		}
	}
	switch {
	case all.Err() == nil && ctx.Err() != nil:
		t.set(one.camera, api.Retraining{State: api.RetrainCancelled})
	case ctx.Err() != nil:
		t.set(one.camera, api.Retraining{State: api.RetrainFailed, Words: stoppedWords})
	case err != nil:
		t.set(one.camera, api.Retraining{State: api.RetrainFailed, Words: err.Error()})
		t.duty.tell("%s: training it anew failed: %v", one.camera, err)
	default:
		t.set(one.camera, api.Retraining{State: api.RetrainReady, Against: result.Against(), Report: reportOf(one.camera), Compared: comparedOf(result)})
		t.duty.tell("%s: a new bundle is ready, and so is its report", one.camera)
	}
}

// shareTold is the share of the work that a line of progress has.
var shareTold = regexp.MustCompile(`^[a-z]+: [0-9:]+, +([0-9]+) %`)

// child runs a command of this tool as a process of its own, and says how far it is. The
// error is what it said last.
func (t *retrainer) child(ctx context.Context, camera, state string, args []string) error {
	t.set(camera, api.Retraining{State: state})
	tool, err := os.Executable()
	if err != nil {
		return err
	}
	if trustedKeys != "" {
		args = append(args, "--trusted-keys", trustedKeys)
	}
	line := append([]string{tool}, args...)
	if nice, err := exec.LookPath("nice"); err == nil {
		line = append([]string{nice, "-n", "19"}, line...)
	}
	cmd := exec.CommandContext(ctx, line[0], line[1:]...) //nolint:gosec // this tool itself
	endsWithUs(cmd)
	said, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	last := t.listen(camera, state, said)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %s", args[0], strings.TrimPrefix(either(last, err.Error()), "avid: "))
	}
	return nil
}

// listen notes what a process says of its progress, and returns its last line.
func (t *retrainer) listen(camera, state string, said io.Reader) (last string) {
	lines := bufio.NewScanner(said)
	lines.Buffer(nil, 1<<20)
	var done *float64 // as it was told last
	for lines.Scan() {
		last = lines.Text()
		if m := shareTold.FindStringSubmatch(last); m != nil {
			if percent, err := strconv.Atoi(m[1]); err == nil {
				share := min(float64(percent)/100, 1)
				done = &share
			}
		}
		t.set(camera, api.Retraining{State: state, Words: last, Progress: done})
	}
	_, _ = io.Copy(io.Discard, said) // a line that is too long keeps nobody
	return last
}

// Retrain begins a training: see api.Trainer.
func (d *duty) Retrain(name string, w api.Wanted) error {
	c, err := d.trained(name)
	if err != nil {
		return err
	}
	if d.store == nil {
		return fmt.Errorf("%w: the file of cameras has no recordings to learn from", api.ErrRefused)
	}
	if w.Resume {
		if w, err = d.train.again(name, c.Model, w); err != nil {
			return err
		}
	}
	if err := mayBeAsked(w); err != nil {
		return fmt.Errorf("%w: %w", api.ErrRefused, err)
	}
	return d.train.want(wantedTraining{camera: name, model: c.Model, asked: w})
}

// trained is the camera of a name, where cameras can be trained anew, begun or not.
func (d *duty) trained(name string) (cameras.Camera, error) {
	c, known := d.ofFile(name)
	switch {
	case !known:
		return c, api.ErrUnknown
	case d.train == nil:
		return c, fmt.Errorf("%w: this is for avid serve, which has a file of cameras", api.ErrRefused)
	}
	return c, oneBundle(c)
}

// Report is the page that compares a camera's bundles: see api.Trainer.
func (d *duty) Report(name string) (string, error) {
	c, err := d.trained(name)
	if err != nil {
		return "", err
	}
	return beside(beside(c.Model, nextEnding), pageEnding), nil
}

// Promote puts the new bundle in place, which the filter then takes: see api.Trainer.
func (d *duty) Promote(name string, force bool) error {
	c, err := d.trained(name)
	if err != nil {
		return err
	}
	if s := d.train.of(name); s != nil && unfinished(s.State) {
		return fmt.Errorf("%w: a training of it is under way", api.ErrRefused)
	}
	to := c.Model
	next, err := openBundle(beside(to, nextEnding))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no new bundle", api.ErrRefused)
	}
	if err == nil && !force {
		err = judgePromotion(beside(to, nextEnding), to, next)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", api.ErrRefused, err)
	}
	if err := takePlace(beside(to, nextEnding), to); err != nil {
		d.tell("%s: %v", name, err)
		return err
	}
	d.train.become(name, api.RetrainPromoted, "")
	d.tell("%s: its new bundle is in place", name)
	return nil
}

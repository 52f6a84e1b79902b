package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/avidfilter"
	"avid/element/pipeline"
)

// jobs are those that run in a process of their own, with GStreamer in it, by name.
var jobs = map[string]func(options) (string, []sample, error){
	"streams": func(o options) (string, []sample, error) { return streams(o, 8, 10) },
	"cycles":  cycles,
	"day":     day,
}

// child runs a job in this process, and ends GStreamer, whose tracer then says on standard
// error what objects are left.
func child(out io.Writer, o options) error {
	if err := pipeline.Init(); err != nil {
		return err
	}
	if err := avidfilter.Register(); err != nil {
		return err
	}
	what, all, err := jobs[o.job](o)
	if err != nil {
		return err
	}
	flat, err := report(out, what, all)
	gst.Deinit()
	if err == nil && !flat {
		err = errGrows
	}
	return err
}

// own measures this process, without what Go has not collected yet.
func own() (sample, error) {
	runtime.GC()
	runtime.GC() // what finalizers let go in the first one
	s, err := look(os.Getpid())
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = int64(m.HeapAlloc)
	return s, err
}

// hang is how long a short pipeline may take on a machine that is busy.
const hang = 5 * time.Minute

// cycles starts and stops avidfilter again and again, each time to a verdict.
func cycles(o options) (string, []sample, error) {
	line := fmt.Sprintf("videotestsrc num-buffers=12 pattern=ball ! video/x-raw,width=192,height=128,framerate=10/1 ! avidfilter name=filter model=%s device=cpu ! fakesink sync=false", o.model)
	all := make([]sample, 0, o.cycles)
	for range o.cycles {
		judged, err := once(line)
		if err == nil && judged == 0 {
			err = errors.New("nothing was judged")
		}
		if err != nil {
			return "", nil, err
		}
		s, err := own()
		if err != nil {
			return "", nil, err
		}
		all = append(all, s)
	}
	return fmt.Sprintf("%d cycles of avidfilter: start, judge, stop", o.cycles), all, nil
}

// once plays a pipeline to its end, and returns how many verdicts its filter gave.
func once(line string) (judged uint64, err error) {
	p, err := pipeline.Parse(line)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	if _, err := p.Run(hang); err != nil {
		return 0, err
	}
	return inferences(p, "filter")
}

// inferences is how many verdicts a filter has given.
func inferences(p *pipeline.Pipeline, filter string) (uint64, error) {
	s, err := p.Structure(filter, "stats")
	if err != nil {
		return 0, err
	}
	stats, err := avidfilter.StatsOf(s)
	return stats.Inferences, err
}

// streams judges streams beside each other, each frame of them, at their own pace or as fast
// as this machine can.
func streams(o options, n, rate int) (string, []sample, error) {
	var line string
	for i := range n {
		line += fmt.Sprintf("videotestsrc pattern=ball ! video/x-raw,width=640,height=360,framerate=%d/1 ! "+
			"avidfilter name=filter%d model=%s device=cpu overlay=mask ! fakesink sync=true ", rate, i, o.model)
	}
	p, err := pipeline.Parse(line)
	if err != nil {
		return "", nil, err
	}
	defer p.Close()
	if err := p.SetState(pipeline.StatePlaying, hang); err != nil {
		return "", nil, err
	}
	every := max(o.length/200, time.Second)
	var all []sample
	for end := time.Now().Add(o.length); time.Now().Before(end); {
		for next := time.Now().Add(every); time.Now().Before(next); {
			if m, ok := p.Pop(time.Until(next)); ok && m.Err() != nil {
				return "", nil, m.Err()
			}
		}
		s, err := own()
		if err != nil {
			return "", nil, err
		}
		all = append(all, s)
	}
	for i := range n {
		if judged, err := inferences(p, fmt.Sprintf("filter%d", i)); err != nil || judged == 0 {
			return "", nil, errors.Join(fmt.Errorf("stream %d: %d verdicts", i, judged), err)
		}
	}
	return fmt.Sprintf("%d streams of %d frames/s for %v", n, rate, o.length), all, nil
}

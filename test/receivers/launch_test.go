package receivers_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-gst/go-glib/pkg/gobject/v2"
	"github.com/go-gst/go-gst/pkg/gst"
	"github.com/go-gst/go-gst/pkg/gstapp"

	"avid/element/pipeline"
)

// pipe is a pipeline that ends in an appsink named out. It is made with go-gst
// itself: element/pipeline gives no element away, and pulls pictures only.
type pipe struct {
	top  gst.Pipeline
	sink gstapp.AppSink
	once sync.Once // close
}

// launch parses a pipeline, which stops when the test ends.
func launch(t testing.TB, format string, args ...any) *pipe {
	t.Helper()
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	line := fmt.Sprintf(format, args...)
	parsed, err := gst.ParseLaunch(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	p := &pipe{top: parsed.(gst.Pipeline)}
	p.sink = p.top.GetByName("out").(gstapp.AppSink)
	t.Cleanup(p.close)
	return p
}

func (p *pipe) play() { p.top.SetState(gst.StatePlaying) }

// close stops and frees a pipeline; a second time it does nothing.
func (p *pipe) close() {
	p.once.Do(func() {
		p.top.BlockSetState(gst.StateNull, gst.ClockTime(patience))
		// go-gst would do so some time, in finalizers.
		gobject.UnsafeObjectUnref(p.sink)
		gobject.UnsafeObjectUnref(p.top)
	})
}

// pull waits for a sample; nil: the stream has ended or none came. The caller
// frees it.
func (p *pipe) pull() *gst.Sample { return p.sink.TryPullSample(gst.ClockTime(patience)) }

// messages are what the pipeline complained of.
func (p *pipe) messages() []string {
	bus := p.top.GetBus()
	defer gobject.UnsafeObjectUnref(bus)
	var all []string
	for _, m := range pipeline.Drain(bus) {
		if m.Kind == pipeline.MessageError || m.Kind == pipeline.MessageWarning {
			all = append(all, fmt.Sprintf("%s: %s (%s)", m.Source, m.Text, m.Debug))
		}
	}
	return all
}

// has says whether an element is installed.
func has(t testing.TB, element string) bool {
	t.Helper()
	if err := pipeline.Init(); err != nil {
		t.Fatal(err)
	}
	factory := gst.ElementFactoryFind(element)
	if factory == nil {
		return false
	}
	gobject.UnsafeObjectUnref(factory)
	return true
}

// lacks names an element of a pipeline that is not installed; empty: none.
func lacks(t testing.TB, line string) string {
	t.Helper()
	for part := range strings.SplitSeq(line, "!") {
		name := strings.Fields(part)[0]
		if !strings.Contains(name, "/") && !has(t, name) { // one with / is caps
			return name
		}
	}
	return ""
}

// need skips the test where elements for the format are not installed, and
// fails it where they should be.
func (f format) need(t testing.TB, line string) {
	t.Helper()
	name := lacks(t, line)
	switch {
	case name == "":
	case f.must:
		t.Fatalf("GStreamer's %s is not installed (make setup)", name)
	default:
		t.Skipf("GStreamer's %s is not installed", name)
	}
}

// patience is for what must happen some time, also on a machine that is busy
// with other tests.
const patience = time.Minute

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("in vain: %s", what)
}

package analyze

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"avid/models/average"
	"avid/models/luma"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

func TestVerdicts(t *testing.T) {
	b := newBench(t)
	for i := range 8 {
		o := b.take(at(i), byte(10*i))
		v, ok := b.a.Verdict()
		if want := i >= average.Frames-1; ok != want || o.Inferred != want {
			t.Fatalf("frame %d: verdict %v, inferred %v", i, ok, o.Inferred)
		}
		if ok && (v.Serial != uint64(i-average.Frames+2) || v.Time != o.Time || v.Wall.IsZero()) {
			t.Errorf("frame %d: %+v", i, v)
		}
	}
	if want := [][]byte{{0, 10, 20, 30, 40, 50}, {10, 20, 30, 40, 50, 60}, {20, 30, 40, 50, 60, 70}}; !slices.EqualFunc(b.f.windows, want, slices.Equal) {
		t.Errorf("windows %v", b.f.windows)
	}
}

// TestShownTime: events have the time that the caller wants shown.
func TestShownTime(t *testing.T) {
	b := newBench(t)
	var told []event.Event
	for i := range 12 {
		f := at(i)
		f.Shown = f.PTS + time.Hour
		told = append(told, b.take(f, 255-byte(i)).Events...)
	}
	if len(told) != 1 || told[0].Start != time.Hour+500*time.Millisecond || told[0].Time != time.Hour+600*time.Millisecond {
		t.Errorf("%+v", told)
	}
}

// TestOutageEndsEvent: a camera that is away for a minute in the middle of an
// event makes two events of it.
func TestOutageEndsEvent(t *testing.T) {
	b := newBench(t)
	type report struct {
		kind        event.Kind
		id          uint64
		start, time time.Duration
	}
	var told []report
	note := func(events []event.Event) {
		for _, e := range events {
			if e.Kind != event.Change {
				told = append(told, report{e.Kind, e.ID, e.Start, e.Time})
			}
		}
	}
	for i := range 30 {
		o := b.take(at(i), 200+byte(i))
		note(o.Events)
	}
	for i := range 30 {
		o := b.take(at(630+i), 200+byte(i))
		note(o.Events)
	}
	note(b.a.End())
	const ms = time.Millisecond
	want := []report{{event.Begin, 1, 500 * ms, 600 * ms}, {event.End, 1, 500 * ms, 2900 * ms},
		{event.Begin, 2, 63500 * ms, 63600 * ms}, {event.End, 2, 63500 * ms, 65900 * ms}}
	if !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if b.a.Restarts() != 1 {
		t.Errorf("%d restarts", b.a.Restarts())
	}
}

// TestRestart: what follows a Restart knows nothing of what was before.
func TestRestart(t *testing.T) {
	b := newBench(t)
	for i := range 9 {
		b.take(at(i), 250+byte(i%2))
	}
	if ended := b.a.Restart(); len(ended) != 1 || ended[0].Kind != event.End || ended[0].Time != 800*time.Millisecond {
		t.Errorf("%+v", ended)
	}
	_, open := b.a.Event()
	if _, ok := b.a.Verdict(); ok || open || b.a.Filling() != 0 {
		t.Error("the old scene has not gone")
	}
	for i := range average.Frames {
		o := b.take(at(i), byte(i)) // times may begin anywhere
		if o.Break != Continues || o.Inferred != (i == average.Frames-1) {
			t.Errorf("frame %d: %+v", i, o)
		}
	}
}

// TestUnusedFrames: fillers, damaged frames and repeats are not judged, and the
// verdict holds over them.
func TestUnusedFrames(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Frame)
		grey byte // of frame 7; the one before is 60
		skip Skip
	}{
		"filler":       {func(f *Frame) { f.Filler = true }, 70, FillsGap},
		"damaged":      {func(f *Frame) { f.Damaged = true }, 70, IsDamaged},
		"the same":     {func(*Frame) {}, 60, RepeatsImage},
		"same time":    {func(f *Frame) { f.PTS = 600 * time.Millisecond }, 70, NotLater},
		"a bit before": {func(f *Frame) { f.PTS = 590 * time.Millisecond }, 70, NotLater},
		"in between":   {func(f *Frame) { f.PTS = 633 * time.Millisecond }, 70, BetweenTwo},
	} {
		b := newBench(t)
		for i := range 7 {
			b.take(at(i), byte(10*i))
		}
		f := at(7)
		c.edit(&f)
		o := b.take(f, c.grey)
		if _, ok := b.a.Verdict(); o.Sampled || o.Inferred || o.Skip != c.skip || !ok {
			t.Errorf("%s: %+v", name, o)
		}
		// Without it the scene goes on.
		o = b.take(at(8), 80)
		if want := []byte{20, 30, 40, 50, 60, 80}; !o.Inferred || !slices.Equal(b.f.windows[len(b.f.windows)-1], want) {
			t.Errorf("%s: then %+v with %v", name, o, b.f.windows)
		}
	}
}

// TestNothingMoves: a scene in which nothing moves is judged frame by frame.
func TestNothingMoves(t *testing.T) {
	b := newBench(t)
	for i := range 20 {
		if o := b.take(at(i), 7); o.Inferred != (i >= average.Frames-1) {
			t.Errorf("frame %d: %+v", i, o.Step)
		}
	}
}

func TestStill(t *testing.T) {
	b := newBench(t)
	for grey := range byte(3) {
		if err := b.a.Still(t.Context(), []byte{grey}, 1, verdict.Calibrated()); err != nil {
			t.Fatal(err)
		}
		if _, ok := b.a.Verdict(); !ok || b.f.alone != int(grey)+1 {
			t.Errorf("picture %d: verdict %v, alone %d times", grey, ok, b.f.alone)
		}
	}
	if want := [][]byte{{0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2}}; !slices.EqualFunc(b.f.windows, want, slices.Equal) {
		t.Errorf("windows %v", b.f.windows)
	}
}

func TestInterval(t *testing.T) {
	b := newBench(t)
	var inferred []int
	for i := range 20 {
		o, err := b.a.Take(t.Context(), at(i), Settings{Interval: 4}, func(l *Loan) error { return l.Scale([]byte{byte(i)}, 1) })
		if err != nil {
			t.Fatal(err)
		}
		if o.Inferred {
			inferred = append(inferred, i)
		}
	}
	if want := []int{5, 9, 13, 17}; !slices.Equal(inferred, want) {
		t.Errorf("inferred on %v, want %v", inferred, want)
	}
	if want := []int{1, 4, 4, 4}; !slices.Equal(b.f.passed, want) {
		t.Errorf("told of %v samples passed, want %v", b.f.passed, want)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		edit func(*fake)
		ctx  func(context.Context) context.Context
		read func(*Loan) error
		want error
	}{
		"the model":      {edit: func(f *fake) { f.fail = broken }, want: broken},
		"not a number":   {edit: func(f *fake) { f.score = func(float32) float32 { return float32(math.NaN()) } }, want: verdict.ErrNotFinite},
		"the picture":    {read: func(*Loan) error { return broken }, want: broken},
		"a short buffer": {read: func(l *Loan) error { return l.Scale(nil, 1) }, want: luma.ErrBuffer},
		"interrupted": {ctx: func(c context.Context) context.Context {
			c, cancel := context.WithCancel(c)
			cancel()
			return c
		}, want: context.Canceled},
	} {
		b := newBench(t)
		for i := range average.Frames {
			b.take(at(i), byte(i))
		}
		if c.edit != nil {
			c.edit(b.f)
		}
		ctx, read := t.Context(), func(l *Loan) error { return l.Scale([]byte{9}, 1) }
		if c.ctx != nil {
			ctx = c.ctx(ctx)
		}
		if c.read != nil {
			read = c.read
		}
		if _, err := b.a.Take(ctx, at(6), Settings{}, read); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWarmUp(t *testing.T) {
	b := newBench(t)
	if _, err := b.a.WarmUp(t.Context(), verdict.Calibrated()); err != nil || len(b.f.windows) != 1 || b.f.restarts != 1 {
		t.Errorf("%v after %d windows, %d restarts", err, len(b.f.windows), b.f.restarts)
	}
	b.f.fail = errors.New("broken")
	if _, err := b.a.WarmUp(t.Context(), verdict.Calibrated()); !errors.Is(err, ErrWarmUp) {
		t.Errorf("%v", err)
	}
}

func TestNoFormat(t *testing.T) {
	a, err := New(&fake{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Take(t.Context(), at(0), Settings{}, func(l *Loan) error { return l.Scale([]byte{1}, 1) }); !errors.Is(err, luma.ErrFormat) {
		t.Errorf("%v", err)
	}
}

// TestAllocatesNothing: a frame costs no memory, irregular or not.
func TestAllocatesNothing(t *testing.T) {
	b := newBench(t)
	b.f.windows = nil
	ctx, i := t.Context(), 0
	plane := []byte{0}
	read := func(l *Loan) error { return l.Scale(plane, 1) }
	n := testing.AllocsPerRun(200, func() {
		i++
		plane[0] = byte(i)
		if _, err := b.a.Take(ctx, at(i), Settings{}, read); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// wide is a fake of pictures that are large enough to be watched.
type wide struct{ fake }

func (f *wide) Size() (h, w int) { return 32, 32 }
func (f *wide) NewVerdict() *verdict.Verdict {
	return &verdict.Verdict{Mask: make([]byte, 32*32), Heat: make([]byte, 32*32)}
}

// TestNoticesAreShown: what keeps a stream from being judged has the time that the
// caller wants shown, as events do.
func TestNoticesAreShown(t *testing.T) {
	a, err := New(&wide{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Format(luma.Plane(), 32, 32, 0); err != nil {
		t.Fatal(err)
	}
	var told []Notice
	for i := range 30 {
		f := at(i)
		f.Shown = f.PTS + time.Hour
		o, err := a.Take(t.Context(), f, Settings{Thresholds: verdict.Calibrated()}, func(l *Loan) error { return l.Scale(make([]byte, 32*32), 32) })
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, o.Notices...)
	}
	if len(told) != 1 || told[0].Scene != Dark || told[0].Time != time.Hour+2*time.Second {
		t.Errorf("%+v", told)
	}
}

package publish_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/outbox"
)

// fake is a carrier that does what it is told.
type fake struct {
	mu     sync.Mutex
	got    []string
	tries  []time.Time
	answer func(n int, r event.Record) error // of the n-th record it is given; nil: takes all
	given  int
	live   []string
	closed int
}

func (f *fake) Send(_ context.Context, records []event.Record) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries = append(f.tries, time.Now())
	for i, r := range records {
		f.given++
		if f.answer != nil {
			if err := f.answer(f.given, r); err != nil {
				return i, err
			}
		}
		f.got = append(f.got, r.ID)
	}
	return len(records), nil
}

func (f *fake) Close() error { f.closed++; return nil }

func (f *fake) tell(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = append(f.live, text)
}

func (f *fake) Camera(c publish.Camera)              { f.tell("camera " + c.Name) }
func (f *fake) Now(r event.Record)                   { f.tell("now " + r.ID) }
func (f *fake) State(camera string, _ publish.State) { f.tell("state " + camera) }
func (f *fake) Snapshot(camera string, _ []byte)     { f.tell("snapshot " + camera) }
func (f *fake) takes(answer func(int, event.Record) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func (f *fake) ids() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.got)
}

func record(n int) event.Record {
	return event.Record{Type: "begin", ID: fmt.Sprint(n), Camera: "yard"}
}

func begin(t *testing.T, dir string, f *fake, change func(*publish.Config), options ...publish.Option) *publish.Publisher {
	t.Helper()
	c := publish.DefaultConfig(dir)
	if change != nil {
		change(&c)
	}
	p, err := publish.New(c, []publish.Route{{Name: "fake://", ID: "fake", Carrier: f}}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func put(t *testing.T, p *publish.Publisher, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := p.Publish(record(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func end(t *testing.T, p *publish.Publisher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func numbers(from, to int) (all []string) {
	for n := from; n < to; n++ {
		all = append(all, fmt.Sprint(n))
	}
	return all
}

func TestInOrder(t *testing.T) {
	f := &fake{}
	p := begin(t, t.TempDir(), f, nil)
	put(t, p, 0, 150)
	end(t, p)
	if !slices.Equal(f.ids(), numbers(0, 150)) || f.closed != 1 {
		t.Errorf("arrived: %v, closed %d times", f.ids(), f.closed)
	}
	if s := p.Status()[0]; s.Sent != 150 || s.Queued != 0 || s.Dropped != 0 || !s.Connected {
		t.Errorf("status %+v", s)
	}
	if err := p.Publish(record(1)); !errors.Is(err, publish.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// TestConcurrent: many goroutines publish, and each one's records keep their order.
func TestConcurrent(t *testing.T) {
	f := &fake{}
	p := begin(t, t.TempDir(), f, nil)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for n := range 25 {
				if err := p.Publish(event.Record{Type: "begin", ID: fmt.Sprintf("%d-%02d", g, n), Camera: "yard"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	end(t, p)
	for g := range 4 {
		var own []string
		for _, id := range f.ids() {
			if strings.HasPrefix(id, fmt.Sprint(g, "-")) {
				own = append(own, id)
			}
		}
		if len(own) != 25 || !slices.IsSorted(own) {
			t.Errorf("goroutine %d: %v", g, own)
		}
	}
}

// TestBackOff: a failing carrier is tried after 1 s, 2 s … 60 s less what chance says,
// and everything arrives when it works again. Time is that of the test.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("nobody there")
		f := &fake{answer: func(int, event.Record) error { return away }}
		var told []string
		p := begin(t, t.TempDir(), f, nil, publish.WithChance(func() float64 { return 1 }), publish.WithLog(func(s string) { told = append(told, s) }))
		put(t, p, 0, 3)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		s := p.Status()[0]
		if s.Connected || s.Queued != 3 || s.LastError != away.Error() || s.Failed < 10 {
			t.Errorf("status %+v", s)
		}
		f.takes(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		end(t, p)
		var waits []time.Duration
		for i := 1; i < 9; i++ {
			waits = append(waits, f.tries[i].Sub(f.tries[i-1]))
		}
		second := time.Second
		if want := []time.Duration{second / 2, second, 2 * second, 4 * second, 8 * second, 16 * second, 30 * second, 30 * second}; !slices.Equal(waits, want) {
			t.Errorf("waits %v, want %v", waits, want)
		}
		if !slices.Equal(f.ids(), numbers(0, 3)) || len(told) != 2 {
			t.Errorf("arrived: %v, told %q", f.ids(), told)
		}
	})
}

// TestLater: the other side says when to come back, within bounds.
func TestLater(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{30 * time.Second: 30 * time.Second, time.Hour: 10 * time.Minute, time.Millisecond: time.Second} {
		waited := make(chan time.Duration, 1)
		f := &fake{answer: func(n int, _ event.Record) error {
			if n == 1 {
				return &publish.LaterError{After: asked, Err: errors.New("busy")}
			}
			return nil
		}}
		p := begin(t, t.TempDir(), f, nil, publish.WithChance(func() float64 { return 0 }),
			publish.WithClock(time.Now, func(_ context.Context, d time.Duration) error { waited <- d; return nil }))
		put(t, p, 0, 1)
		if got := <-waited; got != want {
			t.Errorf("asked for %v: waited %v, want %v", asked, got, want)
		}
		end(t, p)
		if len(f.ids()) != 1 {
			t.Errorf("asked for %v: arrived %v", asked, f.ids())
		}
	}
}

// TestRefused: what the other side never takes is dropped, and what is behind it
// arrives.
func TestRefused(t *testing.T) {
	f := &fake{answer: func(_ int, r event.Record) error {
		if r.ID == "1" {
			return fmt.Errorf("%w: too large", publish.ErrRefused)
		}
		return nil
	}}
	var told []string
	p := begin(t, t.TempDir(), f, nil, publish.WithLog(func(s string) { told = append(told, s) }))
	put(t, p, 0, 4)
	end(t, p)
	if s := p.Status()[0]; !slices.Equal(f.ids(), []string{"0", "2", "3"}) || s.Dropped != 1 || s.Sent != 3 || len(told) != 1 {
		t.Errorf("arrived: %v, status %+v, told %q", f.ids(), s, told)
	}
}

// TestFull: while nobody takes them the oldest go, counted.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	f := &fake{answer: func(int, event.Record) error { return errors.New("nobody there") }}
	p := begin(t, dir, f, func(c *publish.Config) { c.Limits.Records = 5 })
	put(t, p, 0, 8)
	end(t, p)
	if s := p.Status()[0]; s.Dropped != 3 {
		t.Errorf("status %+v", s)
	}
	next := &fake{}
	end(t, begin(t, dir, next, nil))
	if !slices.Equal(next.ids(), numbers(3, 8)) {
		t.Errorf("arrived after a restart: %v", next.ids())
	}
}

func TestLive(t *testing.T) {
	f := &fake{}
	p := begin(t, t.TempDir(), f, nil)
	p.Camera(publish.Camera{Name: "yard"})
	p.State("yard", publish.State{})
	p.Snapshot("yard", nil)
	put(t, p, 7, 8)
	end(t, p)
	p.State("yard", publish.State{}) // too late
	if want := []string{"camera yard", "state yard", "snapshot yard", "now 7"}; !slices.Equal(f.live, want) {
		t.Errorf("told %v, want %v", f.live, want)
	}
}

func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*publish.Config){
		"dir": func(c *publish.Config) { c.Dir = "" }, "batch": func(c *publish.Config) { c.Batch = 0 }, "timeout": func(c *publish.Config) { c.Timeout = 0 },
		"waits": func(c *publish.Config) { c.LongestWait = 1 }, "records": func(c *publish.Config) { c.Limits.Records = 0 },
	} {
		c := publish.DefaultConfig("x")
		change(&c)
		f := &fake{}
		if _, err := publish.New(c, []publish.Route{{ID: "fake", Carrier: f}}); !errors.Is(err, publish.ErrConfig) && !errors.Is(err, outbox.ErrLimits) || f.closed != 1 {
			t.Errorf("%s: %v, closed %d times", name, err, f.closed)
		}
	}
}

func TestToken(t *testing.T) {
	for camera, want := range map[string]string{"yard": "yard", "Front Door": "Front_Door", "a-b_1": "a-b_1"} {
		if got := publish.Token(camera); got != want {
			t.Errorf("%q: %q, want %q", camera, got, want)
		}
	}
	seen := map[string]string{}
	for _, camera := range []string{"", "a/b", "a+b", "a#b", "a.b", "höf", "hof", "häf", "*", ">"} {
		got := publish.Token(camera)
		if strings.ContainsAny(got, "/+#.*> ") || got == "" || seen[got] != "" {
			t.Errorf("%q: %q, as %q", camera, got, seen[got])
		}
		seen[got] = camera + "!"
	}
}

// mute is a carrier that never answers.
type mute struct{ fake }

func (*mute) Send(ctx context.Context, _ []event.Record) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestFinishTells: what is waited for at the end is told before it is over, and what was
// not sent after.
func TestFinishTells(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		p, err := publish.New(publish.DefaultConfig(dir), []publish.Route{{Name: "mute://", ID: "mute", Carrier: &mute{}}})
		if err != nil {
			t.Fatal(err)
		}
		put(t, p, 0, 3)
		began := time.Now()
		var said []string
		p.Finish(func(text string) { said = append(said, fmt.Sprintf("%v %s", time.Since(began), text)) })
		if len(said) != 2 || !strings.HasPrefix(said[0], "500ms mute://: sending 3 that wait, for 5s at most") || !strings.HasPrefix(said[1], "5s mute://: 3 not sent yet") {
			t.Errorf("%q", said)
		}
	})
}

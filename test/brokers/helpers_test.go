// Package brokers_test sends events to real servers that are stopped in the middle,
// from processes that are killed.
package brokers_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/carriers"
)

// record is the n-th of a camera.
func record(n int) event.Record {
	return event.Record{Type: "change", ID: fmt.Sprintf("1795780800.123-%04d", n), Camera: "Front Door", Label: event.Label, StreamTime: float64(n)}
}

// inbox is what has arrived, in order.
type inbox struct {
	mu  sync.Mutex
	ids []string
	new chan struct{}
}

func newInbox() *inbox { return &inbox{new: make(chan struct{}, 1)} }

func (b *inbox) put(t *testing.T, value []byte) {
	r, err := event.ParseRecord(value)
	if err != nil {
		t.Error(err)
		return
	}
	b.mu.Lock()
	b.ids = append(b.ids, r.ID)
	b.mu.Unlock()
	select {
	case b.new <- struct{}{}:
	default: // it is known
	}
}

// wait returns what has arrived once n different records have.
func (b *inbox) wait(t *testing.T, n int) []string {
	t.Helper()
	patience := time.NewTimer(2 * time.Minute)
	defer patience.Stop()
	for {
		b.mu.Lock()
		ids := slices.Clone(b.ids)
		b.mu.Unlock()
		if len(once(ids)) >= n {
			return ids
		}
		select {
		case <-b.new:
		case <-patience.C:
			t.Fatalf("%d of %d records arrived", len(once(ids)), n)
		}
	}
}

// once is a list without what was in it before.
func once(ids []string) (all []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if !seen[id] {
			all = append(all, id)
		}
		seen[id] = true
	}
	return all
}

// inOrder checks that the first n records arrived, each the first time after the one
// before.
func inOrder(t *testing.T, ids []string, n int) {
	t.Helper()
	var want []string
	for i := range n {
		want = append(want, record(i).ID)
	}
	if got := once(ids); !slices.Equal(got, want) {
		t.Errorf("%d arrived: %v", len(got), got)
	}
}

// begin is a publisher to one address that comes back quickly.
func begin(t *testing.T, dir, url string, host publish.Host) *publish.Publisher {
	t.Helper()
	routes, err := carriers.OpenAll([]string{url}, host)
	if err != nil {
		t.Fatal(err)
	}
	c := publish.DefaultConfig(dir)
	c.FirstWait, c.LongestWait, c.Timeout = 50*time.Millisecond, 200*time.Millisecond, 5*time.Second
	p, err := publish.New(c, routes, publish.WithLog(func(s string) { t.Log(s) }))
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
		t.Error(err)
	}
}

// freePort is a port of this machine that nobody uses, so that a server can have it,
// stop and have it again.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// server is a broker in a process of its own.
type server struct {
	t    *testing.T
	port int
	args []string
	cmd  *exec.Cmd
	// looks is for how many looks, 20 a second, it may take to answer; 0: 200.
	looks int
}

// start returns when the server answers.
func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := os.Create(s.t.TempDir() + "/log")
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stdout, s.cmd.Stderr = out, out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("%v (make setup-tests installs it)", err)
	}
	s.t.Cleanup(s.stop)
	var last error
	for range max(s.looks, 200) {
		var c net.Conn
		if c, last = net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", s.port), time.Second); last == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	text, _ := os.ReadFile(out.Name())
	s.t.Fatalf("%s does not answer: %v\n%s", s.args[0], last, text)
}

// stop ends the server in its own way; it may be called twice.
func (s *server) stop() { s.signal(syscall.SIGTERM) }

func (s *server) signal(sig syscall.Signal) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig) // it may have ended
	_ = s.cmd.Wait()              // its signal is its error
	s.cmd = nil
}

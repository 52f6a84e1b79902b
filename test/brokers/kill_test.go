package brokers_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"avid/runtime/publish"
)

// Variables of the child, a process of this test that publishes until it is killed.
const (
	childURL  = "AVID_TEST_PUBLISH_URL"
	childDir  = "AVID_TEST_PUBLISH_DIR"
	childFrom = "AVID_TEST_PUBLISH_FROM"
)

// TestChild is the child; alone it has nothing to do.
func TestChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		return
	}
	from, err := strconv.Atoi(os.Getenv(childFrom))
	if err != nil {
		t.Fatal(err)
	}
	p := begin(t, os.Getenv(childDir), url, publish.Host{})
	for n := from; ; n++ {
		if err := p.Publish(record(n)); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Println("published", n); err != nil {
			return // the parent is gone
		}
	}
}

// process is a child with what it says.
type process struct {
	server
	out *bufio.Reader
}

// child begins to publish, from a record on.
func child(t *testing.T, dir, url string, from int) *process {
	t.Helper()
	p := &process{server: server{t: t}}
	p.cmd = exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v=false")
	p.cmd.Env = append(os.Environ(), childURL+"="+url, childDir+"="+dir, childFrom+"="+fmt.Sprint(from))
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.signal(syscall.SIGKILL) })
	return p
}

// kill ends the child at a random moment, when it has said at least so many, and
// returns the last record that Publish returned from.
func (p *process) kill(t *testing.T, least int) (last int) {
	t.Helper()
	last = -1
	read := func() bool {
		line, err := p.out.ReadString('\n')
		if err != nil {
			return false
		}
		var n int
		if _, err := fmt.Sscanf(line, "published %d", &n); err != nil {
			t.Fatalf("the child says %q", line)
		}
		last = n
		return true
	}
	for range least {
		if !read() {
			t.Fatal("the child has ended")
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for read() { // what it had said before
	}
	p.signal(syscall.SIGKILL)
	return last
}

// TestKill: a process is killed again and again while it publishes to a receiver that
// fails now and then: nothing is lost that Publish returned from, and the order holds.
func TestKill(t *testing.T) {
	got := newInbox()
	chance := rand.New(rand.NewPCG(5, 6))
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		got.mu.Lock()
		fails := chance.IntN(10) == 0
		got.mu.Unlock()
		if err != nil || fails {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		got.put(t, body)
	}))
	defer receiver.Close()
	dir := t.TempDir()
	next := 0
	for range 8 {
		c := child(t, dir, receiver.URL, next)
		got.mu.Lock()
		least := 1 + chance.IntN(40)
		got.mu.Unlock()
		last := c.kill(t, least)
		// Whether the next one was published as well nobody knows: it is numbered
		// again and may arrive twice, and never not at all.
		next = last + 1
	}
	begun := time.Now()
	p := begin(t, dir, receiver.URL, publish.Host{})
	ids := got.wait(t, next)
	t.Logf("%d records, %d deliveries, the rest after %v", next, len(ids), time.Since(begun))
	end(t, p)
	inOrder(t, once(ids)[:next], next)
}

// TestKillStream: the same with JetStream, where each record is once.
func TestKillStream(t *testing.T) {
	n := newNATS(t)
	dir := t.TempDir()
	next := 0
	for i := range 5 {
		next = child(t, dir, n.url(), next).kill(t, 10+7*i) + 1
	}
	p := begin(t, dir, n.url(), publish.Host{})
	end(t, p)
	ids, info := n.all(next)
	inOrder(t, once(ids)[:next], next)
	if len(ids) != len(once(ids)) || info.State.Msgs < uint64(next) {
		t.Errorf("%d of %d records are in the stream %d times", len(once(ids)), next, len(ids))
	}
}

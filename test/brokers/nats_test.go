package brokers_test

import (
	"fmt"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"avid/runtime/publish"
)

// natsd is a server of JetStream, which may stop and start again with what it had.
type natsd struct {
	t    *testing.T
	dir  string
	port int
	run  *natsserver.Server
}

func newNATS(t *testing.T) *natsd {
	n := &natsd{t: t, dir: t.TempDir(), port: freePort(t)}
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *natsd) start() {
	n.t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: n.port, JetStream: true, StoreDir: n.dir, NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		n.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		n.t.Fatal("nats-server does not answer")
	}
	n.run = s
}

func (n *natsd) stop() {
	n.run.Shutdown()
	n.run.WaitForShutdown()
}

func (n *natsd) url() string {
	return fmt.Sprintf("nats://127.0.0.1:%d/avid.events?create=true&stream=EVENTS", n.port)
}

// all is what the stream has, in its order.
func (n *natsd) all(want int) (ids []string, info *jetstream.StreamInfo) {
	n.t.Helper()
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", n.port))
	if err != nil {
		n.t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		n.t.Fatal(err)
	}
	stream, err := js.Stream(n.t.Context(), "EVENTS")
	if err != nil {
		n.t.Fatal(err)
	}
	if info, err = stream.Info(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	c, err := stream.OrderedConsumer(n.t.Context(), jetstream.OrderedConsumerConfig{FilterSubjects: []string{"avid.events.Front_Door.change"}})
	if err != nil {
		n.t.Fatal(err)
	}
	box := newInbox()
	use, err := c.Consume(func(m jetstream.Msg) { box.put(n.t, m.Data()) })
	if err != nil {
		n.t.Fatal(err)
	}
	defer use.Stop()
	return box.wait(n.t, want), info
}

// TestNATSRestart: everything is in the stream, in order and once, though the server
// stops twice and the process restarts, in which it sends a record again.
func TestNATSRestart(t *testing.T) {
	n := newNATS(t)
	dir := t.TempDir()
	p := begin(t, dir, n.url(), publish.Host{})
	put(t, p, 0, 30)
	n.stop()
	put(t, p, 30, 50)
	n.start()
	put(t, p, 50, 60)
	end(t, p)
	n.stop()
	p = begin(t, dir, n.url(), publish.Host{})
	put(t, p, 60, 70)
	n.start()
	end(t, p)
	// What was sent once comes again, as after a kill before the outbox knew.
	p = begin(t, t.TempDir(), n.url(), publish.Host{})
	put(t, p, 65, 70)
	put(t, p, 70, 71)
	end(t, p)
	ids, info := n.all(71)
	inOrder(t, ids, 71)
	if len(ids) != 71 || info.State.Msgs != 71 {
		t.Errorf("%d of 71 records arrived, the stream has %d", len(ids), info.State.Msgs)
	}
	if c := info.Config; c.MaxBytes <= 0 || c.MaxAge <= 0 || c.Duplicates < time.Minute {
		t.Errorf("the stream has no bounds: %+v", c)
	}
}

// TestNATSWithoutStream: without create=true nothing is created, and records wait.
func TestNATSWithoutStream(t *testing.T) {
	n := newNATS(t)
	p := begin(t, t.TempDir(), fmt.Sprintf("nats://127.0.0.1:%d/avid", n.port), publish.Host{})
	put(t, p, 0, 2)
	end(t, p)
	if s := p.Status()[0]; s.Queued != 2 || s.Dropped != 0 || s.Sent != 0 {
		t.Errorf("status %+v", s)
	}
}

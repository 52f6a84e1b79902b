// Package nats puts records into a stream of NATS JetStream, each with an id by which
// the server drops what comes twice.
package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"avid/models/redact"
	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/address"
)

// Variables of the environment with secrets.
const (
	PasswordEnv = "AVID_NATS_PASSWORD"
	TokenEnv    = "AVID_NATS_TOKEN"
)

// Errors of the carrier.
var (
	ErrConnection = errors.New("nats: no connection")
	ErrStream     = errors.New("nats: no stream takes the subject: create it, or say create=true")
)

// Bounds of a stream that is created, which a parameter each moves.
const (
	defaultAge   = 30 * 24 * time.Hour
	defaultBytes = 1e9
	// duplicates is how long the server remembers ids: longer than a restart takes.
	duplicates = 10 * time.Minute
)

// config is what an address says.
type config struct {
	servers []string
	subject string
	stream  string
	create  bool
	age     time.Duration
	bytes   int64
	options []nats.Option
}

var (
	subjectForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	streamForm  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// Open is the carrier of nats://host,host2/subject?create=true.
func Open(a *address.Address, _ publish.Host) (publish.Carrier, error) {
	a.NeedHost(16)
	c := config{subject: "avid", stream: a.Text("stream", "AVID"), create: a.Bool("create", false),
		age: a.Duration("max-age", defaultAge, time.Minute, 100*365*24*time.Hour), bytes: a.Bytes("max-bytes", defaultBytes, 1e6, 1e15)}
	if a.Path != "" {
		a.NeedPath(subjectForm, "the beginning of a subject, such as avid or site.avid: letters, digits, _ and -")
		c.subject = a.Path
	}
	if !streamForm.MatchString(c.stream) {
		a.Fail(address.ErrValue, "stream is no name: letters, digits, _ and -")
	}
	c.options = access(a)
	if err := a.Err(); err != nil {
		return nil, err
	}
	for _, h := range a.WithPort("4222") {
		c.servers = append(c.servers, "nats://"+h)
	}
	return dial(c)
}

// access is how the server knows who comes.
func access(a *address.Address) (options []nats.Option) {
	password, token := a.Password(PasswordEnv), a.Secret("token", TokenEnv, "")
	switch creds := a.Text("creds", ""); {
	case creds != "" && (a.User != "" || token != ""), a.User != "" && token != "":
		a.Fail(address.ErrValue, "creds, token and user each say who sends: give one")
	case creds != "":
		options = append(options, nats.UserCredentials(creds))
	case token != "":
		options = append(options, nats.Token(token))
	case a.User != "":
		options = append(options, nats.UserInfo(a.User, password))
	}
	if a.Bool("tls", false) {
		return append(options, nats.Secure(a.TLS()))
	}
	a.NoTLS("tls=true")
	return options
}

// Waits of a connection.
const (
	connectTimeout = 5 * time.Second
	reconnectWait  = time.Second
)

// Carrier is a publish.Carrier.
type Carrier struct {
	config config
	conn   *nats.Conn
	stream jetstream.JetStream
	ready  bool          // the stream is there
	up     chan struct{} // told when a connection is there
}

// dial begins to connect and returns at once. What was sent without a connection is
// not kept by the client: the outbox does that.
func dial(c config) (*Carrier, error) {
	n := &Carrier{config: c, up: make(chan struct{}, 1)}
	told := func(*nats.Conn) {
		select {
		case n.up <- struct{}{}:
		default: // it is known
		}
	}
	conn, err := nats.Connect(strings.Join(c.servers, ","), append(c.options, nats.Name("avid"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait), nats.Timeout(connectTimeout), nats.ReconnectBufSize(-1), nats.NoEcho(),
		nats.ConnectHandler(told), nats.ReconnectHandler(told), nats.IgnoreAuthErrorAbort())...)
	if err != nil {
		return nil, fmt.Errorf("nats: %s", redact.Text(err.Error()))
	}
	n.conn = conn
	if n.stream, err = jetstream.New(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("nats: %w", err)
	}
	return n, nil
}

// await waits for a connection.
func (n *Carrier) await(ctx context.Context) error {
	for !n.conn.IsConnected() {
		select {
		case <-n.up:
		case <-ctx.Done():
			if err := n.conn.LastError(); err != nil {
				return fmt.Errorf("%w: %w", ErrConnection, err)
			}
			return ErrConnection
		}
	}
	return nil
}

// Send puts each record into the stream and waits until the server has it.
func (n *Carrier) Send(ctx context.Context, records []event.Record) (int, error) {
	if err := n.await(ctx); err != nil {
		return 0, err
	}
	if err := n.prepare(ctx); err != nil {
		return 0, err
	}
	for i, r := range records {
		if err := n.publish(ctx, r); err != nil {
			return i, err
		}
	}
	return len(records), nil
}

// prepare creates the stream, once, where it is asked to and there is none.
func (n *Carrier) prepare(ctx context.Context) error {
	if n.ready || !n.config.create {
		return nil
	}
	_, err := n.stream.Stream(ctx, n.config.stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = n.stream.CreateStream(ctx, jetstream.StreamConfig{Name: n.config.stream, Subjects: []string{n.config.subject + ".>"},
			MaxAge: n.config.age, MaxBytes: n.config.bytes, Discard: jetstream.DiscardOld, Duplicates: min(duplicates, n.config.age)})
	}
	if err != nil {
		return fmt.Errorf("nats: stream %s: %w", n.config.stream, err)
	}
	n.ready = true
	return nil
}

func (n *Carrier) publish(ctx context.Context, r event.Record) error {
	value, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("%w: %w", publish.ErrRefused, err)
	}
	subject := n.config.subject + "." + publish.Token(r.Camera) + "." + publish.Token(r.Type)
	_, err = n.stream.Publish(ctx, subject, value, jetstream.WithMsgID(r.Key()))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: nats: %w", publish.ErrRefused, err)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		n.ready = false // somebody has removed it
		return ErrStream
	}
	return fmt.Errorf("nats: %w", err)
}

// Close ends the connection.
func (n *Carrier) Close() error {
	n.conn.Close()
	return nil
}

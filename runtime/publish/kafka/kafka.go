// Package kafka puts records into a topic of Kafka, those of a camera in order.
package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"avid/models/redact"
	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/address"
)

// PasswordEnv is the variable of the environment with the password.
const PasswordEnv = "AVID_KAFKA_PASSWORD"

// ErrAnswer says that no broker answers.
var ErrAnswer = errors.New("kafka: no answer from the brokers")

// topicForm is what Kafka allows.
var topicForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

// dialTimeout bounds the dial of a broker.
const dialTimeout = 5 * time.Second

// Open is the carrier of kafka://host,host2/topic.
func Open(a *address.Address, _ publish.Host) (publish.Carrier, error) {
	a.NeedHost(16)
	a.NeedPath(topicForm, "the name of a topic: letters, digits, . _ and -")
	k := &Carrier{}
	options := []kgo.Opt{kgo.SeedBrokers(a.WithPort("9092")...), kgo.DefaultProduceTopic(a.Path), kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ClientID("avid"), kgo.DialTimeout(dialTimeout), kgo.WithHooks(k), kgo.ProducerLinger(0)}
	if a.Bool("create", false) {
		options = append(options, kgo.AllowAutoTopicCreation())
	}
	options = append(options, login(a)...)
	if a.Bool("tls", false) {
		c := a.TLS()
		options = append(options, kgo.DialTLSConfig(c))
	} else {
		a.NoTLS("tls=true")
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("kafka: %s", redact.Text(err.Error()))
	}
	k.client = client
	return k, nil
}

// login is how the brokers know who comes.
func login(a *address.Address) []kgo.Opt {
	how := a.OneOf("sasl", "plain", "scram-sha-256", "scram-sha-512")
	password := a.Password(PasswordEnv)
	if a.User == "" {
		return nil
	}
	s := scram.Auth{User: a.User, Pass: password}
	switch how {
	case "scram-sha-256":
		return []kgo.Opt{kgo.SASL(s.AsSha256Mechanism())}
	case "scram-sha-512":
		return []kgo.Opt{kgo.SASL(s.AsSha512Mechanism())}
	}
	return []kgo.Opt{kgo.SASL(plain.Auth{User: a.User, Pass: password}.AsMechanism())}
}

// Carrier is a publish.Carrier.
type Carrier struct {
	client  *kgo.Client
	pending *batch // what the client still tries to send
	mu      sync.Mutex
	why     error // why the last broker could not be reached
}

// batch are records that the client has.
type batch struct {
	keys    map[string]error // outcome by Record.Key
	results chan outcome
	missing int // outcomes to come
}

type outcome struct {
	key string
	err error
}

// OnBrokerConnect keeps why a broker cannot be reached.
func (k *Carrier) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.why = err
}

// Send puts records into the topic and waits until all replicas that are in step have
// them. A record that the client could not send in time stays with the client, which
// cannot give it up without a gap in its numbers; the next call waits for that one.
func (k *Carrier) Send(ctx context.Context, records []event.Record) (int, error) {
	if k.pending == nil {
		if err := k.produce(records); err != nil {
			return 0, err
		}
	}
	b := k.pending
	for b.missing > 0 {
		select {
		case o := <-b.results:
			b.keys[o.key] = o.err
			b.missing--
		case <-ctx.Done():
			return 0, k.unanswered()
		}
	}
	k.pending = nil
	for i, r := range records {
		err, ok := b.keys[r.Key()]
		if !ok && i > 0 {
			return i, nil
		}
		if !ok { // the outbox has dropped what the client had
			return k.Send(ctx, records)
		}
		if err != nil {
			return i, judge(err)
		}
	}
	return len(records), nil
}

// produce gives records to the client.
func (k *Carrier) produce(records []event.Record) error {
	all := make([]*kgo.Record, len(records))
	for i, r := range records {
		value, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("%w: %w", publish.ErrRefused, err)
		}
		all[i] = &kgo.Record{Key: []byte(r.Camera), Value: value, Headers: []kgo.RecordHeader{{Key: "id", Value: []byte(r.Key())}}}
	}
	b := &batch{keys: map[string]error{}, results: make(chan outcome, len(all)), missing: len(all)}
	k.pending = b
	for i, r := range all {
		key := records[i].Key()
		k.client.Produce(context.Background(), r, func(_ *kgo.Record, err error) { b.results <- outcome{key, err} })
	}
	return nil
}

func (k *Carrier) unanswered() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.why != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, k.why)
	}
	return ErrAnswer
}

// judge tells a record that is refused as such from what passes.
func judge(err error) error {
	if errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.InvalidRecord) {
		return fmt.Errorf("%w: kafka: %w", publish.ErrRefused, err)
	}
	return fmt.Errorf("kafka: %w", err)
}

// Close ends the connections; what the client still has stays in the outbox.
func (k *Carrier) Close() error {
	k.client.Close()
	return nil
}

// Package mqtt sends records to a broker of MQTT 5, shows there what is so now, and
// tells Home Assistant of the cameras.
package mqtt

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"avid/models/redact"
	"avid/runtime/event"
	"avid/runtime/onvif"
	"avid/runtime/publish"
	"avid/runtime/publish/address"
)

// PasswordEnv is the variable of the environment with the password.
const PasswordEnv = "AVID_MQTT_PASSWORD"

// ErrConnection says that there is no connection to the broker.
var ErrConnection = errors.New("mqtt: no connection")

// config is what an address says.
type config struct {
	server         *url.URL
	prefix         string // of all topics
	discovery      string // prefix of Home Assistant's topics; "": it is not told
	client         string // name of this client
	user, password string
	tls            *tls.Config
	onvif          bool // events go out as ONVIF's JSON too
}

var topicForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

// Open is the carrier of mqtt://user@host/prefix?password-file=….
func Open(a *address.Address, host publish.Host) (publish.Carrier, error) {
	a.NeedHost(1)
	c := config{prefix: "avid", user: a.User, password: a.Password(PasswordEnv), client: a.Text("client-id", "")}
	if a.Path != "" {
		a.NeedPath(topicForm, "the beginning of topics, such as avid or site/avid: letters, digits, _ and -")
		c.prefix = a.Path
	}
	if a.Bool("discovery", true) {
		c.discovery = a.Text("discovery-prefix", "homeassistant")
		if !topicForm.MatchString(c.discovery) {
			a.Fail(address.ErrValue, "discovery-prefix is no beginning of topics")
		}
	} else {
		a.Text("discovery-prefix", "")
	}
	c.onvif = a.Bool("onvif", false)
	if c.client == "" {
		id := make([]byte, 6)
		_, _ = rand.Read(id) // never fails
		c.client = "avid-" + hex.EncodeToString(id)
	}
	scheme, port := "mqtt", "1883"
	if a.Scheme == "mqtts" {
		scheme, port = "tls", "8883"
		c.tls = a.TLS()
	} else {
		a.NoTLS("mqtts://")
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	c.server = &url.URL{Scheme: scheme, Host: a.WithPort(port)[0]}
	return dial(c, host)
}

// Carrier is a publish.Carrier and publish.Live.
type Carrier struct {
	config config
	host   publish.Host
	conn   *autopaho.ConnectionManager
	board  *board
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	fresh  atomic.Bool // the connection has no subscriptions yet
	linked atomic.Bool // there is a connection
	opened time.Time
	mu     sync.Mutex          // guards what follows; a leaf
	why    error               // why there is no connection
	on     map[onvif.Name]bool // how it is with the properties that the broker is told of
	shown  map[onvif.Name]bool // the properties of which the broker has a message
	gone   map[string]bool     // cameras that were taken out
}

// keepAlive is how often the broker hears of this client, seconds: after one and a
// half of it without, it sends the last will.
const keepAlive = 20

// Waits between two attempts to connect.
const (
	connectTimeout = 10 * time.Second
	firstWait      = time.Second
	longestWait    = 30 * time.Second
)

// dial begins to connect and returns at once.
func dial(c config, host publish.Host) (*Carrier, error) {
	m := &Carrier{config: c, host: host, board: newBoard(), opened: time.Now(), on: map[onvif.Name]bool{}, shown: map[onvif.Name]bool{}, gone: map[string]bool{}}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.board.set(m.topic("available"), []byte("online"))
	conn, err := autopaho.NewConnection(m.ctx, autopaho.ClientConfig{
		ServerUrls: []*url.URL{c.server}, TlsCfg: c.tls, KeepAlive: keepAlive, CleanStartOnInitialConnection: true,
		ConnectTimeout:   connectTimeout,
		ReconnectBackoff: autopaho.NewExponentialBackoff(firstWait, longestWait, 2*firstWait, 2),
		ConnectUsername:  c.user, ConnectPassword: []byte(c.password),
		WillMessage:      &paho.WillMessage{Topic: m.topic("available"), Payload: []byte("offline"), QoS: 1, Retain: true},
		OnConnectionUp:   func(*autopaho.ConnectionManager, *paho.Connack) { m.up() },
		OnConnectionDown: func() bool { m.linked.Store(false); return true },
		OnConnectError:   m.failed,
		ClientConfig: paho.ClientConfig{ClientID: c.client, OnPublishReceived: []func(paho.PublishReceived) (bool, error){m.received},
			OnClientError: m.failed},
	})
	if err != nil {
		m.cancel()
		return nil, fmt.Errorf("mqtt: %s", redact.Text(err.Error()))
	}
	m.conn = conn
	m.done.Go(m.show)
	return m, nil
}

// topic is a topic below the prefix.
func (m *Carrier) topic(parts ...string) string {
	t := m.config.prefix
	for _, p := range parts {
		t += "/" + p
	}
	return t
}

// failed keeps why there is no connection.
func (m *Carrier) failed(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.why = err
}

// await waits for a connection.
func (m *Carrier) await(ctx context.Context) error {
	if err := m.conn.AwaitConnection(ctx); err == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.why != nil {
		return fmt.Errorf("%w: %w", ErrConnection, m.why)
	}
	return ErrConnection
}

// Send publishes each record and waits for the broker to acknowledge it.
func (m *Carrier) Send(ctx context.Context, records []event.Record) (int, error) {
	for i, r := range records {
		payload, err := json.Marshal(r)
		if err != nil {
			return i, fmt.Errorf("%w: %w", publish.ErrRefused, err)
		}
		if err := m.publish(ctx, m.topic(publish.Token(r.Camera), "event"), payload, false); err != nil {
			return i, err
		}
		if err := m.sendONVIF(ctx, r); err != nil {
			return i, err
		}
	}
	return len(records), nil
}

// refusals are answers to what no repetition helps (MQTT 5, section 3.4.2.1): topic
// name invalid, packet too large, payload format invalid.
var refusals = map[byte]bool{0x90: true, 0x95: true, 0x99: true}

// publish sends one message with QoS 1.
func (m *Carrier) publish(ctx context.Context, topic string, payload []byte, retain bool) error {
	if err := m.await(ctx); err != nil {
		return err
	}
	answer, err := m.conn.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Retain: retain, Payload: payload})
	if err == nil {
		return nil
	}
	if answer != nil && refusals[answer.ReasonCode] {
		return fmt.Errorf("%w: mqtt: %w", publish.ErrRefused, err)
	}
	return fmt.Errorf("mqtt: %w", err)
}

// goodbye bounds how long the end may take.
const goodbye = 2 * time.Second

// Close says that nobody is there any more and ends the connection.
func (m *Carrier) Close() error {
	m.board.close()
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	stop := context.AfterFunc(ctx, m.cancel)
	defer stop()
	m.done.Wait()
	if m.linked.Load() {
		m.offline(ctx)
		_ = m.conn.Disconnect(ctx) // it ends either way
	}
	m.cancel()
	<-m.conn.Done()
	return nil
}

package brokers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"avid/runtime/event"
	"avid/runtime/publish"
)

// mosquitto is the broker of that name, with sessions that outlive it.
func mosquitto(t *testing.T) *server {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto" // which is not in the PATH of all users
	}
	dir := t.TempDir()
	s := &server{t: t, port: freePort(t)}
	config := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location %s/\nmax_queued_messages 0\nuser root\n", s.port, dir)
	file := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.args = []string{path, "-c", file}
	s.start()
	return s
}

func (s *server) url() string { return fmt.Sprintf("mqtt://127.0.0.1:%d/site/avid", s.port) }

// listener is another client of the broker.
type listener struct {
	*autopaho.ConnectionManager
	mu    sync.Mutex
	last  map[string]string // newest message by topic
	heard chan struct{}
}

// listen hears all of the topics; take is told of each message.
func listen(t *testing.T, s *server, take func(topic string, payload []byte), topics ...string) *listener {
	t.Helper()
	l := &listener{last: map[string]string{}, heard: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(chan struct{}, 100)
	c, err := autopaho.NewConnection(ctx, autopaho.ClientConfig{
		ServerUrls: []*url.URL{{Scheme: "mqtt", Host: fmt.Sprintf("127.0.0.1:%d", s.port)}}, KeepAlive: 20, SessionExpiryInterval: 3600,
		ReconnectBackoff: autopaho.NewConstantBackoff(50 * time.Millisecond),
		OnConnectionUp: func(c *autopaho.ConnectionManager, _ *paho.Connack) {
			var subs []paho.SubscribeOptions
			for _, topic := range topics {
				subs = append(subs, paho.SubscribeOptions{Topic: topic, QoS: 1})
			}
			go func() {
				if _, err := c.Subscribe(ctx, &paho.Subscribe{Subscriptions: subs}); err == nil {
					ready <- struct{}{}
				}
			}()
		},
		ClientConfig: paho.ClientConfig{ClientID: "listener", OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(r paho.PublishReceived) (bool, error) {
			if take != nil {
				take(r.Packet.Topic, r.Packet.Payload)
			}
			l.mu.Lock()
			l.last[r.Packet.Topic] = string(r.Packet.Payload)
			l.mu.Unlock()
			select {
			case l.heard <- struct{}{}:
			default: // it is known
			}
			return true, nil
		}}},
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	l.ConnectionManager = c
	t.Cleanup(func() { cancel(); <-c.Done() })
	select {
	case <-ready:
	case <-time.After(time.Minute):
		t.Fatal("no subscription")
	}
	return l
}

// until waits for the newest message of a topic to be good.
func (l *listener) until(t *testing.T, topic string, good func(string) bool) string {
	t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for {
		l.mu.Lock()
		last, ok := l.last[topic]
		l.mu.Unlock()
		if ok && good(last) {
			return last
		}
		select {
		case <-l.heard:
		case <-patience.C:
			t.Fatalf("%s has %q", topic, last)
		}
	}
}

func is(want string) func(string) bool { return func(got string) bool { return got == want } }

// TestMosquittoRestart: a broker that stops in the middle, with a subscriber that
// lasts: everything arrives in order.
func TestMosquittoRestart(t *testing.T) {
	s := mosquitto(t)
	got := newInbox()
	listen(t, s, func(_ string, payload []byte) { got.put(t, payload) }, "site/avid/Front_Door/event")
	dir := t.TempDir()
	p := begin(t, dir, s.url(), publish.Host{})
	put(t, p, 0, 20)
	got.wait(t, 5)
	s.stop()
	put(t, p, 20, 40)
	s.start()
	put(t, p, 40, 50)
	inOrder(t, got.wait(t, 50), 50)
	// The process restarts while the broker is away.
	s.stop()
	put(t, p, 50, 60)
	end(t, p)
	p = begin(t, dir, s.url(), publish.Host{})
	put(t, p, 60, 70)
	s.start()
	inOrder(t, got.wait(t, 70), 70)
	end(t, p)
	if st := p.Status()[0]; st.Queued != 0 || st.Dropped != 0 || st.Sent < 20 {
		t.Errorf("status %+v", st)
	}
}

// TestMosquittoStates: retained states, commands, and what Home Assistant is told.
func TestMosquittoStates(t *testing.T) {
	s := mosquitto(t)
	commands := make(chan string, 10)
	p := begin(t, t.TempDir(), s.url(), publish.Host{
		Detect:         func(camera string, on bool) { commands <- fmt.Sprint(camera, " ", on) },
		FalseAlarmRate: func(camera string, rate float64) { commands <- fmt.Sprint(camera, " ", rate) },
	})
	p.Camera(publish.Camera{Name: "Front Door", Title: "Haustür", Bundle: "walkway"})
	score, on, rate := 2.5, true, 0.5
	p.State("Front Door", publish.State{State: "judging", Score: &score, FPS: 10, Detect: &on, FalseAlarmRate: &rate})
	p.Snapshot("Front Door", []byte("a picture"))
	put(t, p, 0, 1) // a change: the camera has an open event
	l := listen(t, s, nil, "site/avid/#", "homeassistant/#")
	for topic, want := range map[string]string{"available": "online", "Front_Door/available": "online", "Front_Door/irregular": "ON", "Front_Door/snapshot": "a picture",
		"Front_Door/detect/state": "ON", "Front_Door/false_alarm_rate/state": "0.5"} {
		l.until(t, "site/avid/"+topic, is(want))
	}
	state := l.until(t, "site/avid/Front_Door/state", func(s string) bool { return strings.HasPrefix(s, "{") })
	if !strings.Contains(state, `"score":2.5`) || !strings.Contains(state, `"lag":null`) {
		t.Errorf("state %s", state)
	}
	device(t, l.until(t, "homeassistant/device/avid_Front_Door/config", func(s string) bool { return strings.Contains(s, `"image"`) }))

	send := func(topic, payload string) {
		t.Helper()
		if _, err := l.Publish(t.Context(), &paho.Publish{Topic: topic, QoS: 1, Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
	send("site/avid/Front_Door/detect/set", "perhaps")
	send("site/avid/nobody/detect/set", "ON")
	send("site/avid/Front_Door/false_alarm_rate/set", "NaN")
	send("site/avid/Front_Door/detect/set", "OFF")
	send("site/avid/Front_Door/false_alarm_rate/set", "24")
	for _, want := range []string{"Front Door false", "Front Door 24"} {
		if got := <-commands; got != want {
			t.Errorf("command %q, want %q", got, want)
		}
	}
	// Home Assistant has restarted and knows nothing.
	l.mu.Lock()
	delete(l.last, "homeassistant/device/avid_Front_Door/config")
	l.mu.Unlock()
	send("homeassistant/status", "online")
	l.until(t, "homeassistant/device/avid_Front_Door/config", func(string) bool { return true })

	// A camera that is taken out leaves nothing behind.
	p.Camera(publish.Camera{Name: "yard"})
	l.until(t, "homeassistant/device/avid_yard/config", func(s string) bool { return strings.Contains(s, `"name":"yard"`) })
	l.until(t, "site/avid/yard/irregular", is("OFF"))
	p.Camera(publish.Camera{Name: "yard", Gone: true})
	for _, topic := range []string{"homeassistant/device/avid_yard/config", "site/avid/yard/available", "site/avid/yard/irregular"} {
		l.until(t, topic, is(""))
	}
	p.Camera(publish.Camera{Name: "yard"}) // and comes back as if it had never been there
	l.until(t, "homeassistant/device/avid_yard/config", func(s string) bool { return strings.Contains(s, `"name":"yard"`) })
	l.until(t, "site/avid/yard/irregular", is("OFF"))

	end(t, p)
	l.until(t, "site/avid/available", is("offline"))
	l.until(t, "site/avid/Front_Door/available", is("offline"))
}

// TestMosquittoONVIF: with onvif=true an event is told as ONVIF's devices tell it, and
// who subscribes later hears how it is.
func TestMosquittoONVIF(t *testing.T) {
	s := mosquitto(t)
	var mu sync.Mutex
	var got []string
	l := listen(t, s, func(topic string, payload []byte) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, topic+" "+string(payload))
	}, "site/avid/onvif-ej/#")
	p := begin(t, t.TempDir(), s.url()+"?onvif=true", publish.Host{})
	const topic = "site/avid/onvif-ej/RuleEngine/MotionRegionDetector/Motion/&Front Door/avid"
	text := func(second int, on bool) string {
		return fmt.Sprintf(`{"UtcTime":"2026-11-28T12:00:%02d.500Z","Source":{"VideoSource":"Front Door","RuleName":"avid"},"Data":{"State":%v}}`, second, on)
	}
	for i, kind := range []event.Kind{event.Begin, event.Change, event.End} {
		r := record(i)
		r.Type, r.Camera, r.Time = string(kind), "Front Door", float64(time.Date(2026, 11, 28, 12, 0, i, 0, time.UTC).Unix())+0.5
		if err := p.Publish(r); err != nil {
			t.Fatal(err)
		}
	}
	l.until(t, topic, is(text(2, false)))
	mu.Lock()
	if want := []string{topic + " " + text(0, true), topic + " " + text(2, false)}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	mu.Unlock()
	_ = l.Disconnect(t.Context()) // another one of the same name takes its place either way
	later := listen(t, s, nil, "site/avid/#")
	later.until(t, topic, is(text(2, false)))

	// A camera that is taken out leaves nothing behind, nor does what comes after that; the
	// other one stays.
	const other = "site/avid/onvif-ej/VideoSource/ImageTooDark/AnalyticsService/&yard/dark"
	p.State("yard", publish.State{Zones: []string{}})
	later.until(t, other, func(s string) bool { return strings.Contains(s, `"State":false`) })
	p.Camera(publish.Camera{Name: "Front Door", Gone: true})
	later.until(t, topic, is(""))
	late := record(3)
	late.Type, late.Camera = string(event.End), "Front Door"
	if err := p.Publish(late); err != nil {
		t.Fatal(err)
	}
	p.State("Front Door", publish.State{Zones: []string{}})
	later.until(t, topic, func(s string) bool { return s != "" })
	end(t, p)
	_ = later.Disconnect(t.Context())
	left := listen(t, s, nil, "site/avid/#")
	left.until(t, other, func(s string) bool { return s != "" })
	left.mu.Lock()
	defer left.mu.Unlock()
	for topic, payload := range left.last {
		if strings.Contains(topic, "Front") && payload != "" {
			t.Errorf("left behind: %s %s", topic, payload)
		}
	}
}

// TestMosquittoONVIFStates: who listens hears of each zone and scene that it is not so
// before it is, of a zone that is gone no more, and an event of which a process that was
// killed could not send the end does not last.
func TestMosquittoONVIFStates(t *testing.T) {
	s := mosquitto(t)
	const root = "site/avid/onvif-ej/"
	const motion, dark = root + "RuleEngine/MotionRegionDetector/Motion/&Front Door/", root + "VideoSource/ImageTooDark/AnalyticsService/&Front Door/dark"
	l := listen(t, s, nil, root+"#")
	state := func(on bool) func(string) bool {
		return func(text string) bool { return strings.Contains(text, fmt.Sprintf(`"State":%v}`, on)) }
	}
	dir := t.TempDir()
	p := begin(t, dir, s.url()+"?onvif=true", publish.Host{})
	p.State("Front Door", publish.State{Zones: []string{"gate", "road"}})
	for _, topic := range []string{motion + "gate", motion + "road", dark, root + "VideoSource/GlobalSceneChange/AnalyticsService/&Front Door/covered",
		root + "VideoSource/tnsavid:ImageFrozen/&Front Door/frozen"} {
		l.until(t, topic, state(false))
	}
	now := time.Now()
	o := event.Origin{Camera: "Front Door", Began: now}
	report := func(kind event.Kind, zone string) {
		t.Helper()
		if err := p.Publish(o.Record(event.Event{Kind: kind, ID: 1, Wall: now, Zone: zone})); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Publish(o.Scene(event.Scene{Kind: "dark", State: "begin", Wall: now})); err != nil {
		t.Fatal(err)
	}
	report(event.Begin, "gate")
	l.until(t, motion+"gate", state(true))
	l.until(t, dark, state(true))
	p.State("Front Door", publish.State{Zones: []string{"gate"}, Scene: "dark"})
	l.until(t, motion+"road", is(""))
	p.State("Front Door", publish.State{Zones: []string{"gate"}}) // it was started anew, where it is not dark
	l.until(t, dark, state(false))
	report(event.End, "gate")
	l.until(t, motion+"gate", state(false))

	// The process that is next finds the begin of an event in the outbox.
	s.stop()
	report(event.Begin, "gate")
	end(t, p)
	s.start()
	var mu sync.Mutex
	began := false
	l = listen(t, s, func(topic string, payload []byte) {
		mu.Lock()
		defer mu.Unlock()
		began = began || topic == motion+"gate" && state(true)(string(payload))
	}, root+"#")
	p = begin(t, dir, s.url()+"?onvif=true", publish.Host{})
	p.State("Front Door", publish.State{Zones: []string{"gate"}})
	l.until(t, motion+"gate", func(text string) bool {
		mu.Lock()
		defer mu.Unlock()
		return began && state(false)(text)
	})
	end(t, p)
}

// device checks a message of discovery.
func device(t *testing.T, text string) {
	t.Helper()
	var d struct {
		Device struct {
			Identifiers []string
			Name, Model string
		}
		Availability []struct{ Topic string }
		Components   map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	platforms := map[string]int{}
	for key, c := range d.Components {
		platforms[fmt.Sprint(c["platform"])]++
		if c["unique_id"] != "avid_Front_Door_"+key {
			t.Errorf("%s is called %v", key, c["unique_id"])
		}
		for field, topic := range c {
			if strings.HasSuffix(field, "_topic") && !strings.HasPrefix(topic.(string), "site/avid/Front_Door/") {
				t.Errorf("%s of %s is %v", field, key, topic)
			}
		}
	}
	if d.Device.Name != "Haustür" || d.Device.Model != "walkway" || len(d.Availability) != 2 || fmt.Sprint(platforms) != "map[binary_sensor:1 event:1 image:1 number:1 sensor:5 switch:1]" {
		t.Errorf("device %s", text)
	}
}

// TestMosquittoWill: a process that is killed leaves the word offline.
func TestMosquittoWill(t *testing.T) {
	s := mosquitto(t)
	l := listen(t, s, nil, "site/avid/#")
	c := child(t, t.TempDir(), s.url(), 0)
	l.until(t, "site/avid/available", is("online"))
	c.signal(syscall.SIGKILL)
	l.until(t, "site/avid/available", is("offline"))
}

package mqtt

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/eclipse/paho.golang/paho"

	"avid/runtime/event"
	"avid/runtime/publish"
)

// Parts of topics, behind the prefix and the camera.
const (
	irregularTopic = "irregular"
	stateTopic     = "state"
	eventTopic     = "event"
	snapshotTopic  = "snapshot"
	detectTopic    = "detect"
	rateTopic      = "false_alarm_rate"
)

// up is called when there is a connection, a first one or another.
func (m *Carrier) up() {
	m.linked.Store(true)
	m.fresh.Store(true)
	m.board.again()
}

// subscribe asks for what others may tell.
func (m *Carrier) subscribe() {
	var all []paho.SubscribeOptions
	if m.config.discovery != "" {
		all = append(all, paho.SubscribeOptions{Topic: m.config.discovery + "/status", QoS: 1})
	}
	if m.host.Detect != nil {
		all = append(all, paho.SubscribeOptions{Topic: m.topic("+", detectTopic, "set"), QoS: 1})
	}
	if m.host.FalseAlarmRate != nil {
		all = append(all, paho.SubscribeOptions{Topic: m.topic("+", rateTopic, "set"), QoS: 1})
	}
	if len(all) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(m.ctx, sendTimeout)
	defer cancel()
	if _, err := m.conn.Subscribe(ctx, &paho.Subscribe{Subscriptions: all}); err != nil {
		m.failed(err) // another connection subscribes again
	}
}

// received takes a message of somebody else.
func (m *Carrier) received(r paho.PublishReceived) (bool, error) {
	topic, payload := r.Packet.Topic, string(r.Packet.Payload)
	if topic == m.config.discovery+"/status" && m.config.discovery != "" {
		if payload == "online" {
			m.board.again()
		}
		return true, nil
	}
	rest, ok := strings.CutPrefix(topic, m.config.prefix+"/")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 || parts[2] != "set" {
		return false, nil
	}
	camera, ok := m.board.camera(parts[0])
	if !ok {
		return true, nil
	}
	switch parts[1] {
	case detectTopic:
		if m.host.Detect != nil && (payload == "ON" || payload == "OFF") {
			m.host.Detect(camera.Name, payload == "ON")
		}
	case rateTopic:
		rate, err := strconv.ParseFloat(strings.TrimSpace(payload), 64)
		if m.host.FalseAlarmRate != nil && err == nil && rate >= 0 && rate <= mostRate {
			m.host.FalseAlarmRate(camera.Name, rate)
		}
	}
	return true, nil
}

// mostRate is the most false alarms a day, as in avidfilter.
const mostRate = 86400

// Camera shows that a camera is there, or is not any more, and tells Home Assistant.
func (m *Carrier) Camera(c publish.Camera) {
	token := publish.Token(c.Name)
	m.comes(c.Name, !c.Gone)
	if c.Gone {
		m.board.clear(token, m.topic(token)+"/", m.discovery(token))
		return
	}
	m.board.name(token, c)
	available := "online"
	if c.Away {
		available = "offline"
	}
	m.board.set(m.topic(token, "available"), []byte(available))
	if !m.board.has(m.topic(token, irregularTopic)) {
		m.board.set(m.topic(token, irregularTopic), []byte("OFF"))
	}
	m.discover(token, c)
}

// discover tells Home Assistant of a camera.
func (m *Carrier) discover(token string, c publish.Camera) {
	if m.config.discovery == "" {
		return
	}
	if payload, err := json.Marshal(m.device(c)); err == nil {
		m.board.set(m.discovery(token), payload)
	}
}

// discovery is the topic by which Home Assistant is told of a camera.
func (m *Carrier) discovery(token string) string {
	return m.config.discovery + "/device/avid_" + token + "/config"
}

// Now shows whether a camera has an open event.
func (m *Carrier) Now(r event.Record) {
	on := ""
	switch event.Kind(r.Type) {
	case event.Begin, event.Change:
		on = "ON"
	case event.End:
		on = "OFF"
	}
	if on != "" && !m.isGone(r.Camera) {
		m.board.set(m.topic(publish.Token(r.Camera), irregularTopic), []byte(on))
	}
}

// State shows how it is with a camera.
func (m *Carrier) State(camera string, s publish.State) {
	if m.isGone(camera) {
		return
	}
	m.properties(camera, s)
	token := publish.Token(camera)
	s.Score, s.Threshold, s.Lag = finite(s.Score), finite(s.Threshold), finite(s.Lag)
	if payload, err := json.Marshal(s); err == nil {
		m.board.set(m.topic(token, stateTopic), payload)
	}
	if s.Detect != nil {
		on := "OFF"
		if *s.Detect {
			on = "ON"
		}
		m.board.set(m.topic(token, detectTopic, "state"), []byte(on))
	}
	if s.FalseAlarmRate != nil {
		m.board.set(m.topic(token, rateTopic, "state"), strconv.AppendFloat(nil, *s.FalseAlarmRate, 'g', -1, 64))
	}
}

// finite is v for JSON, which has no words for what is not finite: null.
func finite(v *float64) *float64 {
	if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
		return nil
	}
	return v
}

// Snapshot shows a picture, of which Home Assistant is told when there is a first one.
// It takes the bytes.
func (m *Carrier) Snapshot(camera string, jpeg []byte) {
	if m.isGone(camera) {
		return
	}
	token := publish.Token(camera)
	first := !m.board.has(m.topic(token, snapshotTopic))
	m.board.set(m.topic(token, snapshotTopic), jpeg)
	if c, ok := m.board.camera(token); ok && first {
		m.discover(token, c)
	}
}

// offline shows that nobody is there any more: the last will is for an end that
// nobody has wanted.
func (m *Carrier) offline(ctx context.Context) {
	for _, token := range m.board.tokens() {
		if m.publish(ctx, m.topic(token, "available"), []byte("offline"), true) != nil {
			return
		}
	}
	_ = m.publish(ctx, m.topic("available"), []byte("offline"), true) // else the will says it
}

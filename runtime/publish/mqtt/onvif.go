package mqtt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"avid/runtime/event"
	"avid/runtime/onvif"
	"avid/runtime/publish"
)

// sendONVIF publishes the begin or the end of an event or of a scene as ONVIF's devices do,
// which has the message retained.
func (m *Carrier) sendONVIF(ctx context.Context, r event.Record) error {
	if !m.config.onvif {
		return nil
	}
	p, err := onvif.PropertyOf(r)
	if errors.Is(err, onvif.ErrKind) {
		return nil // it is no begin and no end
	}
	payload, err := p.JSON()
	if err != nil {
		return fmt.Errorf("%w: %w", publish.ErrRefused, err)
	}
	topic := m.topic(onvif.Payload, p.Path())
	if err := m.publish(ctx, topic, payload, true); err != nil {
		return err
	}
	// What an earlier process could not send says nothing of now, and what began there has
	// no end.
	if began, ok := r.Began(); ok && began.Before(m.opened.Truncate(time.Millisecond)) {
		m.board.renew(topic)
		return nil
	}
	m.mu.Lock()
	m.on[p.Name] = p.On
	m.mu.Unlock()
	m.board.keep(topic, payload)
	return nil
}

// properties shows of the properties of a camera that they are false where nothing else is
// known: those that are new, and scenes where the stream has none, since a stream that was
// started anew does not tell of their end. It takes those away that are no more.
func (m *Carrier) properties(camera string, s publish.State) {
	if !m.config.onvif || s.Zones == nil {
		return
	}
	names := onvif.Names(camera, s.Zones)
	m.mu.Lock()
	var gone, off []onvif.Name
	for n := range m.on {
		if n.Camera == camera && !slices.Contains(names, n) {
			gone = append(gone, n)
			delete(m.on, n)
		}
	}
	for _, n := range names {
		on, known := m.on[n]
		if !known || on && n.Topic != onvif.Topic && s.Scene == "" {
			off = append(off, n)
			m.on[n] = false
		}
	}
	m.mu.Unlock()
	for _, n := range gone {
		m.board.set(m.topic(onvif.Payload, n.Path()), nil) // a retained message without a payload deletes the one before
	}
	for _, n := range off {
		if payload, err := (onvif.Property{Name: n, At: time.Now()}).JSON(); err == nil {
			m.board.set(m.topic(onvif.Payload, n.Path()), payload)
		}
	}
}

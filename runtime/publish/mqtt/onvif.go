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
	retained := !m.isGone(r.Camera)
	if err := m.publish(ctx, topic, payload, retained); err != nil || !retained {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone[r.Camera] { // it was taken out meanwhile
		m.board.set(topic, nil)
		return nil
	}
	m.shown[p.Name] = true
	// What an earlier process could not send says nothing of now, and what began there has
	// no end.
	if began, ok := r.Began(); ok && began.Before(m.opened.Truncate(time.Millisecond)) {
		m.board.renew(topic)
		return nil
	}
	m.on[p.Name] = p.On
	m.board.keep(topic, payload)
	return nil
}

// isGone tells whether a camera was taken out. What is still to be sent of it is retained no
// more.
func (m *Carrier) isGone(camera string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gone[camera]
}

// comes notes whether a camera is there, and takes down the properties of one that is not.
func (m *Carrier) comes(camera string, there bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if there {
		delete(m.gone, camera)
		return
	}
	m.gone[camera] = true
	m.forgetLocked(camera, nil)
}

// forgetLocked takes down the properties of a camera but for some. It needs m.mu.
func (m *Carrier) forgetLocked(camera string, but []onvif.Name) {
	for n := range m.shown {
		if n.Camera == camera && !slices.Contains(but, n) {
			delete(m.shown, n)
			delete(m.on, n)
			m.board.set(m.topic(onvif.Payload, n.Path()), nil) // a retained message without a payload deletes the one before
		}
	}
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
	m.forgetLocked(camera, names)
	var off []onvif.Name
	for _, n := range names {
		on, known := m.on[n]
		if !known || on && n.Topic != onvif.Topic && s.Scene == "" {
			off = append(off, n)
			m.on[n], m.shown[n] = false, true
		}
	}
	m.mu.Unlock()
	for _, n := range off {
		if payload, err := (onvif.Property{Name: n, At: time.Now()}).JSON(); err == nil {
			m.board.set(m.topic(onvif.Payload, n.Path()), payload)
		}
	}
}

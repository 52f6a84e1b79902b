package mqtt

import (
	"context"
	"errors"
	"time"

	"avid/runtime/publish"
)

// sendTimeout bounds one message of the board.
const sendTimeout = 10 * time.Second

// show brings the board to the broker until the end.
func (m *Carrier) show() {
	for m.ctx.Err() == nil {
		if m.fresh.Swap(false) {
			m.subscribe()
		}
		topic, payload, version, ok, closed := m.board.next()
		if closed {
			return
		}
		if !ok {
			select {
			case <-m.board.more:
			case <-m.ctx.Done():
			}
			continue
		}
		ctx, cancel := context.WithTimeout(m.ctx, sendTimeout)
		err := m.publish(ctx, topic, payload, true)
		cancel()
		switch {
		case err == nil:
			m.board.shown(topic, version)
		case errors.Is(err, publish.ErrRefused):
			m.board.drop(topic)
		default:
			m.rest()
		}
	}
}

// rest waits before a message is tried again.
func (m *Carrier) rest() {
	t := time.NewTimer(firstWait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-m.board.more:
	case <-m.ctx.Done():
	}
}

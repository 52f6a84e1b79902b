package train

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"time"
)

// State is all that a run needs to go on as if it had never stopped.
type State struct {
	Config    Config
	Step      int
	Elapsed   time.Duration
	Inpainter Weights
	Detector  Weights
	Random    []byte // state of the data's random source
	Newest    Validation
	Curve     []Point // of the validations so far
	// Background is the still background of the footage, Height·Width grey bytes; nil
	// in states of before.
	Background []byte
	// Learnt is what this run and those that it goes on from learn from; empty in states of
	// before.
	Learnt Learnt
}

// Weights are a network's weights, its optimizer's state and its best
// checkpoint.
type Weights struct {
	Theta    []float32
	State    [][]float32
	Updates  int
	Best     []float32
	BestAt   int
	BestMark float64
}

// Encode is a compact form of the state for a file.
func (s *State) Encode() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(s)
	return b.Bytes(), err
}

// DecodeState is the inverse of Encode.
func DecodeState(data []byte) (*State, error) {
	s := &State{}
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(s); err != nil {
		return nil, fmt.Errorf("train: state to resume from: %w", err)
	}
	if err := s.Config.Validate(); err != nil {
		return nil, fmt.Errorf("train: state to resume from: %w", err)
	}
	if h := s.Learnt.Hours; h != nil {
		if err := h.validate(); err != nil {
			return nil, fmt.Errorf("train: state to resume from: %w", err)
		}
	}
	if !s.Inpainter.fits(s.Config.inpainter()) || !s.Detector.fits(s.Config.detector()) {
		return nil, errors.New("train: state to resume from does not fit its own settings")
	}
	return s, nil
}

// fits tells whether each vector has the layout's length.
func (w Weights) fits(l learner) bool {
	n := int(l.layout.Len())
	ok := len(w.Theta) == n && len(w.State) == l.slots() && (len(w.Best) == 0 || len(w.Best) == n)
	for _, s := range w.State {
		ok = ok && len(s) == n
	}
	return ok
}

func (r *run) snapshot() *State {
	s := &State{Config: r.c, Step: r.step, Elapsed: r.elapsed(), Newest: r.newest, Curve: r.curve, Background: r.o.Background, Learnt: r.o.Learnt}
	s.Random = r.supply.random
	for i, n := range r.nets {
		w := n.best
		w.Theta, w.State, w.Updates = r.theta(i).F32, nil, n.updates
		for _, st := range n.state {
			w.State = append(w.State, st[n.side].F32)
		}
		if i == 0 {
			s.Inpainter = w
		} else {
			s.Detector = w
		}
	}
	return s
}

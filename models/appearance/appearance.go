// Package appearance finds what looks out of place, whether it moves or not: the second
// kind of detector. A network that was taught to tell a thousand sorts of things apart,
// and never sees a camera's footage in training, gives features of each place of a
// picture; what stands in front of the ground is the odder the further its features are
// from all that ordinary footage has shown (Roth et al., "Towards Total Recall in
// Industrial Anomaly Detection", CVPR 2022). A score grows where a thing stays odd while
// it goes on its way.
package appearance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
)

// front is the share of a cell that must stand in front of the ground to be looked at.
const front = 0.27

// newest is the weight of the newest distance in the mean over time.
const newest = 0.5

// Model is a bundle's appearance networks, which several streams may have. It may be used
// by several goroutines at a time; each waits for its turn.
type Model struct {
	h, w, rows, cols int
	every            int

	turn             chan struct{} // who holds it uses what follows
	features, memory compute.Session
	frame, out       *compute.Tensor
	asked, nearest   *compute.Tensor
	tensors          [4][]*compute.Tensor // each alone, in that order, as a run takes them
	cells            []int                // those that are asked, at most chunk

	place []float32 // features of the bundle's picture of the place
	clear float32   // greatest change of the place that is looked at
}

// ports are a graph's inputs and outputs.
type ports struct{ in, out []string }

var (
	featurePorts = ports{[]string{frameName}, []string{featuresName}}
	memoryPorts  = ports{[]string{cellsName}, []string{nearestName}}
)

// Open readies the networks of a bundle that has them, whose graphs are vetted first.
// Errors are those of Vet and of the backend.
func Open(b *bundle.Bundle, backend compute.Backend) (*Model, error) {
	if err := Vet(b); err != nil {
		return nil, err
	}
	m := b.Manifest
	memory, err := backend.Load(b.Memory, memoryPorts.in, memoryPorts.out)
	if err != nil {
		return nil, fmt.Errorf("appearance: %w", err)
	}
	l, err := open(m.Height, m.Width, b.Appearance, memory, backend)
	if err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	l.every, l.clear = m.Appearance.Every, float32(m.Appearance.Clear)
	if err := l.see(context.Background(), b.Background()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	l.place = slices.Clone(l.out.F32)
	return l, nil
}

// open readies the feature network, and takes the memory.
func open(h, w int, graph []byte, memory compute.Session, backend compute.Backend) (*Model, error) {
	l := &Model{h: h, w: w, every: 1, turn: make(chan struct{}, 1), memory: memory, frame: compute.Bytes(1, 1, int64(h), int64(w)), asked: compute.Floats(chunk, int64(channels)), nearest: compute.Floats(chunk, nearest)}
	l.rows, l.cols = Cells(h, w)
	l.out = compute.Floats(int64(l.rows*l.cols), int64(channels))
	for i, t := range []*compute.Tensor{l.frame, l.out, l.asked, l.nearest} {
		l.tensors[i] = []*compute.Tensor{t}
	}
	var err error
	if l.features, err = backend.Load(graph, featurePorts.in, featurePorts.out); err != nil {
		return nil, fmt.Errorf("appearance: %w", err)
	}
	return l, nil
}

// Close frees the networks.
func (l *Model) Close() error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	err := l.features.Close()
	if l.memory != nil {
		err = errors.Join(err, l.memory.Close())
	}
	return err
}

// see has the features of a frame made.
func (l *Model) see(ctx context.Context, frame []byte) error {
	copy(l.frame.U8, frame)
	return l.features.Run(ctx, l.tensors[0], l.tensors[1])
}

// distances writes how far each cell that has something in front is from what the memory
// has; 0 for the others, and for all where the place itself looks otherwise than it does on
// ordinary footage. free are the cells without anything in front; it returns how far these
// are from what they usually are, in the middle.
func (l *Model) distances(ctx context.Context, frame []byte, there, free []bool, dst, apart []float32) (changed float32, err error) {
	clear(dst)
	if !slices.Contains(there, true) {
		return 0, nil
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if err := l.see(ctx, frame); err != nil {
		return 0, err
	}
	if changed = l.changed(free, apart); changed > l.clear {
		return changed, nil
	}
	l.cells = l.cells[:0]
	for i, t := range there {
		if !t {
			continue
		}
		if l.cells = append(l.cells, i); len(l.cells) == chunk {
			if err := l.ask(ctx, dst); err != nil {
				return changed, err
			}
		}
	}
	if len(l.cells) == 0 {
		return changed, nil
	}
	return changed, l.ask(ctx, dst)
}

// changed is how far the cells without anything in front are from what they are in the
// bundle's picture, in the middle; 0 where there are few. Rain, coarse coding or a lens out
// of focus change all of the picture, and what passes with it. apart is room for as many as
// there are cells.
func (l *Model) changed(free []bool, apart []float32) float32 {
	apart = apart[:0]
	for i, f := range free {
		if !f {
			continue
		}
		apart = append(apart, l.apart(i, i))
	}
	if len(apart) < len(free)/8 {
		return 0
	}
	slices.Sort(apart)
	return float32(math.Sqrt(float64(apart[len(apart)/2])))
}

// ask looks the cells up.
func (l *Model) ask(ctx context.Context, dst []float32) error {
	for k, i := range l.cells {
		copy(l.asked.F32[k*channels:(k+1)*channels], l.out.F32[i*channels:(i+1)*channels])
	}
	if err := l.memory.Run(ctx, l.tensors[2], l.tensors[3]); err != nil {
		return err
	}
	for k, i := range l.cells {
		var square, sum float64
		for _, v := range l.asked.F32[k*channels : (k+1)*channels] {
			square += float64(v) * float64(v)
		}
		for _, v := range l.nearest.F32[k*nearest : (k+1)*nearest] {
			sum += math.Sqrt(max(square-float64(v), 0))
		}
		dst[i] = min(float32(sum/nearest), l.like(i))
	}
	l.cells = l.cells[:0]
	return nil
}

// like is how far cell i is from what the place looks like there or in a cell beside:
// what is taken to stand in front may be the place, where a camera shakes or a shadow
// falls.
func (l *Model) like(i int) float32 {
	best := float32(math.MaxFloat32)
	l.about(i, func(k int) { best = min(best, l.apart(i, k)) })
	return float32(math.Sqrt(float64(best)))
}

// apart is the square of the distance between cell i and what the place looks like at
// cell k.
func (l *Model) apart(i, k int) (square float32) {
	for c, v := range l.out.F32[i*channels : (i+1)*channels] {
		d := v - l.place[k*channels+c]
		square += d * d
	}
	return square
}

// Scorer follows one stream. Not safe for concurrent use.
type Scorer struct {
	model *Model
	due   int // frames until the next look

	cell        []int32 // of each pixel
	size        []int   // pixels of each cell
	count       []int
	there, free []bool
	apart       []float32
	changed     float32
	now, before []float32
	scores      []float32
	held        []float32 // the mean over time
	begun       bool
}

// NewScorer returns a scorer of a stream, of a model that it does not close.
func NewScorer(l *Model) *Scorer {
	n := l.rows * l.cols
	s := &Scorer{model: l, cell: make([]int32, l.h*l.w), size: make([]int, n), count: make([]int, n), there: make([]bool, n), free: make([]bool, n), apart: make([]float32, n),
		now: make([]float32, n), before: make([]float32, n), scores: make([]float32, n), held: make([]float32, n)}
	for i := range s.cell {
		c := i/l.w*l.rows/l.h*l.cols + i%l.w*l.cols/l.w
		s.cell[i] = int32(c)
		s.size[c]++
	}
	return s
}

// Restart forgets the frames before.
func (s *Scorer) Restart() {
	s.due, s.begun = 0, false
	clear(s.held)
	clear(s.scores)
}

// Look judges a frame, h·w grey bytes, where it is due, some samples after the one before:
// pixel has nets.Outside where nothing stands in front of the ground. It tells whether it
// looked. Errors are those of the networks.
func (s *Scorer) Look(ctx context.Context, frame []byte, pixel []float32, passed int) (bool, error) {
	if s.due -= passed; s.begun && s.due > 0 {
		return false, nil
	}
	s.cover(pixel)
	var err error
	if s.changed, err = s.model.distances(ctx, frame, s.there, s.free, s.now, s.apart); err != nil {
		return false, err
	}
	s.due = s.model.every
	// What was odd nearby is so still: things move less than a cell from one look to
	// the next.
	s.model.around(s.before, s.held)
	for i, d := range s.now {
		switch {
		case d == 0:
			s.held[i] = 0
		case !s.begun || s.before[i] == 0:
			s.held[i] = d
		default:
			s.held[i] = newest*d + (1-newest)*s.before[i]
		}
	}
	s.begun = true
	s.model.around(s.scores, s.held)
	return true, nil
}

// cover says which cells have something in front.
func (s *Scorer) cover(pixel []float32) {
	clear(s.count)
	for i, v := range pixel {
		if v > nets.Outside {
			s.count[s.cell[i]]++
		}
	}
	for i, n := range s.count {
		s.there[i] = s.size[i] > 0 && float64(n) >= front*float64(s.size[i])
		s.free[i] = n == 0
	}
}

// around writes the greatest of each cell and its eight neighbours.
func (l *Model) around(dst, src []float32) {
	for i := range dst {
		best := float32(0)
		l.about(i, func(k int) { best = max(best, src[k]) })
		dst[i] = best
	}
}

// about calls f with cell i and its eight neighbours.
func (l *Model) about(i int, f func(k int)) {
	for y := max(i/l.cols-1, 0); y <= min(i/l.cols+1, l.rows-1); y++ {
		for x := max(i%l.cols-1, 0); x <= min(i%l.cols+1, l.cols-1); x++ {
			f(y*l.cols + x)
		}
	}
}

// At is the score of pixel i: the mean over time of the distance, the greatest about; 0
// where nothing was in front.
func (s *Scorer) At(i int) float32 { return s.scores[s.cell[i]] }

// Changed is how far the place itself was from what it usually looks like at the last look.
func (s *Scorer) Changed() float32 { return s.changed }

// Highest is the greatest score of any cell.
func (s *Scorer) Highest() float32 {
	best := float32(0)
	for _, v := range s.held {
		best = max(best, v)
	}
	return best
}

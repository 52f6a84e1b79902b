package eval

import "fmt"

// grid is the truth of a frame as the pixels of a score map see it. The two may
// differ in size: each truth pixel takes the score of the score pixel in which
// its centre lies, so that a score pixel stands for some truth pixels, or none.
type grid struct {
	h, w, th, tw int
	weight       []int // by score pixel: truth pixels that it stands for
	on           []int // and those of them that are irregular
	total        int   // irregular truth pixels of the frame
	tracks       tracks
	links        overlaps
	cells        []int // by truth pixel: its score pixel
}

// set takes a frame's truth of th x tw pixels, not 0 where irregular; nil, of
// any size, for a normal frame. The error wraps ErrSize.
func (g *grid) set(h, w int, truth []byte, th, tw int) error {
	if truth == nil && (th < 1 || tw < 1) {
		th, tw = h, w
	}
	if th < 1 || tw < 1 || truth != nil && len(truth) != th*tw {
		return fmt.Errorf("%w: %d truth pixels for %dx%d (width × height)", ErrSize, len(truth), tw, th)
	}
	if g.h != h || g.w != w || g.th != th || g.tw != tw {
		g.h, g.w, g.th, g.tw = h, w, th, tw
		g.place()
	}
	clear(g.on)
	g.total = 0
	for i, t := range truth {
		if t != 0 {
			g.on[g.cells[i]]++
			g.total++
		}
	}
	g.tracks.next(truth, th, tw)
	g.links.fill(g)
	return nil
}

// place finds the score pixel of each truth pixel.
func (g *grid) place() {
	g.weight, g.on, g.cells = make([]int, g.h*g.w), make([]int, g.h*g.w), make([]int, 0, g.th*g.tw)
	for y := range g.th {
		row := (2*y + 1) * g.h / (2 * g.th) * g.w
		for x := range g.tw {
			cell := row + (2*x+1)*g.w/(2*g.tw)
			g.weight[cell]++
			g.cells = append(g.cells, cell)
		}
	}
}

// input is a score map and its truth, of a criterion that is counted by itself;
// Collector shares them among all.
type input struct {
	scores ranked
	grid   grid
}

// set takes a frame; see ranked.set and grid.set.
func (in *input) set(scores []float32, h, w int, truth []byte, th, tw int) error {
	if err := in.scores.set(scores, h, w); err != nil {
		return err
	}
	return in.grid.set(h, w, truth, th, tw)
}

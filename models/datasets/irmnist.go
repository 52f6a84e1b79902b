package datasets

import "math/rand/v2"

// IR-MNIST (Sabokrou et al., AVID, ACCV 2018): pictures of digits in a grid.
const (
	irregularDigit = 3
	gridSide       = 11
	gridCells      = gridSide * gridSide
	trainPictures  = 5000
	testPictures   = 1000
)

// IRMNISTSize is the side of a picture of IR-MNIST in pixels.
const IRMNISTSize = gridSide * digitSide // 220

// OpenIRMNIST makes IR-MNIST out of the four files of MNIST in root, packed by
// gzip or not: 5,000 pictures to learn from and 1,000 to judge, 220x220, each a
// grid of 11x11 digits, no digit twice in a picture. Digits to learn from come
// from MNIST's training files and are never a 3; those to judge come from its
// test files. The clips are Still.
//
// Every second test picture holds a 3, since without clean ones detection would
// have no negatives: pictures 1, 3, 5 … of the test clip, counted from 0, are
// drawn from all test digits, and drawn again should they hold no 3, so that
// they hold as many as chance has it (12 of 121 on average); pictures 0, 2, 4 …
// are drawn from the digits that are no 3. Irregular are the whole cells that
// hold a 3.
//
// A picture is a function of seed and its number alone, made when it is asked
// for. The error wraps ErrLayout, ErrCount or ErrDigits.
func OpenIRMNIST(root string, seed uint64) (*Set, error) {
	s := &Set{Name: "irmnist", Root: root}
	for i, part := range []string{"train", "t10k"} {
		d, err := readDigits(root, part)
		if err != nil {
			return nil, err
		}
		g := &grids{digits: d, seed: seed, part: uint64(i), count: trainPictures}
		c := &Clip{Name: "train", Path: root, Rate: DefaultRate, Still: true, drawn: g}
		if part == "train" {
			s.Train = []*Clip{c}
			continue
		}
		c.Name, g.count = "test", testPictures
		s.Test = []*Clip{c}
	}
	return s, nil
}

// grids draws the pictures of one part.
type grids struct {
	digits     *digits
	seed, part uint64 // part is 0 for training, 1 for test
	count      int
}

func (g *grids) len() int         { return g.count }
func (g *grids) size() (w, h int) { return IRMNISTSize, IRMNISTSize }

// irregular tells whether picture k is to hold a 3.
func (g *grids) irregular(k int) bool { return g.part == 1 && k%2 == 1 }

// draw chooses the digits of picture k, without replacement.
func (g *grids) draw(k int) (cells [gridCells]int32) {
	r := rand.New(rand.NewPCG(g.seed, g.part<<32|uint64(k)))
	for {
		if !g.irregular(k) {
			for i, j := range distinct(r, len(g.digits.normal)) {
				cells[i] = g.digits.normal[j]
			}
			return cells
		}
		cells = distinct(r, len(g.digits.labels))
		for _, d := range cells {
			if g.digits.labels[d] == irregularDigit {
				return cells
			}
		}
	}
}

// distinct draws gridCells numbers below n, each at most once, in random order;
// n is not below gridCells.
func distinct(r *rand.Rand, n int) (drawn [gridCells]int32) {
	taken := make(map[int32]bool, gridCells)
	for i := range drawn {
		d := r.Int32N(int32(n))
		for taken[d] {
			d = r.Int32N(int32(n))
		}
		drawn[i], taken[d] = d, true
	}
	return drawn
}

// picture implements drawer.
func (g *grids) picture(k int, gray []byte) {
	for cell, d := range g.draw(k) {
		digit := g.digits.picture(int(d))
		for y := range digitSide {
			copy(cellRow(gray, cell, y), digit[y*digitSide:(y+1)*digitSide])
		}
	}
}

// mask implements drawer.
func (g *grids) mask(k int, mask []byte) {
	clear(mask)
	for cell, d := range g.draw(k) {
		if g.digits.labels[d] != irregularDigit {
			continue
		}
		for y := range digitSide {
			row := cellRow(mask, cell, y)
			for x := range row {
				row[x] = 255
			}
		}
	}
}

// cellRow is row y of a cell of the grid.
func cellRow(picture []byte, cell, y int) []byte {
	at := (cell/gridSide*digitSide+y)*IRMNISTSize + cell%gridSide*digitSide
	return picture[at : at+digitSide]
}

package datasets

import "fmt"

const (
	mnistSide = 28 // pixels of a picture of MNIST
	digitSide = 20 // pixels of the box that holds its digit
)

// digits are the digits of a part of MNIST, cut out to 20x20.
type digits struct {
	pixels []byte  // digitSide² each, row-major
	labels []byte  // 0 to 9
	normal []int32 // those that are no 3
}

func (d *digits) picture(i int) []byte {
	const size = digitSide * digitSide
	return d.pixels[i*size : (i+1)*size]
}

// readDigits reads the files of a part, "train" or "t10k".
func readDigits(dir, part string) (*digits, error) {
	pictures, pixelFile, err := readIDX(dir, part+"-images-idx3-ubyte", mnistSide, mnistSide)
	if err != nil {
		return nil, err
	}
	labels, labelFile, err := readIDX(dir, part+"-labels-idx1-ubyte")
	if err != nil {
		return nil, err
	}
	const size = mnistSide * mnistSide
	n := len(pictures) / size
	if n != len(labels) {
		return nil, fmt.Errorf("%s holds %d digits, %s %d labels: %w", pixelFile, n, labelFile, len(labels), ErrCount)
	}
	d := &digits{pixels: make([]byte, n*digitSide*digitSide), labels: labels}
	for i, label := range labels {
		if label > 9 {
			return nil, fmt.Errorf("%s: %w: label %d of digit %d", labelFile, ErrDigits, label, i)
		}
		if label != irregularDigit {
			d.normal = append(d.normal, int32(i))
		}
		cutOut(d.picture(i), pictures[i*size:(i+1)*size])
	}
	if len(d.normal) < gridCells || len(d.normal) == n {
		return nil, fmt.Errorf("%s: %w: %d digits other than %d and %d others: want %d and at least 1",
			labelFile, ErrDigits, len(d.normal), irregularDigit, n-len(d.normal), gridCells)
	}
	return d, nil
}

// cutOut takes the 20x20 pixels that hold the digit out of its 28x28. MNIST
// fits digits into such a box, then centres them by their mass, so that three
// boxes in four are off the middle, by up to 4 pixels: the cut is in the middle
// and moved only as far as the digit needs.
func cutOut(dst, src []byte) {
	top, bottom := mnistSide, 0
	left, right := mnistSide, 0
	for i, v := range src {
		if v != 0 {
			top, bottom = min(top, i/mnistSide), max(bottom, i/mnistSide)
			left, right = min(left, i%mnistSide), max(right, i%mnistSide)
		}
	}
	y0, x0 := begin(top, bottom), begin(left, right)
	for y := range digitSide {
		copy(dst[y*digitSide:(y+1)*digitSide], src[(y0+y)*mnistSide+x0:])
	}
}

// begin is where a stretch of digitSide begins that holds first to last, as far
// as it can, and lies as near the middle as it can.
func begin(first, last int) int {
	const middle = (mnistSide - digitSide) / 2
	return min(max(min(first, middle), last-digitSide+1), mnistSide-digitSide)
}

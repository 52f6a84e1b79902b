package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// idx packs items as MNIST does.
func idx(items []byte, dims ...uint32) []byte {
	var b bytes.Buffer
	for _, v := range append([]uint32{uint32(0x0800 + len(dims))}, dims...) {
		_ = binary.Write(&b, binary.BigEndian, v)
	}
	b.Write(items)
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fakeDigits are n digits, digit i of label i%10. The first two pixels of each
// box are its number, the last is 255, and boxes lie off the middle as MNIST's
// do.
func fakeDigits(n int) (pictures, labels []byte) {
	pictures, labels = make([]byte, n*28*28), make([]byte, n)
	for i := range n {
		y, x := 2+i%5, 3+i%4
		at := i*28*28 + y*28 + x
		pictures[at], pictures[at+1], pictures[at+19*28+19] = byte(1+i/200), byte(1+i%200), 255
		labels[i] = byte(i % 10)
	}
	return pictures, labels
}

// fakeMNIST writes 400 training and 300 test digits; some files are packed, and
// the names are those in use.
func fakeMNIST(t *testing.T) string {
	root := t.TempDir()
	p, l := fakeDigits(400)
	write(t, root+"/train-images-idx3-ubyte.gz", string(gzipped(t, idx(p, 400, 28, 28))))
	write(t, root+"/train-labels.idx1-ubyte", string(idx(l, 400)))
	p, l = fakeDigits(300)
	write(t, root+"/t10k-images.idx3-ubyte.gz", string(gzipped(t, idx(p, 300, 28, 28))))
	write(t, root+"/t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte", string(idx(l, 300)))
	return root
}

// numbersIn reads off which digits a picture shows, and checks that each is
// whole.
func numbersIn(t *testing.T, gray []byte) []int {
	t.Helper()
	var numbers []int
	for cell := range 121 {
		at := cell/11*20*220 + cell%11*20
		numbers = append(numbers, (int(gray[at])-1)*200+int(gray[at+1])-1)
		if gray[at+19*220+19] != 255 {
			t.Fatalf("cell %d is not in its place", cell)
		}
	}
	return numbers
}

func TestIRMNIST(t *testing.T) {
	root := fakeMNIST(t)
	s, err := OpenIRMNIST(root, 7)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Train) != 1 || len(s.Test) != 1 || !s.Train[0].Still || s.Train[0].IsVideo() {
		t.Fatalf("set %+v", s)
	}
	for _, c := range []struct {
		clip     *Clip
		pictures int
		test     bool
	}{{s.Train[0], 5000, false}, {s.Test[0], 1000, true}} {
		n, err := c.clip.Frames()
		if err != nil || n != c.pictures {
			t.Fatalf("%d pictures, %v; want %d", n, err, c.pictures)
		}
		part := *c.clip
		part.Range = Range{First: n - 200}
		truth, err := part.Truth(200)
		if err != nil {
			t.Fatal(err)
		}
		r, err := part.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		threes := 0
		for k := range 200 {
			p, err := r.Next()
			if err != nil || p.Width != 220 || p.Height != 220 {
				t.Fatalf("picture %d: %dx%d, %v", k, p.Width, p.Height, err)
			}
			threes += checkPicture(t, k, p.Gray, truth)
			if want := c.test && k%2 == 1; truth.Irregular[k] != want {
				t.Fatalf("%s %d irregular: %v", c.clip.Name, k, truth.Irregular[k])
			}
		}
		if _, err := r.Next(); err == nil {
			t.Error("pictures without end")
		}
		// 121 of 300 with 30 threes: 12.1 a picture, give or take 0.25 over 100.
		if mean := float64(threes) / 100; c.test && (mean < 11.1 || mean > 13.1) {
			t.Errorf("%g threes a picture", mean)
		}
	}
}

// checkPicture compares a picture with its mask and counts its threes.
func checkPicture(t *testing.T, k int, gray []byte, truth *Truth) (threes int) {
	t.Helper()
	mask, err := truth.Mask(k, 220, 220, nil)
	if err != nil {
		t.Fatal(err)
	}
	numbers := numbersIn(t, gray)
	for cell, number := range numbers {
		want := byte(0)
		if number%10 == 3 {
			want = 255
			threes++
		}
		for y := range 20 {
			row := mask[(cell/11*20+y)*220+cell%11*20:][:20]
			if slices.ContainsFunc(row, func(m byte) bool { return m != want }) {
				t.Fatalf("picture %d, cell %d shows digit %d, its mask is %v", k, cell, number, row)
			}
		}
	}
	slices.Sort(numbers)
	if len(slices.Compact(numbers)) != 121 {
		t.Fatalf("picture %d shows a digit twice", k)
	}
	return threes
}

// TestIRMNISTIsDeterministic: a picture depends on seed and number alone.
func TestIRMNISTIsDeterministic(t *testing.T) {
	root := fakeMNIST(t)
	read := func(seed uint64, first int) []byte {
		s, err := OpenIRMNIST(root, seed)
		if err != nil {
			t.Fatal(err)
		}
		c := *s.Test[0]
		c.Range.First = first
		r, err := c.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		for ; first < 7; first++ {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
		p, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		return p.Gray
	}
	seventh := read(1, 0)
	if !bytes.Equal(seventh, read(1, 7)) {
		t.Error("picture 7 depends on what was read before")
	}
	if bytes.Equal(seventh, read(2, 0)) || bytes.Equal(seventh, read(1, 8)) {
		t.Error("another seed or number gives the same picture")
	}
}

func TestDistinctIsFair(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var times [242]int
	for range 2000 {
		for _, d := range distinct(r, 242) {
			times[d]++
		}
	}
	for d, n := range times { // 1000 each, standard deviation 22
		if n < 880 || n > 1120 {
			t.Errorf("number %d was drawn %d times of 2000, want about 1000", d, n)
		}
	}
	all := distinct(r, gridCells)
	slices.Sort(all[:])
	if all[0] != 0 || all[gridCells-1] != gridCells-1 {
		t.Errorf("of as many as there are: %v", all)
	}
}

func TestCutOut(t *testing.T) {
	for _, c := range []struct {
		name                     string
		top, bottom, left, right int
		y, x                     int // where the cut is
	}{
		{"in the middle", 4, 23, 4, 23, 4, 4},
		{"small", 10, 15, 12, 14, 4, 4},
		{"high", 1, 20, 8, 20, 1, 4},
		{"low and left", 6, 25, 0, 9, 6, 0},
		{"in the corner", 8, 27, 8, 27, 8, 8},
		{"too large", 2, 27, 4, 23, 8, 4},
	} {
		src, dst := make([]byte, 28*28), make([]byte, 20*20)
		for y := c.top; y <= c.bottom; y++ {
			for x := c.left; x <= c.right; x++ {
				src[y*28+x] = byte(1 + (y*28+x)%255)
			}
		}
		cutOut(dst, src)
		for i, got := range dst {
			if want := src[(c.y+i/20)*28+c.x+i%20]; got != want {
				t.Errorf("%s: pixel %d is %d, want %d", c.name, i, got, want)
				break
			}
		}
	}
	cutOut(make([]byte, 400), make([]byte, 784)) // an empty one
}

func TestBrokenDigitsNameTheFile(t *testing.T) {
	const images, labels = "/t10k-images.idx3-ubyte.gz", "/t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte"
	p, l := fakeDigits(300)
	whole, short := idx(p, 300, 28, 28), gzipped(t, idx(p, 300, 28, 28))
	tall := slices.Clone(l)
	tall[7] = 10
	for _, c := range []struct {
		name, file, text string
		want             error
		says             string
	}{
		{"no file", images, "", ErrLayout, "t10k-images-idx3-ubyte"},
		{"header cut off", images, string(whole[:9]), ErrDigits, "header"},
		{"pixels cut off", images, string(whole[:len(whole)-1]), ErrDigits, "cut off"},
		{"gzip cut off", images, string(short[:len(short)/2]), ErrDigits, "cut off"},
		{"gzip damaged", images, "\x1f\x8b\x07", ErrDigits, images},
		{"too long", images, string(whole) + "x", ErrDigits, "goes on"},
		{"another form", images, "P5 28 28 255\n    ", ErrDigits, "begins with"},
		{"labels for pictures", images, string(idx(l, 300)), ErrDigits, "0x00000801"},
		{"another size", images, string(idx(p, 300, 14, 56)), ErrDigits, "[14 56]"},
		{"no digit", images, string(idx(nil, 0, 28, 28)), ErrDigits, "holds 0"},
		{"more than there can be", images, string(idx(p, 1<<31, 28, 28)), ErrDigits, "2147483648"},
		{"labels missing", labels, string(idx(l[:299], 299)), ErrCount, "299"},
		{"no such label", labels, string(idx(tall, 300)), ErrDigits, "label 10 of digit 7"},
		{"only threes", labels, string(idx(bytes.Repeat([]byte{3}, 300), 300)), ErrDigits, "digits other than 3"},
		{"no three", labels, string(idx(make([]byte, 300), 300)), ErrDigits, "0 others"},
	} {
		root := fakeMNIST(t)
		if err := os.Remove(root + c.file); err != nil {
			t.Fatal(err)
		}
		if c.text != "" {
			write(t, root+c.file, c.text)
		}
		_, err := OpenIRMNIST(root, 1)
		name, _, _ := strings.Cut(filepath.Base(c.file), ".")
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; want %v naming %s, saying %s", c.name, err, c.want, name, c.says)
		}
	}
	if _, err := OpenIRMNIST("/no/such/folder", 1); !errors.Is(err, ErrLayout) || !strings.Contains(err.Error(), "/no/such/folder") {
		t.Errorf("no folder: %v", err)
	}
}

func FuzzIDX(f *testing.F) {
	p, l := fakeDigits(2)
	f.Add(idx(p, 2, 28, 28))
	f.Add(idx(l, 2))
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(idx(l, 2)) // into memory
	_ = z.Close()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, shape := range [][]int{{28, 28}, nil} {
			items, err := parseIDX(bytes.NewReader(text), shape...)
			if err != nil {
				continue
			}
			each := 1
			for _, side := range shape {
				each *= side
			}
			n := len(items) / each
			if n < 1 || len(items) != n*each {
				t.Fatalf("%d bytes of items", len(items))
			}
			dims := []uint32{uint32(n)}
			for _, side := range shape {
				dims = append(dims, uint32(side))
			}
			if plain := idx(items, dims...); len(text) < 2 || text[0] != 0x1f && !bytes.Equal(plain, text) {
				t.Fatal("read differs from what is written")
			}
		}
	})
}

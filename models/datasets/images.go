package datasets

import (
	"fmt"
	"image"
	_ "image/jpeg" // decoders by their signature
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "golang.org/x/image/bmp"  // of the published UCSD masks
	_ "golang.org/x/image/tiff" // of the published UCSD frames

	"avid/models/luma"
)

var imageEndings = []string{".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}

// maxPixels bounds what a picture's header may ask for.
const maxPixels = 1 << 26

// listImages lists the pictures of a folder in natural order (frame2 before
// frame10); hidden files are none.
func listImages(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("pictures: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && hasEnding(e.Name(), imageEndings) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	sortNatural(files, func(s string) string { return s })
	return files, nil
}

// ReadGray reads a picture's luma into dst, which is reused when it is large
// enough; its range is full. JPEG luma is taken as stored; colours are weighted as
// avidfilter weights RGB: by luma.MatrixFor. The error wraps ErrImage and names the
// file.
func ReadGray(path string, dst []byte) (gray []byte, w, h int, err error) {
	img, err := ReadImage(path)
	if err != nil {
		return nil, 0, 0, err
	}
	w, h = img.Bounds().Dx(), img.Bounds().Dy()
	if cap(dst) < w*h {
		dst = make([]byte, w*h)
	}
	dst = dst[:w*h]
	toGray(dst, img)
	return dst, w, h, nil
}

// ReadImage reads a picture. The error wraps ErrImage and names the file.
func ReadImage(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImage, err)
	}
	defer f.Close()
	head, _, err := image.DecodeConfig(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrImage, err)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxPixels/head.Height {
		return nil, fmt.Errorf("%s: %w: size %dx%d", path, ErrImage, head.Width, head.Height)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrImage, err)
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrImage, err)
	}
	return img, nil
}

// toGray writes the luma of img to dst, row by row.
func toGray(dst []byte, img image.Image) {
	b := img.Bounds()
	w := b.Dx()
	weigh := weightsFor(b.Dy())
	for y := range b.Dy() {
		row := dst[y*w : (y+1)*w]
		switch m := img.(type) {
		case *image.YCbCr:
			copy(row, m.Y[m.YOffset(b.Min.X, b.Min.Y+y):])
		case *image.Gray:
			copy(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.NRGBA:
			weigh.packed(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.RGBA:
			weigh.packed(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		default:
			for x := range row {
				red, green, blue, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA() // of 16 bits
				row[x] = byte((weigh[0]*red + weigh[1]*green + weigh[2]*blue + 1<<15) >> 24)
			}
		}
	}
}

// weights of R, G and B in luma, in 1/65536.
type weights [3]uint32

// weightsFor are those of a picture of the given height.
func weightsFor(height int) weights {
	red, blue := luma.MatrixFor(height).Exact()
	r, b := uint32(red*65536+0.5), uint32(blue*65536+0.5)
	return weights{r, 65536 - r - b, b}
}

// packed takes the luma of pixels of four bytes R, G, B, A.
func (w weights) packed(row, pix []byte) {
	for x := range row {
		p := pix[4*x : 4*x+3 : 4*x+3]
		row[x] = byte((w[0]*uint32(p[0]) + w[1]*uint32(p[1]) + w[2]*uint32(p[2]) + 1<<15) >> 16)
	}
}

// folderReader reads a folder of pictures as a clip.
type folderReader struct {
	files []string
	rate  float64
	next  int
	buf   []byte
	w, h  int
}

// Next implements Reader. All pictures must be of one size.
func (r *folderReader) Next() (Picture, error) {
	if r.next >= len(r.files) {
		return Picture{}, io.EOF
	}
	path := r.files[r.next]
	buf, w, h, err := ReadGray(path, r.buf)
	if err != nil {
		return Picture{}, err
	}
	r.buf = buf
	if r.next > 0 && (w != r.w || h != r.h) {
		return Picture{}, fmt.Errorf("%s: %w: %dx%d, but the clip is %dx%d", path, ErrImage, w, h, r.w, r.h)
	}
	r.w, r.h = w, h
	pts := time.Duration(float64(r.next) / r.rate * float64(time.Second))
	r.next++
	return Picture{Gray: buf, Width: w, Height: h, PTS: pts}, nil
}

// Close implements Reader.
func (r *folderReader) Close() error { return nil }

// sortNatural sorts by name with numbers in it compared as numbers.
func sortNatural[T any](s []T, name func(T) string) {
	slices.SortFunc(s, func(a, b T) int { return compareNatural(name(a), name(b)) })
}

func compareNatural(a, b string) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		if digit(a[i]) && digit(b[j]) {
			na, nb := number(a[i:]), number(b[j:])
			i, j = i+len(na), j+len(nb)
			na, nb = strings.TrimLeft(na, "0"), strings.TrimLeft(nb, "0")
			if len(na) != len(nb) {
				return len(na) - len(nb)
			}
			if c := strings.Compare(na, nb); c != 0 {
				return c
			}
			continue
		}
		if a[i] != b[j] {
			return int(a[i]) - int(b[j])
		}
		i, j = i+1, j+1
	}
	if c := (len(a) - i) - (len(b) - j); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// number is the leading digits of s.
func number(s string) string {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	return s[:n]
}

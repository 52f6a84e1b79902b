package datasets

import (
	"fmt"
	"image"
	"image/color"
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
// enough. JPEG luma is taken as stored; colours are weighted by BT.601. The
// error wraps ErrImage and names the file.
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
	luma(dst, img)
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

// luma writes the luma of img to dst, row by row.
func luma(dst []byte, img image.Image) {
	b := img.Bounds()
	w := b.Dx()
	for y := range b.Dy() {
		row := dst[y*w : (y+1)*w]
		switch m := img.(type) {
		case *image.YCbCr:
			copy(row, m.Y[m.YOffset(b.Min.X, b.Min.Y+y):])
		case *image.Gray:
			copy(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.NRGBA:
			packed(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.RGBA:
			packed(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		default:
			for x := range row {
				row[x] = color.GrayModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y
			}
		}
	}
}

// packed takes the luma of pixels of four bytes R, G, B, A.
func packed(row, pix []byte) {
	for x := range row {
		p := pix[4*x : 4*x+3 : 4*x+3]
		row[x] = byte((19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 1<<15) >> 16)
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

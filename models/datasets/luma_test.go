package datasets

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"avid/models/luma"
)

// TestReadGrayMatrix: the colours of a picture are weighted by its height, as
// avidfilter weights RGB of that height, in every form that a picture is kept in.
func TestReadGrayMatrix(t *testing.T) {
	pixel := color.NRGBA{R: 255, G: 10, B: 90, A: 255}
	for height, want := range map[int]byte{576: 92, 577: 68} { // BT.601 and BT.709 by hand
		whole := image.Rect(0, 0, 2, height)
		forms := map[string]interface {
			image.Image
			Set(x, y int, c color.Color)
		}{
			"8 bit": image.NewNRGBA(whole), "16 bit": image.NewNRGBA64(whole), "palette": image.NewPaletted(whole, color.Palette{pixel}),
		}
		for name, img := range forms {
			for y := range height {
				img.Set(0, y, pixel)
				img.Set(1, y, pixel)
			}
			path := filepath.Join(t.TempDir(), "picture.png")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
				t.Fatal(err)
			}
			gray, w, h, err := ReadGray(path, nil)
			if err != nil || w != 2 || h != height {
				t.Fatalf("%dx%d, %v", w, h, err)
			}
			for i, v := range gray {
				if v != want {
					t.Fatalf("%s of %d lines: pixel %d is %d, want %d", name, height, i, v, want)
				}
			}
			// The filter rounds the weights to 1/256.
			s, err := luma.NewScaler(luma.RGB(3, 0, 1, 2, luma.MatrixFor(height)), luma.Full, 1, 1, 1, 1)
			if err != nil {
				t.Fatal(err)
			}
			var filter [1]byte
			if err := s.Scale(filter[:], []byte{pixel.R, pixel.G, pixel.B}, 3); err != nil || filter[0]+1 < want || filter[0] > want+1 {
				t.Errorf("%d lines: the filter has %d, the tool %d, %v", height, filter[0], want, err)
			}
		}
	}
}

//go:build !nogst

package video

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"

	"avid/models/datasets"
)

// folderStream gives a folder of pictures: as Y, U and V where the first is a JPEG
// picture in colour, so that its luma is the bytes that training takes, else as RGBx.
type folderStream struct {
	files []string
	at    int
	raw   Raw
	rgba  *image.RGBA
	yuv   *image.YCbCr // nil: RGBx is given
}

// jpegColour is the colorimetry of JPEG pictures (JFIF 1.02): full range, BT.601.
const jpegColour = "1:4:0:0"

func openFolder(c *datasets.Clip) (Stream, error) {
	files, err := c.Files()
	if err != nil {
		return nil, err
	}
	img, err := datasets.ReadImage(files[0])
	if err != nil {
		return nil, err
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	rate := c.Rate
	if rate <= 0 {
		rate = datasets.DefaultRate
	}
	whole := image.Rect(0, 0, w, h)
	s := &folderStream{files: files, raw: Packed("RGBx", w, h, 4, rate), rgba: image.NewRGBA(whole)}
	if _, ok := img.(*image.YCbCr); ok {
		s.yuv = image.NewYCbCr(whole, image.YCbCrSubsampleRatio444)
		s.raw = Raw{Format: "Y444", Width: w, Height: h, Colorimetry: jpegColour, Rate: rate,
			Strides: []int{w, w, w}, Offsets: []int{0, w * h, 2 * w * h}, Size: 3 * w * h}
	}
	return s, nil
}

func (s *folderStream) Raw() Raw     { return s.raw }
func (s *folderStream) Close() error { return nil }

func (s *folderStream) Next(w io.Writer) error {
	if s.at >= len(s.files) {
		return io.EOF
	}
	path := s.files[s.at]
	img, err := datasets.ReadImage(path)
	if err != nil {
		return err
	}
	if b := img.Bounds(); b.Dx() != s.raw.Width || b.Dy() != s.raw.Height {
		return fmt.Errorf("%s: %w: %dx%d, but the clip is %dx%d", path, datasets.ErrImage, b.Dx(), b.Dy(), s.raw.Width, s.raw.Height)
	}
	s.at++
	if s.yuv == nil {
		draw.Draw(s.rgba, s.rgba.Bounds(), img, img.Bounds().Min, draw.Src)
		_, err = w.Write(s.rgba.Pix)
		return err
	}
	s.split(img)
	for _, plane := range [][]byte{s.yuv.Y, s.yuv.Cb, s.yuv.Cr} {
		if _, err := w.Write(plane); err != nil {
			return err
		}
	}
	return nil
}

// split fills the planes: with those of a JPEG picture as they are, chroma being
// repeated where pixels share it, and with what others are in JPEG's own terms.
func (s *folderStream) split(img image.Image) {
	least := img.Bounds().Min
	from, jpeg := img.(*image.YCbCr)
	for y := range s.raw.Height {
		for x := range s.raw.Width {
			i := y*s.raw.Width + x
			if jpeg {
				c := from.COffset(least.X+x, least.Y+y)
				s.yuv.Y[i], s.yuv.Cb[i], s.yuv.Cr[i] = from.Y[from.YOffset(least.X+x, least.Y+y)], from.Cb[c], from.Cr[c]
				continue
			}
			r, g, b, _ := img.At(least.X+x, least.Y+y).RGBA()
			s.yuv.Y[i], s.yuv.Cb[i], s.yuv.Cr[i] = color.RGBToYCbCr(byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
}

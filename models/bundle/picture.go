package bundle

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// maxThumbnail is the most bytes that a picture of the scene may have.
const maxThumbnail = 32 << 20

// checkThumbnail tells whether the picture of the scene, where there is one, is a
// PNG of the model's size, without decoding more than its head. The error is
// ErrManifest.
func (b *Bundle) checkThumbnail() error {
	if len(b.Thumbnail) == 0 {
		return nil
	}
	if len(b.Thumbnail) > maxThumbnail {
		return badField("parts", fmt.Sprintf("%s of %d bytes", ThumbnailPart, len(b.Thumbnail)), fmt.Sprintf("%d at most", maxThumbnail))
	}
	c, err := png.DecodeConfig(bytes.NewReader(b.Thumbnail))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrManifest, ThumbnailPart, err)
	}
	if c.Width != b.Manifest.Width || c.Height != b.Manifest.Height {
		return badField("parts", fmt.Sprintf("%s of %dx%d pixels", ThumbnailPart, c.Width, c.Height), fmt.Sprintf("the model's %dx%d (width × height)", b.Manifest.Width, b.Manifest.Height))
	}
	return nil
}

// Picture is the picture of the bundle's scene, grey, of the model's size: its still
// background, or in bundles of before one of its frames. It is nil where there is
// none. The error is ErrManifest.
func (b *Bundle) Picture() (*image.Gray, error) {
	if len(b.Thumbnail) == 0 {
		return nil, nil
	}
	if err := b.checkThumbnail(); err != nil {
		return nil, err
	}
	img, err := png.Decode(bytes.NewReader(b.Thumbnail))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrManifest, ThumbnailPart, err)
	}
	grey := image.NewGray(image.Rect(0, 0, b.Manifest.Width, b.Manifest.Height))
	for y := range grey.Rect.Dy() {
		for x := range grey.Rect.Dx() {
			grey.Pix[y*grey.Stride+x] = color.GrayModel.Convert(img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y)).(color.Gray).Y
		}
	}
	return grey, nil
}

// Background is the pixels of Picture; nil where there is none that can be used.
func (b *Bundle) Background() []byte {
	img, err := b.Picture()
	if err != nil || img == nil {
		return nil
	}
	return img.Pix
}

// SetPicture makes h·w grey bytes the picture of the scene.
func (b *Bundle) SetPicture(pix []byte) (err error) {
	if n := b.Manifest.Height * b.Manifest.Width; len(pix) != n {
		return badField("parts", fmt.Sprintf("a picture of %d bytes", len(pix)), fmt.Sprintf("%d", n))
	}
	b.Thumbnail, err = EncodePicture(pix, b.Manifest.Width)
	return err
}

// EncodePicture is a grey picture of rows of w bytes as PNG.
func EncodePicture(pix []byte, w int) ([]byte, error) {
	var text bytes.Buffer
	if err := png.Encode(&text, &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, len(pix)/w)}); err != nil {
		return nil, fmt.Errorf("bundle: encoding a picture: %w", err)
	}
	return text.Bytes(), nil
}

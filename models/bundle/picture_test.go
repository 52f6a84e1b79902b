package bundle

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func TestPicture(t *testing.T) {
	b := small()
	pix := make([]byte, 32*48)
	for i := range pix {
		pix[i] = byte(i)
	}
	if err := b.SetPicture(pix); err != nil {
		t.Fatal(err)
	}
	got, err := b.Picture()
	if err != nil || got.Rect.Dx() != 48 || got.Rect.Dy() != 32 || !bytes.Equal(got.Pix, pix) {
		t.Errorf("%v, %v", got, err)
	}
	if err := b.SetPicture(pix[1:]); err == nil {
		t.Error("a picture of another size is taken")
	}
	b.Thumbnail = nil
	if got, err := b.Picture(); got != nil || err != nil {
		t.Errorf("without a picture: %v, %v", got, err)
	}
}

// TestForeignPicture: what lies in the place of the picture is refused unless it is
// a PNG of the model's size, before anything of it is decoded.
func TestForeignPicture(t *testing.T) {
	encoded := func(img image.Image) []byte {
		var text bytes.Buffer
		if err := png.Encode(&text, img); err != nil {
			t.Fatal(err)
		}
		return text.Bytes()
	}
	colour := image.NewRGBA(image.Rect(0, 0, 48, 32))
	colour.Set(1, 0, color.RGBA{R: 255, A: 255})
	whole := encoded(colour)
	for name, c := range map[string]struct {
		text []byte
		ok   bool
	}{
		"in colour": {whole, true}, "no PNG": {[]byte("GIF89a"), false}, "a script": {[]byte("<svg onload=alert(1)>"), false},
		"larger": {encoded(image.NewGray(image.Rect(0, 0, 48, 33))), false}, "cut off": {whole[:20], false},
	} {
		b := small()
		b.Thumbnail = c.text
		var out bytes.Buffer
		if err := b.Write(&out); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := small()
	b.Thumbnail = whole
	if got, err := b.Picture(); err != nil || got.Pix[1] != 76 {
		t.Errorf("red is %d, %v", got.Pix[1], err)
	}
	b.Thumbnail = whole[:len(whole)-20] // its head is right
	if _, err := b.Picture(); !errors.Is(err, ErrManifest) {
		t.Errorf("cut off: %v", err)
	}
}

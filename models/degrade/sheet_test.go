package degrade

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"slices"
	"testing"
	"time"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"avid/models/synth"
)

var update = flag.Bool("update", false, "write the picture in docs/ anew")

// sheetFile shows each kind; docs/weather.md has it.
const sheetFile = "../../docs/weather.png"

// TestSheet: the picture in the documentation shows what the kinds are now.
func TestSheet(t *testing.T) {
	got := sheet(t)
	if *update {
		f, err := os.Create(sheetFile)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, got); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(sheetFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != got.Bounds() {
		t.Fatalf("%s is of %v, want %v: write it anew with -update", sheetFile, want.Bounds(), got.Bounds())
	}
	for i, v := range got.Pix {
		x, y := i%got.Stride, i/got.Stride
		if w := color.GrayModel.Convert(want.At(x, y)).(color.Gray).Y; max(int(w)-int(v), int(v)-int(w)) > 3 {
			t.Fatalf("%s shows something else at %d, %d: write it anew with -update", sheetFile, x, y)
		}
	}
}

// sheet is a frame of the walkway as it is and by each kind.
func sheet(t *testing.T) *image.Gray {
	t.Helper()
	c := synth.DefaultConfig()
	c.Frames, c.Irregular = 91, []synth.Kind{synth.Cart}
	s, err := synth.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var f synth.Frame
	if err := s.Render(90, &f); err != nil {
		t.Fatal(err)
	}
	const columns, gap, line = 4, 8, 18
	const at = 12600 * time.Millisecond // everything that comes and goes is there
	w, h := c.Width*2/3, c.Height*2/3
	var shown []Kind
	for _, k := range Kinds() {
		if !k.Coder {
			shown = append(shown, k)
		}
	}
	rows := (len(shown) + columns) / columns
	out := image.NewGray(image.Rect(0, 0, columns*(w+gap)+gap, rows*(h+gap+line)+gap))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i := range 1 + len(shown) {
		name, gray := "as it is", slices.Clone(f.Gray)
		if i > 0 {
			k := shown[i-1]
			d, err := New(k, k.Usual, c.Height, c.Width, 1)
			if err != nil {
				t.Fatal(err)
			}
			d.Frame(gray, at)
			name = fmt.Sprintf("%s=%g", k.Name, k.Usual)
		}
		x, y := gap+i%columns*(w+gap), gap+i/columns*(h+gap+line)
		cell := &image.Gray{Pix: gray, Stride: c.Width, Rect: image.Rect(0, 0, c.Width, c.Height)}
		xdraw.ApproxBiLinear.Scale(out, image.Rect(x, y, x+w, y+h), cell, cell.Rect, draw.Src, nil)
		text := font.Drawer{Dst: out, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(x, y+h+13)}
		text.DrawString(name)
	}
	return out
}

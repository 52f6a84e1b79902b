package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"avid/models/eval"
)

func TestWritePNG(t *testing.T) {
	p, err := Timeline(eval.Timeline{Clip: "03", Scores: []float32{1, 2}, Irregular: []bool{false, true}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, p, ".PNG", 300, 150); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X != 800 || size.Y != 400 {
		t.Errorf("300 x 150 points are %v pixels, want 800 x 400", size)
	}
	colors := map[[3]uint8]int{}
	for y := range 400 {
		for x := range 800 {
			r, g, b, _ := img.At(x, y).RGBA()
			colors[[3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}]++
		}
	}
	if colors[[3]uint8{paleOrange.R, paleOrange.G, paleOrange.B}] < 10000 || colors[[3]uint8{blue.R, blue.G, blue.B}] < 100 {
		t.Error("the picture has no shade or no line")
	}
}

// TestWriteSVG: names come from users and must not break the text.
func TestWriteSVG(t *testing.T) {
	p, err := ROC([]eval.NamedCurve{curve(t, "I ∩ D", true, false, true, false)}, "\"<&>\" of\x01\n\xfflawn")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, p, ".svg", ROCWidth, ROCHeight(2)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), fontsOf) || strings.Contains(b.String(), fontOf) {
		t.Error("SVG names one font alone")
	}
	var texts []string
	elements := map[string]int{}
	for d := xml.NewDecoder(&b); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			elements[tok.Name.Local]++
		case xml.CharData:
			texts = append(texts, string(tok))
		}
	}
	all := strings.Join(texts, "|")
	if elements["svg"] != 1 || elements["path"] < 10 || !strings.Contains(all, "\"<&>\" of\ufffd\ufffd\ufffdlawn") || !strings.Contains(all, "I ∩ D") {
		t.Errorf("elements %v, text %q", elements, all)
	}
}

func TestWriteRefuses(t *testing.T) {
	p, err := Timeline(eval.Timeline{Scores: []float32{1}, Irregular: []bool{true}})
	if err != nil {
		t.Fatal(err)
	}
	nan := vg.Length(nan)
	for name, c := range map[string]struct {
		ending string
		w, h   vg.Length
		want   error
	}{
		"other form": {".pdf", 100, 100, ErrFormat},
		"no form":    {"", 100, 100, ErrFormat},
		"flat":       {".png", 100, 0, ErrSize},
		"negative":   {".svg", -1, 100, ErrSize},
		"NaN":        {".svg", nan, 100, ErrSize},
		"huge":       {".png", 100, 7201, ErrSize},
	} {
		var b bytes.Buffer
		if err := Write(&b, p, c.ending, c.w, c.h); !errors.Is(err, c.want) || b.Len() > 0 {
			t.Errorf("%s: %v, want %v; %d bytes", name, err, c.want, b.Len())
		}
	}
	for _, ending := range []string{".png", ".svg"} {
		if err := Write(failing{}, p, ending, 100, 100); !errors.Is(err, errFull) {
			t.Errorf("%s to a full disk: %v", ending, err)
		}
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

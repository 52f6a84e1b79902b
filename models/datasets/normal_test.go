package datasets

import (
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOpenNormal(t *testing.T) {
	root, plain := ours(t), ours(t)
	write(t, root+"/mixed/a.mp4", "")
	put(t, root+"/mixed/b/1.png", 4, 4, 0, false)
	put(t, root+"/both/1.png", 4, 4, 0, false)
	put(t, root+"/both/sub/1.png", 4, 4, 0, false)
	if err := os.Mkdir(root+"/empty", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, want string
		err        error
		says       string
	}{
		{path: root + "/train", want: "01"},
		{path: root + "/test/05", want: "05"},
		{path: root + "/mixed", want: "a b"},
		{path: root + "/mixed/a.mp4", want: "a"},
		{path: "rtsp://user:password@camera/1", want: "rtsp://camera"},
		{path: root + "/both", err: ErrLayout, says: "both"},
		{path: root + "/empty", err: ErrEmpty, says: "expected pictures"},
		{path: plain, err: ErrEmpty, says: "did you mean " + filepath.Join(plain, "train")},
		{path: root + "/nothing", err: os.ErrNotExist, says: "nothing"},
		{path: root + "/mixed/b/1.png", err: ErrLayout, says: "single picture"},
	} {
		clips, err := OpenNormal(c.path)
		if !errors.Is(err, c.err) || (err != nil && !strings.Contains(err.Error(), c.says)) || names(clips) != c.want {
			t.Errorf("%s: clips %q, error %v; want %q, %v saying %q", c.path, names(clips), err, c.want, c.err, c.says)
		}
	}
}

func TestParseRange(t *testing.T) {
	for _, c := range []struct {
		text string
		want Range
		bad  bool
	}{
		{text: ""}, {text: ":"}, {text: "0:500", want: Range{0, 500}}, {text: "500:", want: Range{500, 0}}, {text: ":7", want: Range{0, 7}},
		{text: "7", bad: true}, {text: "7:7", bad: true}, {text: "9:7", bad: true}, {text: "-1:7", bad: true}, {text: "a:b", bad: true}, {text: ":0", bad: true},
	} {
		got, err := ParseRange(c.text)
		if c.bad != errors.Is(err, ErrRange) || got != c.want {
			t.Errorf("ParseRange(%q) = %v, %v", c.text, got, err)
		}
	}
}

func TestPartOfARange(t *testing.T) {
	for _, c := range []struct{ whole, part, want Range }{
		{Range{}, Range{}, Range{}}, {Range{}, Range{3, 8}, Range{3, 8}}, {Range{10, 20}, Range{}, Range{10, 20}},
		{Range{10, 20}, Range{2, 5}, Range{12, 15}}, {Range{10, 20}, Range{2, 50}, Range{12, 20}}, {Range{10, 20}, Range{First: 4}, Range{14, 20}},
		{Range{First: 10}, Range{End: 5}, Range{10, 15}},
	} {
		if got := c.whole.Part(c.part); got != c.want {
			t.Errorf("%v of %v is %v, want %v", c.part, c.whole, got, c.want)
		}
	}
}

func TestRangeOfFolder(t *testing.T) {
	clips, err := OpenNormal(ours(t) + "/train")
	if err != nil {
		t.Fatal(err)
	}
	c := clips[0]
	c.Range = Range{First: 1}
	r, err := c.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := r.Next(); err != nil || p.PTS != 0 || p.Gray[0] < 39 || p.Gray[0] > 41 {
		t.Errorf("first frame of the range: %v, %v", p, err)
	}
	c.Range = Range{First: 3}
	if _, err := c.Open(nil); !errors.Is(err, ErrRange) || !strings.Contains(err.Error(), c.Path) {
		t.Errorf("range beyond the clip: %v", err)
	}
}

func TestNaturalOrder(t *testing.T) {
	got := []string{"f10", "f9", "f09", "a", "f1b", "f1", "f", "f001"}
	sortNatural(got, func(s string) string { return s })
	want := []string{"a", "f", "f001", "f1", "f1b", "f09", "f9", "f10"}
	if !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestLabelFiles(t *testing.T) {
	for _, c := range []struct {
		text string
		want []Span
		bad  bool
	}{
		{"clip,first,last\nA,60,152\n", []Span{{59, 151}}, false},
		{"a,5,90\nA, 140, 200\n", []Span{{4, 89}, {139, 199}}, false},
		{"A,,\n", []Span{{0, -1}}, false},
		{"A,0,0\n", []Span{{0, -1}}, false},
		{"A,0,5\n", nil, true}, {"A,9,5\n", nil, true}, {"A,x,5\n", nil, true}, {"A,1\n", nil, true}, {"A,1,99999999999999999999\n", nil, true},
	} {
		got, err := parseCSV([]byte(c.text))
		if c.bad != errors.Is(err, ErrLabels) || !slices.Equal(got["a"], c.want) {
			t.Errorf("%q: %v, %v; want %v", c.text, got, err, c.want)
		}
	}
	got, err := parseM([]byte("TestVideoFile{end+1}.gt_frame = [5:90 140:200, 7];\nTestVideoFile{ end+1 }.gt_frame=[];"))
	if err != nil || !slices.Equal(got[1], []Span{{4, 89}, {139, 199}, {6, 6}}) || got[2] == nil || len(got[2]) != 0 {
		t.Errorf("parseM: %v, %v", got, err)
	}
	if _, err := parseM([]byte("TestVideoFile{end+1}.gt_frame = [9:2];")); !errors.Is(err, ErrLabels) {
		t.Errorf("backward span: %v", err)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add([]byte("clip,a,b\nx,1,2\n"))
	f.Add([]byte("TestVideoFile{end+1}.gt_frame = [5:90, 140:200];"))
	f.Fuzz(func(t *testing.T, text []byte) {
		check := func(spans []Span) {
			for _, s := range spans {
				if s.First < 0 || s.Last < s.First && s != (Span{0, -1}) {
					t.Fatalf("span %v from %q", s, text)
				}
			}
		}
		if m, err := parseCSV(text); err == nil {
			for _, s := range m {
				check(s)
			}
		}
		if m, err := parseM(text); err == nil {
			for _, s := range m {
				check(s)
			}
		}
	})
}

func TestLumaOfColours(t *testing.T) {
	rect := image.Rect(3, 2, 7, 4) // not at the origin
	n, r, p := image.NewNRGBA(rect), image.NewRGBA(rect), image.NewPaletted(rect, color.Palette{color.Black, color.NRGBA{10, 200, 60, 255}})
	for y := 2; y < 4; y++ {
		for x := 3; x < 7; x++ {
			n.Set(x, y, color.NRGBA{10, 200, 60, 255})
			r.Set(x, y, color.NRGBA{10, 200, 60, 255})
			p.SetColorIndex(x, y, 1)
		}
	}
	want := color.GrayModel.Convert(color.NRGBA{10, 200, 60, 255}).(color.Gray).Y
	for _, img := range []image.Image{n, r, p} {
		dst := make([]byte, 8)
		toGray(dst, img)
		for i, v := range dst {
			if d := int(v) - int(want); d < -1 || d > 1 {
				t.Errorf("%T pixel %d: %d, want %d", img, i, v, want)
			}
		}
	}
}

package pixel

import (
	"errors"
	"strings"
	"testing"

	"avid/models/luma"
)

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		got, err := Parse(f.String())
		if err != nil || got != f || seen[f.String()] || !f.Valid() {
			t.Errorf("%d: %v, %v", f, got, err)
		}
		seen[f.String()] = true
	}
	if got := strings.Join(strings.Split(List(), ", "), " "); strings.Count(got, " ")+1 != len(All()) || !strings.HasPrefix(got, "I420 NV12 ") {
		t.Error(got)
	}
	if _, err := Parse("v210"); !errors.Is(err, luma.ErrFormat) || !strings.Contains(err.Error(), `"v210"`) || !strings.Contains(err.Error(), "YUY2") {
		t.Error(err)
	}
	for _, f := range []Format{Unknown, end, -1} {
		if f.Valid() || !strings.HasPrefix(f.String(), "format ") {
			t.Errorf("%d is %v", int(f), f)
		}
	}
}

// TestComponents holds what the other packages rely on.
func TestComponents(t *testing.T) {
	for _, f := range All() {
		bits, shift := f.Depth()
		word := 1
		if bits > 8 {
			word = 2
		}
		want := 3
		if f.Model() == Gray {
			want = 1
		}
		c := f.Components()
		if len(c) != want || bits+shift > 8*word || c[0].Plane != 0 || c[0].XSub != 0 || c[0].YSub != 0 {
			t.Errorf("%v: %d bits of %d, components %v", f, bits, 8*word, c)
		}
		for i, a := range c {
			if a.Offset+word > a.Stride || a.Plane > 2 {
				t.Errorf("%v: component %d is %+v", f, i, a)
			}
			for _, b := range c[:i] {
				if a.Plane == b.Plane && a.Offset == b.Offset && a.Stride == b.Stride {
					t.Errorf("%v: two components at %+v", f, a)
				}
			}
		}
	}
}

func TestShifted(t *testing.T) {
	for _, f := range All() {
		if f.Shifted(0) != f || f.Shifted(4) != f || f.Shifted(1).Shifted(3) != f {
			t.Errorf("%v becomes %v", f, f.Shifted(1))
		}
		// One pixel on, U and V of pairs have changed places, and luma has not.
		a, b := f.Components(), f.Shifted(1).Components()
		if a[0] != b[0] {
			t.Errorf("%v: luma at %+v and %+v", f, a[0], b[0])
		}
		if pairs := len(a) > 1 && a[1].Plane == 0 && a[1].XSub > 0; pairs != (f.Shifted(1) != f) || pairs && a[1].Offset != b[2].Offset {
			t.Errorf("%v: chroma at %+v and %+v", f, a[1:], b[1:])
		}
	}
}

func TestResolve(t *testing.T) {
	for name, c := range map[string]struct {
		format         string
		h              int
		values, matrix string
		want           luma.Range
		weights        luma.Matrix
	}{
		"video":              {"I420", 240, "", "", luma.Limited, luma.BT601},
		"HD video":           {"YUY2", 720, "", "", luma.Limited, luma.BT709},
		"10 bit":             {"P010_10LE", 576, "", "", luma.Limited, luma.BT601},
		"pictures":           {"I420", 240, "full", "bt601", luma.Full, luma.BT601},
		"HDR":                {"P010_10LE", 2160, "limited", "bt2020", luma.Limited, luma.BT2020},
		"grey":               {"GRAY8", 720, "", "", luma.Full, luma.BT709},
		"limited grey":       {"GRAY8", 720, "limited", "bt601", luma.Limited, luma.BT601},
		"RGB":                {"BGRx", 576, "full", "", luma.Full, luma.BT601},
		"HD RGB":             {"RGB", 577, "", "", luma.Full, luma.BT709},
		"studio RGB":         {"RGB", 576, "limited", "", luma.Limited, luma.BT601},
		"an old film":        {"NV12", 480, "limited", "fcc", luma.Limited, luma.FCC},
		"an old HD standard": {"NV12", 1080, "limited", "smpte240m", luma.Limited, luma.SMPTE240M},
	} {
		i, err := InfoOf(c.format, 100, c.h, c.values, c.matrix)
		if err != nil || i.Range != c.want || i.Matrix != c.weights || i.Width != 100 || i.Height != c.h {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
	if _, err := InfoOf("v210", 1, 1, "", ""); !errors.Is(err, luma.ErrFormat) {
		t.Error(err)
	}
	if _, err := InfoOf("I420", 1, 1, "narrow", ""); !errors.Is(err, luma.ErrFormat) {
		t.Error(err)
	}
	if _, err := (Info{Format: end}).Luma(); !errors.Is(err, luma.ErrFormat) {
		t.Error(err)
	}
}

func TestLuma(t *testing.T) {
	for name, c := range map[string]struct {
		info Info
		want luma.Format
	}{
		"a plane":      {Info{Format: NV21, Range: luma.Limited}, luma.Plane().In(luma.Limited)},
		"full range":   {Info{Format: Y444, Range: luma.Full}, luma.Plane()},
		"as usual":     {Info{Format: Y42B, Range: luma.Stored}, luma.Plane().In(luma.Limited)},
		"luma first":   {Info{Format: YVYU, Range: luma.Full}, luma.Interleaved(2, 0)},
		"luma second":  {Info{Format: VYUY, Range: luma.Limited}, luma.Interleaved(2, 1).In(luma.Limited)},
		"10 bit below": {Info{Format: I422Deep, Range: luma.Limited}, luma.Deep(10, 0).In(luma.Limited)},
		"10 bit above": {Info{Format: P010, Range: luma.Full}, luma.Deep(10, 6)},
		"RGB":          {Info{Format: BGRA, Height: 576}, luma.RGB(4, 2, 1, 0, luma.BT601)},
		"HD RGB":       {Info{Format: RGB, Height: 720}, luma.RGB(3, 0, 1, 2, luma.BT709)},
		"converted":    {Info{Format: GRAY8, Black: 16, White: 235}, luma.Plane().Between(16, 235)},
	} {
		if got, err := c.info.Luma(); err != nil || got != c.want {
			t.Errorf("%s: %+v, want %+v (%v)", name, got, c.want, err)
		}
	}
}

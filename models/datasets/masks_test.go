package datasets

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// masked writes three frames into the folder frames and three masks into the
// folder masks; the last frame is irregular. Either may be "".
func masked(t *testing.T, frames, masks string) {
	t.Helper()
	for k := range 3 {
		if frames != "" {
			put(t, fmt.Sprintf("%s/f%d.jpg", frames, k), 8, 6, byte(40*k), false)
		}
		if masks != "" {
			put(t, fmt.Sprintf("%s/m%d.png", masks, k), 8, 6, 0, k == 2)
		}
	}
}

func TestMasksLayouts(t *testing.T) {
	for _, c := range []struct {
		name        string
		lay         func(t *testing.T, root string)
		train, test string
	}{
		{"frames and masks", func(t *testing.T, r string) { masked(t, r+"/frames", r+"/masks") }, "", "SET"},
		{"images and Masks, with footage to learn from", func(t *testing.T, r string) {
			masked(t, r+"/Images", r+"/Masks")
			masked(t, r+"/Normal/monday", "")
			write(t, r+"/Normal/tuesday.mp4", "")
			write(t, r+"/masks/._m0.png", "resource fork")
		}, "monday tuesday", "SET"},
		{"pictures beside masks", func(t *testing.T, r string) { masked(t, r, r+"/masks"); masked(t, r+"/train", "") }, "train", "SET"},
		{"a video", func(t *testing.T, r string) { masked(t, "", r+"/masks"); write(t, r+"/gate.mp4", "") }, "", "gate"},
		{"a video and its folder of masks", func(t *testing.T, r string) { masked(t, "", r+"/masks/gate"); write(t, r+"/gate.mp4", "") }, "", "gate"},
		{"clips in both", func(t *testing.T, r string) {
			masked(t, r+"/frames/a10", r+"/masks/a10")
			masked(t, r+"/frames/a9", r+"/masks/A9")
			masked(t, "", r+"/masks/b")
			write(t, r+"/frames/b.mkv", "")
		}, "", "a9 a10 b"},
		{"videos", func(t *testing.T, r string) {
			for _, clip := range []string{"x", "y"} {
				masked(t, "", r+"/masks/"+clip)
				write(t, r+"/"+clip+".avi", "")
			}
			masked(t, r+"/normal", "")
		}, "normal", "x y"},
		{"folders of pictures", func(t *testing.T, r string) { masked(t, r+"/x", r+"/masks/x"); masked(t, r+"/y", r+"/masks/y") }, "", "x y"},
		{"a folder a clip", func(t *testing.T, r string) {
			masked(t, r+"/01/frames", r+"/01/masks")
			masked(t, r+"/02", r+"/02/masks")
			masked(t, "", r+"/03/masks")
			write(t, r+"/03/film.mp4", "")
			masked(t, r+"/04/frames/left", r+"/04/masks/left")
			masked(t, r+"/04/frames/right", r+"/04/masks/right")
			masked(t, r+"/train/01", "")
			masked(t, r+"/.cache", "")
		}, "01", "01 02 film 04/left 04/right"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "SET")
			c.lay(t, root)
			s, err := OpenMasks(root)
			if err != nil {
				t.Fatal(err)
			}
			if names(s.Train) != c.train || names(s.Test) != c.test {
				t.Errorf("clips %q and %q, want %q and %q", names(s.Train), names(s.Test), c.train, c.test)
			}
			for _, clip := range s.Test {
				n, err := clip.Frames()
				if err != nil || n != 3 {
					t.Fatalf("%s: %d frames, %v", clip.Name, n, err)
				}
				truth, err := clip.Truth(n)
				if err != nil || bits(truth.Irregular) != "001" {
					t.Errorf("%s: irregular %v, %v", clip.Name, truth, err)
				}
			}
		})
	}
}

func TestBrokenMasksNameTheFault(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, root string)
		want  error
		says  string
	}{
		{"no masks", func(_ *testing.T, r string) { os.RemoveAll(r + "/masks") }, ErrLayout, "expected masks/"},
		{"no frames", func(_ *testing.T, r string) { os.RemoveAll(r + "/frames") }, ErrEmpty, "expected masks/"},
		{"a mask missing", func(_ *testing.T, r string) { os.Remove(r + "/masks/a/m1.png") }, ErrCount, "3 frames and 2 masks"},
		{"a frame missing", func(_ *testing.T, r string) { os.Remove(r + "/frames/a/f1.jpg") }, ErrCount, "2 frames and 3 masks"},
		{"a clip's masks missing", func(_ *testing.T, r string) { os.RemoveAll(r + "/masks/b") }, ErrLayout, "masks/b"},
		{"a clip missing", func(_ *testing.T, r string) { os.RemoveAll(r + "/frames/b") }, ErrLayout, "masks/b"},
		{"no mask in it", func(t *testing.T, r string) { os.RemoveAll(r + "/masks/b"); write(t, r+"/masks/b/x.txt", "") }, ErrEmpty, "masks/b"},
		{"masks not by clip", func(t *testing.T, r string) { masked(t, "", r+"/masks") }, ErrLayout, "a folder of masks each"},
		{"nothing to learn from", func(t *testing.T, r string) { write(t, r+"/train/x.txt", "") }, ErrEmpty, "train"},
		{"two kinds of footage", func(t *testing.T, r string) { masked(t, r+"/train", ""); masked(t, r+"/normal", "") }, ErrLayout, "normal/"},
		{"a bare folder", func(t *testing.T, r string) {
			masked(t, r+"/1/frames", r+"/1/masks")
			os.RemoveAll(r + "/masks")
		}, ErrLayout, "frames: not laid out"},
	} {
		root := t.TempDir()
		masked(t, root+"/frames/a", root+"/masks/a")
		masked(t, root+"/frames/b", root+"/masks/b")
		c.spoil(t, root)
		_, err := OpenMasks(root)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), root) {
			t.Errorf("%s: %v; want %v saying %s", c.name, err, c.want, c.says)
		}
	}
	if _, err := OpenMasks("/no/such/folder"); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/no/such/folder") {
		t.Errorf("no folder: %v", err)
	}
}

// TestMasksOfAnotherSize: also where nothing is irregular.
func TestMasksOfAnotherSize(t *testing.T) {
	root := t.TempDir()
	masked(t, root+"/frames", root+"/masks")
	put(t, root+"/masks/m1.png", 6, 8, 0, false)
	s, err := OpenMasks(root)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := s.Test[0].Truth(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := truth.Fits(0, 8, 6); err != nil {
		t.Error(err)
	}
	if err := truth.Fits(1, 8, 6); !errors.Is(err, ErrCount) || !strings.Contains(err.Error(), "m1.png is 6x8, its frame 8x6") {
		t.Errorf("another size: %v", err)
	}
}

// TestReadMask: what counts as set in each form that masks come in.
func TestReadMask(t *testing.T) {
	dir := t.TempDir()
	deep := image.NewGray16(image.Rect(0, 0, 3, 2))
	deep.SetGray16(1, 0, color.Gray16{Y: 1}) // a label, black as luma
	deep.SetGray16(2, 1, color.Gray16{Y: 0xff00})
	flat := image.NewGray(image.Rect(0, 0, 3, 2))
	flat.Pix = []byte{0, 1, 0, 0, 0, 255}
	see := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	see.Set(1, 0, color.NRGBA{R: 255, A: 255})
	see.Set(2, 1, color.NRGBA{B: 90, A: 255})
	index := image.NewPaletted(image.Rect(0, 0, 3, 2), color.Palette{color.Black, color.NRGBA{128, 0, 0, 255}})
	index.Pix = []byte{0, 1, 0, 0, 0, 1}
	for name, img := range map[string]image.Image{"deep": deep, "flat": flat, "see-through": see, "index": index} {
		path := filepath.Join(dir, name+".png")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
			t.Fatal(err)
		}
		mask, size, err := readMask(path, []byte{9, 9})
		var set []int
		for i, m := range mask {
			if m != 0 {
				set = append(set, i)
			}
		}
		if err != nil || size != image.Pt(3, 2) || !slices.Equal(set, []int{1, 5}) {
			t.Errorf("%s: pixels %v of %v are set, %v", name, set, size, err)
		}
	}
	// A dot in a JPEG leaves grey around it that is no truth.
	put(t, dir+"/dot.jpg", 8, 8, 0, true)
	raw, _, _, err := ReadGray(dir+"/dot.jpg", nil)
	if err != nil {
		t.Fatal(err)
	}
	mask, _, err := readMask(dir+"/dot.jpg", nil)
	if err != nil {
		t.Fatal(err)
	}
	set := func(m byte) bool { return m != 0 }
	if n := slices.IndexFunc(mask, set); n != 9 || slices.IndexFunc(mask[10:], set) >= 0 {
		t.Errorf("mask %v from %v", mask, raw)
	}
}

package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sceneHead = "scene,clip,first,last,irregular_first,irregular_last"

// film makes a data set of UMN's form: 30 pictures, picture k (from 1) of grey
// 8k, in which the first row is bright where the caption stands.
func film(t *testing.T, table string) string {
	root := t.TempDir()
	for k := 1; k <= 30; k++ {
		put(t, fmt.Sprintf("%s/film/%04d.png", root, k), 8, 6, byte(8*k), false)
	}
	write(t, root+"/scenes.csv", table)
	return root
}

// seen reads a clip: the number of each picture and its size.
func seen(t *testing.T, c *Clip, open Opener) (numbers []int, w, h int) {
	t.Helper()
	r, err := c.Open(open)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return numbers, w, h
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Gray) != p.Width*p.Height {
			t.Fatalf("%d bytes of %dx%d", len(p.Gray), p.Width, p.Height)
		}
		numbers, w, h = append(numbers, int(p.Gray[0])/8), p.Width, p.Height
	}
}

func count(from, to int) (n []int) {
	for k := from; k <= to; k++ {
		n = append(n, k)
	}
	return n
}

func TestUMNLearnsBeforeAndJudgesTheRest(t *testing.T) {
	root := film(t, "# by hand\nclip,scene,use,first,last,irregular_first,irregular_last,top\n"+
		"1,lawn,train,1,10,8,10,2\n2,lawn,,11,18,15,17,2\n3,lawn,test,19,20,,,\n1,hall,Train,21,24,0,0,1\n2,hall,test,25,30,25,30,1\n")
	s, err := OpenUMN(root)
	if err != nil {
		t.Fatal(err)
	}
	if names(s.Train) != "lawn-1 hall-1" || names(s.Test) != "lawn-2 lawn-3 hall-2" {
		t.Fatalf("clips %q and %q", names(s.Train), names(s.Test))
	}
	for _, c := range []struct {
		clip      *Clip
		numbers   []int
		irregular string
		h         int
	}{
		{s.Train[0], count(1, 7), "0000000", 4}, // up to the frame before the first irregular one
		{s.Train[1], count(21, 24), "0000", 5},
		{s.Test[0], count(11, 18), "00001110", 4},
		{s.Test[1], count(19, 20), "00", 6},
		{s.Test[2], count(25, 30), "111111", 5},
	} {
		numbers, w, h := seen(t, c.clip, nil)
		if !slices.Equal(numbers, c.numbers) || w != 8 || h != c.h {
			t.Errorf("%s shows %v of %dx%d, want %v of 8x%d", c.clip.Name, numbers, w, h, c.numbers, c.h)
		}
		n, err := c.clip.Frames()
		if err != nil || n != len(c.numbers) {
			t.Errorf("%s has %d frames, %v; want %d", c.clip.Name, n, err, len(c.numbers))
		}
		truth, err := c.clip.Truth(n)
		if err != nil {
			t.Fatal(err)
		}
		if got := bits(truth.Irregular); got != c.irregular {
			t.Errorf("%s is irregular at %s, want %s", c.clip.Name, got, c.irregular)
		}
	}
}

func bits(b []bool) string {
	s := ""
	for _, v := range b {
		s += map[bool]string{false: "0", true: "1"}[v]
	}
	return s
}

// TestUMNCutsTheCaption: rows go at the top, those below stay as they are.
func TestUMNCutsTheCaption(t *testing.T) {
	root := t.TempDir()
	for k := 1; k <= 4; k++ {
		put(t, fmt.Sprintf("%s/%d.png", root, k), 8, 6, byte(10*k), true) // pixel 1,1 is the caption
	}
	write(t, root+"/scenes.csv", sceneHead+",top,use\na,1,1,2,,,2,train\na,2,3,4,4,4,2,test\n")
	s, err := OpenUMN(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(s.Train, s.Test...) {
		r, err := c.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Next()
		if err != nil || p.Height != 4 || slices.Contains(p.Gray, 255) {
			t.Errorf("%s: %dx%d %v, %v", c.Name, p.Width, p.Height, p.Gray, err)
		}
	}
	c := *s.Test[0]
	c.Top = 6
	r, err := c.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, ErrLayout) || !strings.Contains(err.Error(), root) {
		t.Errorf("no row left: %v", err)
	}
}

// TestUMNWithoutASplit: the first clip of each scene is learnt from. The film
// is a video, and the table one of a single scene.
func TestUMNWithoutASplit(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/Crowd-Activity-All.avi", "")
	write(t, root+"/hall.csv", "\ufeff"+sceneHead+"\nhall,1,3,9,8,9\nhall,2,10,12,12,12\n")
	s, err := OpenUMN(root + "/hall.csv")
	if err != nil {
		t.Fatal(err)
	}
	if names(s.Train) != "hall-1" || names(s.Test) != "hall-2" {
		t.Fatalf("clips %q and %q", names(s.Train), names(s.Test))
	}
	open := func(string) (Reader, error) { return &fakeVideo{n: 11}, nil }
	for _, want := range []struct {
		clip           *Clip
		first, n, told int
	}{{s.Train[0], 2, 5, 5}, {s.Test[0], 9, 2, 3}} { // the video ends a frame early
		r, err := want.clip.Open(open)
		if err != nil {
			t.Fatal(err)
		}
		for k := 0; ; k++ {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				if k != want.n {
					t.Errorf("%s: %d frames, want %d", want.clip.Name, k, want.n)
				}
				break
			}
			if err != nil || int(p.Gray[0]) != want.first+k {
				t.Fatalf("%s: frame %d is %v, %v", want.clip.Name, k, p.Gray, err)
			}
		}
		// What was read is told from what the table says.
		if n, err := want.clip.Frames(); err != nil || n != want.told {
			t.Errorf("%s should have %d frames, %v; want %d", want.clip.Name, n, err, want.told)
		}
	}
}

func TestBrokenUMNNamesTheFault(t *testing.T) {
	two := sceneHead + ",use\na,1,1,9,,,train\n"
	for _, c := range []struct {
		table, says string
		want        error
	}{
		{"", "no column scene", ErrLabels},
		{"scene,clip,first,last\n", "no column irregular_first", ErrLabels},
		{sceneHead + ",colour\n", `"colour"`, ErrLabels},
		{strings.ReplaceAll(sceneHead, ",", ";") + "\n", "separated by commas", ErrLabels},
		{sceneHead + ",clip\n", `"clip"`, ErrLabels},
		{sceneHead + "\n", "no clip", ErrLabels},
		{sceneHead + "\na,1,1,9\n", "wrong number of fields", ErrLabels},
		{two + "a,2,,,,,\n", "line 3: scene a, clip 2: the frames are to be filled in", ErrLabels},
		{two + ",2,10,12,,,\n", "line 3", ErrLabels},
		{two + "a,2,12,10,,,\n", "line 3", ErrLabels},
		{two + "a,2,0,10,,,\n", "line 3", ErrLabels},
		{two + "a,2,ten,12,,,\n", `"ten"`, ErrLabels},
		{two + "a,2,10,12,9,12,\n", "lie outside", ErrLabels},
		{two + "a,2,10,12,11,,\n", "line 3: irregular", ErrLabels},
		{two + "a,2,10,12,,,both\n", `"both"`, ErrLabels},
		{two + "a,1,10,12,,,\n", "line 2 already", ErrLabels},
		{two + "a,2,9,12,,,\n", "share some with line 2", ErrLabels},
		{two, "none is left to judge", ErrLabels},
		{sceneHead + ",use\na,1,1,9,1,9,train\na,2,10,12,,,test\n", "from its first frame", ErrLabels},
		{sceneHead + ",top\na,1,1,9,,,-3\n", `"-3"`, ErrLabels},
		{two + "a,2,10,31,,,\n", "line 3", ErrCount},
	} {
		root := film(t, c.table)
		_, err := OpenUMN(root)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "scenes.csv") {
			t.Errorf("%q: %v; want %v saying %s", c.table, err, c.want, c.says)
		}
	}
	root := film(t, two)
	write(t, root+"/second.mp4", "")
	if _, err := OpenUMN(root); !errors.Is(err, ErrLayout) || !strings.Contains(err.Error(), "second.mp4") {
		t.Errorf("two films: %v", err)
	}
	if err := errors.Join(os.Remove(root+"/second.mp4"), os.Remove(root+"/scenes.csv")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenUMN(root); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "scenes.csv") {
		t.Errorf("no table: %v", err)
	}
	if err := os.RemoveAll(root + "/film"); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenUMN(root); !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), root) {
		t.Errorf("no film: %v", err)
	}
	if _, err := OpenUMN(root + "/nowhere"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// TestUMNTemplate: the table to fill in is one of our form, and is refused
// until it is filled in.
func TestUMNTemplate(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "umn", "scenes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := parseScenes(text); !errors.Is(err, ErrLabels) || !strings.Contains(err.Error(), "filled in") {
		t.Errorf("as it is shipped: %v", err)
	}
	n := 0
	filled := strings.NewReplacer(",,,,,,", ",FIRST,LAST,,,,").Replace(string(text))
	for strings.Contains(filled, "FIRST") {
		filled = strings.Replace(strings.Replace(filled, "FIRST", fmt.Sprint(10*n+1), 1), "LAST", fmt.Sprint(10*n+10), 1)
		n++
	}
	scenes, split, err := parseScenes([]byte(filled))
	if err != nil || !split || len(scenes) != 11 {
		t.Errorf("filled in: %d clips, split %v, %v; UMN has 11", len(scenes), split, err)
	}
}

func FuzzScenes(f *testing.F) {
	f.Add([]byte(sceneHead + ",top,use\na,1,1,9,4,6,20,train\n"))
	f.Add([]byte("# x\nclip,scene,last,first,irregular_last,irregular_first\n\"1\",a,9,1,,\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		scenes, _, err := parseScenes(text)
		if err != nil {
			if !errors.Is(err, ErrLabels) {
				t.Fatalf("%v is no ErrLabels", err)
			}
			return
		}
		for i, s := range scenes {
			if s.span.First < 0 || s.span.Last < s.span.First || s.top < 0 {
				t.Fatalf("clip %+v from %q", s, text)
			}
			if s.irregular != (Span{0, -1}) && (s.irregular.First < s.span.First || s.irregular.Last > s.span.Last || s.irregular.Last < s.irregular.First) {
				t.Fatalf("irregular %+v from %q", s, text)
			}
			if s.clash(scenes[:i]) != nil {
				t.Fatalf("clips clash in %q", text)
			}
		}
	})
}

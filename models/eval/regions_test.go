package eval

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// zoom is how many truth pixels a character of a scene is high and wide.
const zoom = 4

// scene draws one frame: scores as digits, '.' is -Inf; truth as '#', each zoom
// x zoom pixels.
func scene(scores, truth []string) (s []float32, m []byte, h, w int) {
	for _, row := range scores {
		for _, c := range row {
			if c == '.' {
				s = append(s, -inf)
			} else {
				s = append(s, float32(c-'0'))
			}
		}
	}
	for _, row := range truth {
		var line []byte
		for _, c := range row {
			v := byte(0)
			if c == '#' {
				v = 255
			}
			line = append(line, bytes.Repeat([]byte{v}, zoom)...)
		}
		m = append(m, bytes.Repeat(line, zoom)...)
	}
	return s, m, len(scores), len(scores[0])
}

func TestRegionsByHand(t *testing.T) {
	type frame struct{ scores, truth []string }
	none := []string{"....", "....", "...."}
	one := []string{"##..", "##..", "...."}
	for _, c := range []struct {
		name       string
		frames     []frame
		rbdc, tbdc float64
	}{
		{"exactly", []frame{{[]string{"55..", "55..", "...."}, one}}, 1, 1},
		{"nothing marked", []frame{{none, one}}, 0, 0},
		{"a false region first: one a frame, so none of the area is left",
			[]frame{{[]string{"55.9", "55..", "...."}, one}}, 0, 0},
		{"the same over two frames", []frame{{[]string{"55.9", "55..", "...."}, one}, {none, none}}, 0.5, 0.5},
		{"a false region in a normal frame, later", []frame{{[]string{"55..", "55..", "...."}, one},
			{[]string{"3...", "....", "...."}, none}}, 1, 1},
		{"two false regions that touch at a corner are one", []frame{{[]string{"5..9", "5.9.", "...."}, one}, {none, none}}, 0.5, 0.5},
		// Intersection over union: 2 / (11 + 4 - 2), and 1 / (10 + 4 - 1).
		{"two thirteenths overlap", []frame{{[]string{".5555", ".5555", "..555"}, []string{"##...", "##...", "....."}}}, 1, 1},
		{"a thirteenth does not", []frame{{[]string{"..555", ".5555", "..555"}, []string{"##...", "##...", "....."}}}, 0, 0},
		// At 1 all is one region of 33 pixels, 3 of them true: 1/11 is too little,
		// so that the region is lost again; the envelope keeps it.
		{"lost again by growing together", []frame{{[]string{"999" + strings.Repeat("1", 30)}, []string{"###" + strings.Repeat(".", 30)}}}, 1, 1},
		// Region by region 1 of 2 found, at no false region; the second never.
		{"half of the regions", []frame{{[]string{"5....", "5....", "....."}, []string{"#...#", "#...#", "....."}}}, 0.5, 0.5},
		// One track of ten frames of which one is found: 10 % of its regions.
		{"a tenth of a track", append(repeat(9, frame{none, one}), frame{[]string{"55..", "55..", "...."}, one}), 0.1, 1},
		{"an eleventh of a track", append(repeat(10, frame{none, one}), frame{[]string{"55..", "55..", "...."}, one}), 1.0 / 11, 0},
		// At 9 two regions of a twentieth each are false, at 5 they are one of three
		// twentieths that is right.
		{"fewer false regions further down", []frame{{[]string{"959" + strings.Repeat(".", 17)}, []string{strings.Repeat("#", 20)}}}, 1, 1},
	} {
		var r Regions
		for _, f := range c.frames {
			s, m, h, w := scene(f.scores, f.truth)
			if err := r.Add(s, h, w, m, zoom*h, zoom*w); err != nil {
				t.Fatal(c.name, err)
			}
		}
		rbdc, tbdc, ok := r.Areas()
		if !ok || !near(rbdc, c.rbdc) || !near(tbdc, c.tbdc) {
			t.Errorf("%s: RBDC %v TBDC %v, want %v %v", c.name, rbdc, tbdc, c.rbdc, c.tbdc)
		}
	}
}

func repeat[T any](n int, v T) (list []T) {
	for range n {
		list = append(list, v)
	}
	return list
}

// TestTracks links regions over frames: moving on, falling apart, meeting, a
// frame without, and a cut.
func TestTracks(t *testing.T) {
	for _, c := range []struct {
		name   string
		frames []string // one row each; "|" is a cut
		tracks string   // of the regions, in order
	}{
		{"moves on", []string{"##.....", ".##....", "..##..."}, "0 0 0"},
		{"jumps", []string{"##.....", "...##.."}, "0 1"},
		{"falls apart", []string{"#####..", "##.##.."}, "0 0 0"},
		{"two meet, the larger's goes on", []string{"###.##.", "######.", "##...##"}, "0 1 0 0 0"},
		{"the first of equals", []string{"##.##..", "#####.."}, "0 1 0"},
		{"gone for a frame", []string{"##.....", ".......", "##....."}, "0 1"},
		{"cut", []string{"##.....", "|", "##....."}, "0 1"},
	} {
		var tr tracks
		var got []string
		for _, row := range c.frames {
			if row == "|" {
				tr.cut()
				continue
			}
			_, m, h, w := scene([]string{row}, []string{row})
			tr.next(m, zoom*h, zoom*w)
			for _, r := range tr.regions {
				got = append(got, string(rune('0'+r.track)))
			}
		}
		if strings.Join(got, " ") != c.tracks {
			t.Errorf("%s: tracks %v, want %s", c.name, got, c.tracks)
		}
	}
	var tr tracks
	ten := bytes.Repeat([]byte{1}, 10)
	tr.next(ten, 2, 5)
	tr.next(ten, 5, 2) // other pictures
	if len(tr.regions) != 1 || tr.regions[0].track != 1 {
		t.Errorf("linked over pictures of different size: %+v", tr.regions)
	}
	ten[4] = 0 // nine pixels
	if tr.next(ten, 2, 5); tr.regions[0].track != speck || tr.begun != 2 {
		t.Errorf("nine pixels are no speck: %+v", tr.regions)
	}
	ten[4] = 1
	if tr.next(ten, 2, 5); tr.regions[0].track != 2 {
		t.Errorf("continues a speck: %+v", tr.regions)
	}
}

// TestRegionsAgainstPainting: the areas against the plain definition, on random
// frames of a score grid coarser than truth, with equal scores and -Inf.
func TestRegionsAgainstPainting(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	const h, w, th, tw = 5, 6, 12, 14
	for n := range 60 {
		var regions Regions
		slow := reference{h: h, w: w, th: th, tw: tw}
		for range 2 + r.IntN(8) {
			s, m := make([]float32, h*w), make([]byte, th*tw)
			for i := range s {
				if s[i] = float32(r.IntN(2 + n%7)); r.IntN(5) == 0 {
					s[i] = -inf
				}
			}
			for range r.IntN(4) {
				x, y := r.IntN(tw-4), r.IntN(th-4)
				for d := range 6 + r.IntN(14) {
					m[(y+d/5)*tw+x+d%5] = 255
				}
			}
			if err := regions.Add(s, h, w, m, th, tw); err != nil {
				t.Fatal(err)
			}
			slow.add(s, m)
		}
		rbdc, tbdc, ok := regions.Areas()
		wantR, wantT, wantOK := slow.areas()
		if ok != wantOK || !near(rbdc, wantR) || !near(tbdc, wantT) {
			t.Fatalf("set %d: RBDC %v TBDC %v %v, by painting %v %v %v", n, rbdc, tbdc, ok, wantR, wantT, wantOK)
		}
	}
}

// reference is RBDC and TBDC by painting each threshold and flooding.
type reference struct {
	h, w, th, tw int
	scores       [][]float32
	truth        [][]map[int]bool // by frame, its regions as sets of truth pixels
	track        [][]int
	sizes        []int
}

func (f *reference) add(s []float32, m []byte) {
	marked := map[int]bool{}
	for i, v := range m {
		if v != 0 {
			marked[i] = true
		}
	}
	sets := f.flood(marked)
	ids := make([]int, len(sets))
	for k, set := range sets {
		if len(set) < 10 {
			ids[k] = -1
			continue
		}
		ids[k] = len(f.sizes)
		if last := len(f.truth) - 1; last >= 0 {
			best := 0
			for p, old := range f.truth[last] {
				if n := common(set, old); n > best && len(old) >= 10 {
					best, ids[k] = n, f.track[last][p]
				}
			}
		}
		if ids[k] == len(f.sizes) {
			f.sizes = append(f.sizes, 0)
		}
		f.sizes[ids[k]]++
	}
	f.scores, f.truth, f.track = append(f.scores, s), append(f.truth, sets), append(f.track, ids)
}

func common(a, b map[int]bool) (n int) {
	for i := range a {
		if b[i] {
			n++
		}
	}
	return n
}

// flood parts a set into 8-connected ones, by their first pixel.
func (f *reference) flood(set map[int]bool) (parts []map[int]bool) {
	seen := map[int]bool{}
	var take func(i int, part map[int]bool)
	take = func(i int, part map[int]bool) {
		if !set[i] || seen[i] {
			return
		}
		seen[i], part[i] = true, true
		for d := range 9 {
			y, x := i/f.tw+d/3-1, i%f.tw+d%3-1
			if y >= 0 && y < f.th && x >= 0 && x < f.tw {
				take(y*f.tw+x, part)
			}
		}
	}
	for i := range f.th * f.tw {
		if set[i] && !seen[i] {
			part := map[int]bool{}
			take(i, part)
			parts = append(parts, part)
		}
	}
	return parts
}

// at judges the whole set at one threshold.
func (f *reference) at(t float32) (wrong, found, foundTracks, all int) {
	inTrack := make([]int, len(f.sizes))
	for k, s := range f.scores {
		marked := map[int]bool{}
		for i := range f.th * f.tw {
			cy := int((float64(i/f.tw) + 0.5) * float64(f.h) / float64(f.th))
			cx := int((float64(i%f.tw) + 0.5) * float64(f.w) / float64(f.tw))
			if s[cy*f.w+cx] >= t {
				marked[i] = true
			}
		}
		hit := map[int]bool{}
		for _, part := range f.flood(marked) {
			right := false
			for r, set := range f.truth[k] {
				n := common(part, set)
				if 10*n >= len(part)+len(set)-n {
					hit[r], right = true, true
				}
			}
			if !right {
				wrong++
			}
		}
		for r, id := range f.track[k] {
			if id < 0 {
				continue
			}
			all++
			if hit[r] {
				found++
				inTrack[id]++
			}
		}
	}
	for k, n := range inTrack {
		if 10*n >= f.sizes[k] {
			foundTracks++
		}
	}
	return wrong, found, foundTracks, all
}

func (f *reference) areas() (rbdc, tbdc float64, ok bool) {
	n := len(f.scores)
	for limit := range n {
		bestR, bestT := 0.0, 0.0
		for t := float32(-1); t < 10; t++ {
			wrong, found, foundTracks, all := f.at(t)
			if all == 0 {
				return 0, 0, false
			}
			if wrong <= limit {
				bestR = max(bestR, float64(found)/float64(all))
				bestT = max(bestT, float64(foundTracks)/float64(len(f.sizes)))
			}
		}
		rbdc += bestR / float64(n)
		tbdc += bestT / float64(n)
	}
	return rbdc, tbdc, true
}

// TestRegionsOnAFinerGrid: score pixels that stand for no truth pixel are no
// region by themselves.
func TestRegionsOnAFinerGrid(t *testing.T) {
	var r Regions
	// Of four columns the second and the fourth stand for the two of truth, whose
	// left one is irregular.
	truth := bytes.Repeat([]byte{255, 0}, Speck)
	if err := r.Add([]float32{9, 5, 8, 0}, 1, 4, truth, Speck, 2); err != nil {
		t.Fatal(err)
	}
	if err := r.Add([]float32{-inf, -inf, 9, -inf}, 1, 4, nil, Speck, 2); err != nil {
		t.Fatal(err)
	}
	if rbdc, tbdc, ok := r.Areas(); !ok || rbdc != 1 || tbdc != 1 {
		t.Errorf("RBDC %v, TBDC %v, %v", rbdc, tbdc, ok)
	}
}

func TestRegionsRefuse(t *testing.T) {
	var r Regions
	if err := r.Add(make([]float32, 5), 2, 3, nil, 0, 0); !errors.Is(err, ErrSize) {
		t.Errorf("5 scores for 2x3: %v", err)
	}
	if err := r.Add(make([]float32, 6), 2, 3, make([]byte, 5), 2, 3); !errors.Is(err, ErrSize) {
		t.Errorf("5 truth pixels for 2x3: %v", err)
	}
	if err := r.Add([]float32{float32(math.NaN())}, 1, 1, nil, 0, 0); !errors.Is(err, ErrScore) {
		t.Errorf("NaN: %v", err)
	}
	if err := r.Add([]float32{1}, 1, 1, nil, 0, 0); err != nil {
		t.Error(err)
	}
	if _, _, ok := r.Areas(); ok {
		t.Error("figures without a truth region")
	}
}

// BenchmarkCollector is one frame of 128x192 with truth of 240x360, three
// judges, scores that all differ.
func BenchmarkCollector(b *testing.B) {
	const h, w, th, tw = 128, 192, 240, 360
	r := rand.New(rand.NewPCG(1, 1))
	f := Frame{H: h, W: w, Irregular: true, Masked: true, Truth: make([]byte, th*tw), TH: th, TW: tw}
	for y := 100; y < 140; y++ {
		for x := 100; x < 130; x++ {
			f.Truth[y*tw+x] = 255
		}
	}
	for j := range f.Maps {
		f.Maps[j] = make([]float32, h*w)
		for i := range f.Maps[j] {
			f.Maps[j][i] = r.Float32()
		}
	}
	for b.Loop() {
		var c Collector
		if err := c.Frame(f); err != nil {
			b.Fatal(err)
		}
	}
}

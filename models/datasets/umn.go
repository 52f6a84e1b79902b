package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// OpenUMN reads the unusual crowd activity data of the University of
// Minnesota: one film that shows clip after clip, in each of which people walk
// about and then all at once run off. root holds the film, a video or a folder
// of pictures (taken to have 10 frames/s), and scenes.csv, which says what is
// where; or root is a table of that form beside the film, so that each scene,
// being a camera of its own, can have its own table.
//
//	scene,clip,first,last,irregular_first,irregular_last,top,use
//	lawn,1,1,600,500,590,20,train
//	lawn,2,601,1400,1300,1400,20,test
//
// Frames count from 1 in the film, both ends included; this is an example, not
// the data set's own truth, which has no official form: fill in the table of
// testdata/umn/scenes.csv by looking at the film. Empty or 0 irregular frames
// mean that the clip has none. Columns may stand in any order, the last two may
// be left out:
//
//   - top: rows of pixels to cut off at the top, in training and in test, since
//     the film has a caption there that gives the label away;
//   - use: train or test (also when empty).
//
// The data set has no official split either. Here a clip is learnt from or
// judged, never both: the clips marked train are learnt from, up to the frame
// before the irregular ones, and all others are judged whole. Without the
// column use, the first clip of each scene is the one to learn from. There are
// no masks: results are at frame level.
//
// The error wraps ErrLayout, ErrEmpty, ErrCount or ErrLabels.
func OpenUMN(root string) (*Set, error) {
	table := root
	if info, err := os.Stat(root); err != nil {
		return nil, fmt.Errorf("data set: %w", err)
	} else if info.IsDir() {
		table = filepath.Join(root, "scenes.csv")
	}
	film, err := theFilm(filepath.Dir(table))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(table)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w: the table of its scenes: %w", root, ErrLayout, err)
	}
	scenes, split, err := parseScenes(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table, err)
	}
	s := &Set{Name: "umn", Root: root}
	seen := map[string]bool{}
	for i := range scenes {
		sc := &scenes[i]
		if !split && !seen[sc.place] {
			sc.use = "train"
		}
		seen[sc.place] = true
		if n := len(film.Images); n > 0 && sc.span.Last >= n {
			return nil, fmt.Errorf("%s: line %d: %w: frame %d of %s, which holds %d", table, sc.line, ErrCount, sc.span.Last+1, film.Path, n)
		}
		c := sc.of(film)
		if sc.use != "train" {
			s.Test = append(s.Test, c)
			continue
		}
		if c.Range.End == c.Range.First {
			return nil, fmt.Errorf("%s: line %d: %w: clip %s is irregular from its first frame on, nothing can be learnt from it", table, sc.line, ErrLabels, c.Name)
		}
		s.Train = append(s.Train, c)
	}
	if len(s.Test) == 0 {
		return nil, fmt.Errorf("%s: %w: every clip is one to learn from, none is left to judge: mark some in a column use", table, ErrLabels)
	}
	return s, nil
}

// of is the scene as a clip of the film; of one to learn from, the frames
// before the irregular ones.
func (s *scene) of(film *Clip) *Clip {
	c := *film
	c.Name, c.Top, c.Spans = s.place+"-"+s.clip, s.top, []Span{s.irregular}
	c.Range = Range{First: s.span.First, End: s.span.Last + 1}
	if s.use == "train" && s.irregular.Last >= s.irregular.First {
		c.Range.End, c.Spans = s.irregular.First, []Span{{0, -1}}
	}
	return &c
}

// theFilm finds the one video or folder of pictures in dir.
func theFilm(dir string) (*Clip, error) {
	clips, err := clipsIn(dir)
	switch {
	case err != nil:
		return nil, err
	case len(clips) == 0:
		return nil, fmt.Errorf("data set %s %w: it has neither a video nor a folder of pictures", dir, ErrEmpty)
	case len(clips) > 1:
		var paths []string
		for _, c := range clips {
			paths = append(paths, c.Path)
		}
		return nil, fmt.Errorf("data set %s: %w: want one film, not %s", dir, ErrLayout, strings.Join(paths, ", "))
	}
	return clips[0], nil
}

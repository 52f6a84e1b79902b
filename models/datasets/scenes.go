package datasets

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// scene is a row of scenes.csv: a clip of a film that holds several.
type scene struct {
	place, clip string
	line        int    // in the file
	span        Span   // the clip's frames in the film
	irregular   Span   // those of them that are irregular; empty: none
	top         int    // rows to cut off
	use         string // "train", "test" or ""
}

// The columns of scenes.csv; the first six must be there.
var sceneColumns = []string{"scene", "clip", "first", "last", "irregular_first", "irregular_last", "top", "use"}

const sceneMust = 6

// maxTop bounds the rows that can be cut off.
const maxTop = 1 << 16

// parseScenes reads scenes.csv, in which a heading names the columns in any
// order. split says whether it has the column use. The error wraps ErrLabels
// and names the line.
func parseScenes(text []byte) (scenes []scene, split bool, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))) // Excel begins so
	r.TrimLeadingSpace = true
	r.Comment = '#'
	column, err := sceneHeading(r)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrLabels, err)
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, fmt.Errorf("%w: %w", ErrLabels, err)
		}
		line, _ := r.FieldPos(0)
		s, err := parseScene(func(name string) string {
			if i, ok := column[name]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		})
		if err == nil {
			s.line = line
			err = s.clash(scenes)
		}
		if err != nil {
			return nil, false, fmt.Errorf("%w: line %d: %w", ErrLabels, line, err)
		}
		scenes = append(scenes, s)
	}
	if len(scenes) == 0 {
		return nil, false, fmt.Errorf("%w: no clip below the heading", ErrLabels)
	}
	_, split = column["use"]
	return scenes, split, nil
}

// sceneHeading reads which column is where.
func sceneHeading(r *csv.Reader) (map[string]int, error) {
	row, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	column := map[string]int{}
	for i, name := range row {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := column[name]; twice || !slices.Contains(sceneColumns, name) {
			return nil, fmt.Errorf("heading %q: want each of %s once, separated by commas", name, strings.Join(sceneColumns, ", "))
		}
		column[name] = i
	}
	for _, name := range sceneColumns[:sceneMust] {
		if _, ok := column[name]; !ok {
			return nil, fmt.Errorf("no column %s: the first line must name the columns %s", name, strings.Join(sceneColumns[:sceneMust], ","))
		}
	}
	return column, nil
}

// parseScene reads a row by the names of its columns.
func parseScene(cell func(string) string) (s scene, err error) {
	s = scene{place: cell("scene"), clip: cell("clip"), use: strings.ToLower(cell("use")), irregular: Span{0, -1}}
	if s.place == "" || s.clip == "" {
		return s, errors.New("the scene or the clip has no name")
	}
	if cell("first") == "" && cell("last") == "" {
		return s, fmt.Errorf("scene %s, clip %s: the frames are to be filled in", s.place, s.clip)
	}
	if s.span, err = parseSpan(cell("first"), cell("last")); err != nil {
		return s, err
	}
	none := func(text string) bool { return text == "" || text == "0" }
	if a, b := cell("irregular_first"), cell("irregular_last"); !none(a) || !none(b) {
		if s.irregular, err = parseSpan(a, b); err != nil {
			return s, fmt.Errorf("irregular %w", err)
		}
		if s.irregular.First < s.span.First || s.irregular.Last > s.span.Last {
			return s, fmt.Errorf("irregular frames %s to %s lie outside the clip's, %s to %s", a, b, cell("first"), cell("last"))
		}
	}
	if top := cell("top"); top != "" {
		if s.top, err = strconv.Atoi(top); err != nil || s.top < 0 || s.top > maxTop {
			return s, fmt.Errorf("top %q: want rows of pixels, 0 to %d", top, maxTop)
		}
	}
	if !slices.Contains([]string{"", "train", "test"}, s.use) {
		return s, fmt.Errorf("use %q: want train or test", s.use)
	}
	return s, nil
}

// clash tells whether s shares its name or a frame with an earlier clip: what
// is learnt from must not be judged.
func (s *scene) clash(earlier []scene) error {
	for i := range earlier {
		e := &earlier[i]
		if e.place == s.place && e.clip == s.clip {
			return fmt.Errorf("scene %s, clip %s is on line %d already", s.place, s.clip, e.line)
		}
		if s.span.First <= e.span.Last && e.span.First <= s.span.Last {
			return fmt.Errorf("frames %d to %d share some with line %d", s.span.First+1, s.span.Last+1, e.line)
		}
	}
	return nil
}

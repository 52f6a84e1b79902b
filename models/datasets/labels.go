package datasets

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// labels are the irregular frames of clips, by the name of the clip in lower
// case (from a CSV file) or by its number (from a .m file).
type labels struct {
	byName   map[string][]Span
	byNumber map[int][]Span
	from     string // the .m file
}

// of is the spans of a clip, nil when the files say nothing of it.
func (l *labels) of(name string) []Span {
	if s, ok := l.byName[strings.ToLower(name)]; ok {
		return s
	}
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_- ")
	if n, err := strconv.Atoi(digits); err == nil {
		return l.byNumber[n]
	}
	return nil
}

// readLabels reads labels.csv and the *.m files of a data set, where they are.
func readLabels(root, test string) (*labels, error) {
	l := &labels{}
	path := filepath.Join(root, "labels.csv")
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		if l.byName, err = parseCSV(text); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	case !os.IsNotExist(err):
		return nil, fmt.Errorf("%w: %w", ErrLabels, err)
	}
	for _, dir := range []string{root, test} {
		if err := l.readM(dir); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// readM reads the .m files of a folder. Hidden ones, such as the ._UCSDped1.m
// that a Mac leaves beside UCSDped1.m, are none.
func (l *labels) readM(dir string) error {
	files, err := filepath.Glob(filepath.Join(globEscape(dir), "[^.]*.m"))
	if err != nil {
		return fmt.Errorf("%s: %w: %w", dir, ErrLabels, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrLabels, err)
		}
		spans, err := parseM(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if l.byNumber != nil && !maps.EqualFunc(l.byNumber, spans, slices.Equal) {
			return fmt.Errorf("%s: %w: %s says something else", path, ErrLabels, l.from)
		}
		l.byNumber, l.from = spans, path
	}
	return nil
}

func globEscape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// parseCSV reads lines "clip,first,last", frames counted from 1, both ends
// included, after a line of headings. Empty or zero numbers say that a clip
// has no irregular frame.
func parseCSV(text []byte) (map[string][]Span, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = 3
	r.TrimLeadingSpace = true
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLabels, err)
	}
	spans := map[string][]Span{}
	for i, row := range rows {
		name := strings.ToLower(row[0])
		if i == 0 && name == "clip" {
			continue
		}
		if (row[1] == "" || row[1] == "0") && (row[2] == "" || row[2] == "0") {
			spans[name] = append(spans[name], Span{0, -1})
			continue
		}
		s, err := parseSpan(row[1], row[2])
		if err != nil {
			return nil, fmt.Errorf("%w: row %d: %w", ErrLabels, i+1, err)
		}
		spans[name] = append(spans[name], s)
	}
	return spans, nil
}

// parseSpan turns a first and last frame counted from 1 into a Span.
func parseSpan(first, last string) (Span, error) {
	a, errA := strconv.Atoi(strings.TrimSpace(first))
	b, errB := strconv.Atoi(strings.TrimSpace(last))
	if errA != nil || errB != nil || a < 1 || b < a || b > 1<<30 {
		return Span{}, fmt.Errorf("frames %q to %q: want whole numbers from 1 on, the first not above the last", first, last)
	}
	return Span{a - 1, b - 1}, nil
}

var gtFrame = regexp.MustCompile(`TestVideoFile\s*\{\s*end\s*\+\s*1\s*\}\s*\.\s*gt_frame\s*=\s*\[([^\]]*)\]`)

// parseM reads the data set's own label file: the k-th line of the form
// "TestVideoFile{end+1}.gt_frame = [60:152, 170:180];" is test clip k, counted
// from 1, as are the frames. Comments, from % to the end of the line, are cut.
func parseM(text []byte) (map[int][]Span, error) {
	text = regexp.MustCompile(`%[^\n]*`).ReplaceAll(text, nil)
	spans := map[int][]Span{}
	for i, m := range gtFrame.FindAllSubmatch(text, -1) {
		list := []Span{}
		for _, word := range strings.FieldsFunc(string(m[1]), func(r rune) bool { return strings.ContainsRune(", \t\r\n;", r) }) {
			first, last, ok := strings.Cut(word, ":")
			if !ok {
				last = first
			}
			s, err := parseSpan(first, last)
			if err != nil {
				return nil, fmt.Errorf("%w: clip %d: %w", ErrLabels, i+1, err)
			}
			list = append(list, s)
		}
		spans[i+1] = list
	}
	if len(spans) == 0 {
		return nil, fmt.Errorf("%w: no line TestVideoFile{end+1}.gt_frame = [first:last];", ErrLabels)
	}
	return spans, nil
}

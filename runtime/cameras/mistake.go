package cameras

import (
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in a file.
type Mistake struct {
	Line int    // from 1; 0: of the whole file
	Text string // what is wrong, and what is right
}

// MistakesError are all that is wrong in a file, in its order. It is an error with a line
// each; none has more of the file's text than names and numbers, since addresses have
// passwords in them.
type MistakesError struct {
	File string
	All  []Mistake
}

// Error is a line for each mistake, FILE:LINE: TEXT, as compilers write them.
func (m *MistakesError) Error() string {
	lines := make([]string, len(m.All))
	for i, one := range m.All {
		if lines[i] = fmt.Sprintf("%s: %s", m.File, one.Text); one.Line > 0 {
			lines[i] = fmt.Sprintf("%s:%d: %s", m.File, one.Line, one.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// err is nil where there is no mistake.
func (m *MistakesError) err() error {
	if len(m.All) == 0 {
		return nil
	}
	slices.SortStableFunc(m.All, func(a, b Mistake) int { return a.Line - b.Line })
	return m
}

// closest is the one of the words that is likest to a mistyped one; "" where none is
// like it.
func closest(word string, words []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, w := range words {
		if d := distance(word, w); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

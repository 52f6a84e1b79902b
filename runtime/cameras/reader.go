package cameras

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"avid/runtime/secret"
)

// reader turns the nodes of a file into values, and collects the mistakes.
type reader struct {
	folder   string
	rules    Rules
	mistakes MistakesError
	files    []string
}

// wrong notes a mistake.
func (r *reader) wrong(n *yaml.Node, format string, args ...any) {
	r.mistakes.All = append(r.mistakes.All, Mistake{n.Line, fmt.Sprintf(format, args...)})
}

// keys are what a mapping may have, and what is done with the value of each.
type keys map[string]func(*yaml.Node)

// mapping hands the values of a mapping out by their keys; false where it is none.
func (r *reader) mapping(n *yaml.Node, what string, known keys) bool {
	return r.each(n, what, func(key, value *yaml.Node) {
		take := known[key.Value]
		if take != nil {
			take(value)
			return
		}
		names := make([]string, 0, len(known))
		for name := range known {
			names = append(names, name)
		}
		slices.Sort(names)
		if like := closest(key.Value, names); like != "" {
			r.wrong(key, "%s has no %q; is %q meant?", what, key.Value, like)
			return
		}
		r.wrong(key, "%s has no %q; it may have %s", what, key.Value, strings.Join(names, ", "))
	})
}

// each hands the pairs of a mapping out, in the file's order; false where it is none.
func (r *reader) each(n *yaml.Node, what string, take func(key, value *yaml.Node)) bool {
	if n = resolve(n); n.Kind != yaml.MappingNode {
		r.wrong(n, "%s: want names with values, as in \"name: value\"", what)
		return false
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			r.wrong(key, "%s has %q twice; the first is in line %d", what, key.Value, line)
			continue
		}
		seen[key.Value] = key.Line
		take(key, value)
	}
	return true
}

// list hands the entries of a list out; one value alone is a list of it.
func (r *reader) list(n *yaml.Node, take func(*yaml.Node)) {
	if n = resolve(n); n.Kind != yaml.SequenceNode {
		take(n)
		return
	}
	for _, one := range n.Content {
		take(one)
	}
}

// resolve follows an alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// scalar is the text of a single value; false where it is none, or empty.
func (r *reader) scalar(n *yaml.Node, what string) (string, bool) {
	if n = resolve(n); n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		r.wrong(n, "%s is empty, or no single value", what)
		return "", false
	}
	return n.Value, true
}

// variable is a value of the environment in a text: ${NAME}.
var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// secret is a text in which ${NAME} stands for a value of the environment.
func (r *reader) secret(n *yaml.Node, what string, into *string) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	*into = variable.ReplaceAllStringFunc(text, func(name string) string {
		name = name[2 : len(name)-1]
		value, ok := r.rules.Env(name)
		if !ok {
			r.wrong(n, "%s: the environment has no %s", what, name)
		}
		return value
	})
}

// secretFile is the one line of a file.
func (r *reader) secretFile(n *yaml.Node, what string, into *string) {
	var path string
	if r.path(n, what, &path); path == "" {
		return
	}
	r.files = append(r.files, path)
	read, err := secret.Line(path)
	if err != nil {
		r.wrong(n, "%s: %v", what, err)
		return
	}
	*into = read.Text
}

// text is a single value.
func (r *reader) text(n *yaml.Node, what string, into *string) {
	if text, ok := r.scalar(n, what); ok {
		*into = text
	}
}

// path is a path, relative ones being of the file's folder.
func (r *reader) path(n *yaml.Node, what string, into *string) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(r.folder, text)
	}
	*into = text
}

// existing is the path of a file that must be there.
func (r *reader) existing(n *yaml.Node, what string, into *string) {
	var path string
	if r.path(n, what, &path); path == "" {
		return
	}
	if info, err := os.Stat(path); err != nil {
		r.wrong(n, "%s: %v", what, err)
	} else if info.IsDir() {
		r.wrong(n, "%s: %s is a folder", what, path)
	}
	*into = path
}

// models are the paths of bundles, a list or with semicolons between, that must be there.
func (r *reader) models(n *yaml.Node, what string, into *string) {
	var all []string
	r.list(n, func(n *yaml.Node) {
		text, ok := r.scalar(n, what)
		if !ok {
			return
		}
		for path := range strings.SplitSeq(text, ";") {
			one := *n
			one.Value = strings.TrimSpace(path)
			var known string
			if r.existing(&one, what, &known); known != "" {
				all = append(all, known)
			}
		}
	})
	*into = strings.Join(all, ";")
}

// choice is one of some words.
func (r *reader) choice(n *yaml.Node, what string, words []string, into *string) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	if !slices.Contains(words, text) {
		r.wrong(n, "%s is %q; want %s", what, text, strings.Join(words, ", "))
		return
	}
	*into = text
}

// choices are some of the words joined by +, as overlay has them.
func (r *reader) choices(n *yaml.Node, what string, words []string, into *string) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	for part := range strings.SplitSeq(text, "+") {
		if !slices.Contains(words, part) {
			r.wrong(n, "%s is %q; want %s, joined by +", what, text, strings.Join(words, ", "))
			return
		}
	}
	*into = text
}

// number is a number of a range.
func (r *reader) number(n *yaml.Node, what string, least, most float64, into *float64) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || v < least || v > most {
		r.wrong(n, "%s is %q; want a number of %g to %g", what, text, least, most)
		return
	}
	*into = v
}

// viewers is a number of viewers.
func (r *reader) viewers(n *yaml.Node, what string, into *int) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < 1 || v > mostViewers {
		r.wrong(n, "%s is %q; want a whole number of 1 to %d", what, text, mostViewers)
		return
	}
	*into = v
}

// duration is a time of a range, as in 500ms or 10s.
func (r *reader) duration(n *yaml.Node, what string, least, most time.Duration, into *time.Duration) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < least || v > most {
		r.wrong(n, "%s is %q; want a time of %v to %v with its unit, as in 500ms or 10s", what, text, least, most)
		return
	}
	*into = v
}

// truth is true or false.
func (r *reader) truth(n *yaml.Node, what string, into *bool) {
	text, ok := r.scalar(n, what)
	if !ok {
		return
	}
	if n = resolve(n); n.Tag != "!!bool" {
		r.wrong(n, "%s is %q; want true or false", what, text)
		return
	}
	*into = strings.EqualFold(text, "true")
}

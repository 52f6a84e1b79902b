package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// section is a property's heading and the sentence below it.
var section = regexp.MustCompile(`(?m)^### (\S+)\n\n(.+)$`)

// TestReferenceIsCurrent: the references in docs/elements/, which `make docs`
// writes, have each property that their element has, in its words, and no
// other. Ranges and defaults are not compared, since GStreamer's own print of
// them changes with its version.
func TestReferenceIsCurrent(t *testing.T) {
	usePlugin(t)
	for _, element := range []string{"avidfilter", "avidonvif", "avidonvifpay", "avidpublish", "avidwebrtcsink"} {
		t.Run(element, func(t *testing.T) { checkReference(t, element) })
	}
}

func checkReference(t *testing.T, element string) {
	root := rootDir(t)
	path := filepath.Join("docs", "elements", element+".md")
	have, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatalf("%v (make docs writes it)", err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "scripts", "element-reference.sh"), element)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	want, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	documented, current := sections(have), sections(want)
	if len(current) < 4 {
		t.Fatalf("%s has only the properties %v", element, current)
	}
	for name, words := range current {
		if got, ok := documented[name]; !ok {
			t.Errorf("property %s is not in %s: make docs", name, path)
		} else if got != words {
			t.Errorf("property %s is %q, in %s %q: make docs", name, words, path, got)
		}
	}
	for name := range documented {
		if _, ok := current[name]; !ok {
			t.Errorf("%s has %s, which %s has not: make docs", path, name, element)
		}
	}
}

// sections gives the sentence of each property in a reference.
func sections(text []byte) map[string]string {
	found := map[string]string{}
	for _, m := range section.FindAllSubmatch(text, -1) {
		found[string(m[1])] = string(m[2])
	}
	return found
}

// TestMakeTargets: every `make target` that the docs name exists.
func TestMakeTargets(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(rootDir(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("(?m)(?:`|^)make ([a-z][a-z0-9-]*)")
	for path, text := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
				t.Errorf("%s names make %s, which the Makefile does not have", path, m[1])
			}
		}
	}
}

// TestLinks: every relative link of the docs leads to a file.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	for path, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			target := filepath.Join(rootDir(t), filepath.Dir(path), m[1])
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
	}
}

// documents is every Markdown file of ours, by its path in the repository.
func documents(t *testing.T) map[string]string {
	t.Helper()
	root := rootDir(t)
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "pipelines/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			found[strings.TrimPrefix(p, root+"/")] = string(text)
		}
	}
	if len(found) == 0 {
		t.Fatal("no document found")
	}
	return found
}

package carriers

import "strings"

// List reads addresses from the text of a file: one a line, where # begins a comment.
func List(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

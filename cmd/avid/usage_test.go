package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestUsageHint: an error in the command line is followed by how the command is
// called, an error of the command itself is not.
func TestUsageHint(t *testing.T) {
	const usage = "Usage: avid "
	for _, c := range []struct{ line, want, not string }{
		{line: "convert -o cam16.avid", want: usage + "convert -m cam.avid --precision fp16 -o OUT.avid [flags]\navid convert --help "},
		{line: "train --normla x", want: usage + "train "},
		{line: "inspect", want: usage + "inspect cam.avid [flags]\n"},
		{line: "train -o cam.avid", want: usage + "train "},
		{line: "rnu", want: "avid --help lists the commands."},
		{line: "inspect nothere.avid", want: "no such file", not: usage},
	} {
		t.Run(c.line, func(t *testing.T) {
			var out, errOut bytes.Buffer
			if code := run(t.Context(), strings.Fields(c.line), &out, &errOut); code != 1 {
				t.Errorf("exit status %d, want 1", code)
			}
			if text := errOut.String(); !strings.Contains(text, c.want) || c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("it says\n%swhich should have %q, and not %q", text, c.want, c.not)
			}
		})
	}
}

// saysOnce tells whether an error is one line with the words, below which at most is how
// the command is called.
func saysOnce(errOut, words string) bool {
	line, rest, ended := strings.Cut(errOut, "\n")
	hint := strings.HasPrefix(rest, "Usage: avid ") && strings.HasSuffix(rest, "has examples and every flag.\n") && strings.Count(rest, "\n") == 2
	return ended && strings.Contains(line, words) && (rest == "" || hint)
}

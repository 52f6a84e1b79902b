package redact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain writes out what would act on a terminal instead of being read there: control
// characters but tabs and the ends of lines, what turns the direction of writing, and
// bytes that are no UTF-8, which some terminals take for control characters. Names of
// files, of cameras and in bundles, and what servers answer, come from anybody.
func plain(s string) string {
	if strings.IndexFunc(s, acts) < 0 {
		return s
	}
	var out strings.Builder
	for i, r := range s {
		switch {
		case !acts(r):
			out.WriteRune(r)
		case r == utf8.RuneError && s[i] != "\uFFFD"[0]:
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case r == utf8.RuneError:
			out.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&out, `\x%02x`, r)
		default: // as JSON has it, in whose strings these stand as they are
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// acts is whether a terminal may do something else with a character than show it.
func acts(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

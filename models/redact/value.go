package redact

import (
	"net/url"
	"regexp"
	"strings"
)

// equals finds the sign between a name and its value, also percent-encoded.
var equals = regexp.MustCompile(`(?i)[ \t]+=[ \t]*|=|%3D`)

// longestName is how far back a name is looked for: some text has many signs of
// equality and no names.
const longestName = 64

// names is the name that ends a text.
var names = regexp.MustCompile(`[A-Za-z0-9_.\-\[\]%]+$`)

// values takes the values of parameters with a secret name out of a line: those
// of queries (?pw=abc), of the paths of cheap cameras (/user=admin_password=abc),
// and of GStreamer's properties (user-pw=abc).
func values(s string) string {
	var b strings.Builder
	for {
		at := equals.FindStringIndex(s)
		if at == nil {
			b.WriteString(s)
			return b.String()
		}
		name := names.FindString(s[max(0, at[0]-longestName):at[0]])
		encoded := strings.Contains(s[at[0]:at[1]], "%")
		b.WriteString(s[:at[1]])
		s = s[at[1]:]
		if !isSecret(name) {
			continue
		}
		if n := value(s, b.String(), encoded); n > 0 && s[:n] != placeholder {
			b.WriteString(Mark)
			s = s[n:]
		}
	}
}

// placeholder is what stands for a value where the form of a text is described, as in
// key=value.
const placeholder = "value"

// secretName is the last part of a secret's name; digits may follow, as in pw2.
var secretName = regexp.MustCompile(`(?i)(?:` + secretNames + `)\d*$`)

// isSecret is whether what has this name is secret.
func isSecret(name string) bool {
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	name = strings.TrimRight(name, "[]-_.")
	joined := strings.NewReplacer("-", "", "_", "", ".", "").Replace(name)
	return secretName.MatchString(name) || secretName.MatchString(joined)
}

// next finds where a value ends and another parameter begins. An underscore does
// not: passwords have them, and what follows in such a path is worth little.
var next = regexp.MustCompile(`(?i)(?:[&;#]|\\u0026)[a-z0-9_.\-\[\]%]+=`)

// nextEncoded is next where a whole query stands percent-encoded in another one.
var nextEncoded = regexp.MustCompile(`(?i)&|%26[a-z0-9_.\-]+%3D`)

// value is how long the value is that s begins with; before is the line up to it,
// and encoded whether its sign of equality was.
func value(s, before string, encoded bool) int {
	if n := quoted(s, before); n > 0 {
		return n
	}
	n := word(s)
	after := next
	if encoded {
		after = nextEncoded
	}
	if at := after.FindStringIndex(s[:n]); at != nil {
		return at[0]
	}
	// A mark of punctuation at the end is the sentence's.
	if n > 1 && strings.ContainsRune(".,:;", rune(s[n-1])) {
		n--
	}
	return n
}

// quotes are how a value in quotes is written, with the quotes escaped or not.
var quotes = regexp.MustCompile(`^(?:\\"(?:[^"\\]|\\[^"])*(?:\\"|$)|"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$))`)

// quoted is how long the value in quotes is that s begins with; 0: it is in none,
// or the quote is that which closes what began before.
func quoted(s, before string) int {
	escaped := strings.Count(before, `\"`)
	open := strings.Count(before, `"`) - escaped
	if strings.HasPrefix(s, `"`) && open%2 == 1 || strings.HasPrefix(s, `\"`) && escaped%2 == 1 {
		return 0
	}
	return len(quotes.FindString(s))
}

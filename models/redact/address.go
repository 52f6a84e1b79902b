package redact

import (
	"regexp"
	"strings"
)

// begins finds where the authority of an address begins: behind scheme://, as it
// is, as JSON escapes it or percent-encoded, and behind the schemes of servers
// that are written without slashes (RFC 7064, RFC 7065).
var begins = regexp.MustCompile(`(?i)[a-z][a-z0-9+.\-]*(?::(?:\\?/){2,}|%3A(?:%2F|/){2,})|\b(?:turns?|stuns?|sips?):`)

// addresses takes user and password out of each address in a line.
func addresses(s string) string {
	var b strings.Builder
	end := 0 // of the word that the newest address stands in; they may share one
	for done := 0; ; {
		at := begins.FindStringIndex(s[done:])
		if at == nil {
			b.WriteString(bare(s[done:]))
			return b.String()
		}
		from, behind := done+at[0], done+at[1]
		b.WriteString(bare(s[done:from]))
		b.WriteString(s[from:behind])
		if behind > end {
			end = behind + word(s[behind:])
		}
		done = behind
		if n := userinfo(s[behind:], end-behind, strings.Contains(s[from:behind], "%")); n > 0 {
			b.WriteString(Mark)
			done += n
		}
	}
}

// longestPassword is how far the @ behind a password with spaces is looked for,
// in bytes.
const longestPassword = 512

// userinfo is how much of the text behind scheme:// is user and password, less
// the @; 0: there is none. The word that the text begins with is so long.
func userinfo(s string, word int, encoded bool) int {
	// The last @, so that one in a password, unescaped, does not end it; and that
	// behind a /, since that may be in a password too.
	if at := lastAt(s[:word], encoded); at >= 0 {
		// A password with an @ and a space goes on behind the word.
		rest := s[word:min(len(s), max(word, longestPassword))]
		if next := begins.FindStringIndex(rest); next != nil {
			rest = rest[:next[0]]
		}
		if further := lastAt(rest, encoded); further >= 0 {
			return word + further
		}
		return at
	}
	host := s[:word]
	if i := strings.IndexAny(host, `/?#\`); i >= 0 {
		host = host[:i]
	}
	if isHost(host) {
		return 0
	}
	// No host looks so: it is a user and the beginning of a password that has a
	// space or a quote in it, or of an address without a host.
	if at := lastAt(s[:min(len(s), longestPassword)], true); at >= 0 {
		return at
	}
	return len(host)
}

// lastAt is where the last @ begins, and -1 where there is none.
func lastAt(s string, encoded bool) int {
	at := strings.LastIndexByte(s, '@')
	if encoded {
		at = max(at, strings.LastIndex(s, "%40"))
	}
	return at
}

// ports are what stands behind the colon of a host.
var ports = regexp.MustCompile(`(?i)^(?:\d*|port)[.,:;!)\]}…]*$`)

// bareIPv6 is an IPv6 address whose brackets were forgotten.
var bareIPv6 = regexp.MustCompile(`^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$`)

// isHost is whether a text may be a host, with a port or without.
func isHost(s string) bool {
	if strings.HasPrefix(s, "[") {
		_, port, ok := strings.Cut(s, "]")
		port, colon := strings.CutPrefix(port, ":")
		return ok && (ports.MatchString(port) && (colon || !strings.ContainsAny(port, "0123456789")))
	}
	host, port, colon := strings.Cut(s, ":")
	return !colon || host != "" && ports.MatchString(port) || host == "" && ports.MatchString(port) || bareIPv6.MatchString(s)
}

// word is how long the word is that s begins with: up to a space, or a quote or
// bracket that closes what was opened before it.
func word(s string) int {
	for i, c := range s {
		switch {
		case c <= ' ' || c == 0x7f || c == 0xa0 || c == 0x2028 || c == 0x3000:
			return i
		case strings.ContainsRune("\"'`<>", c) && closes(s[i+len(string(c)):]):
			return i
		}
	}
	return len(s)
}

// closing finds what may follow a closing quote.
var closing = regexp.MustCompile(`^(?:$|[\s,:;.)\]}>"'…])`)

// closes is whether a quote closes, judged by what follows: within a password
// more of it does.
func closes(rest string) bool { return closing.MatchString(rest) }

// bare takes user and password out of addresses without a scheme, user:pw@host,
// in a text that has none with one.
func bare(s string) string {
	if !strings.Contains(s, "@") || !strings.Contains(s, ":") {
		return s
	}
	var b strings.Builder
	for s != "" {
		n := strings.IndexAny(s, " \t\r\f\v\"'`<>")
		if n < 0 {
			n = len(s)
		}
		part := s[:n]
		if at := strings.LastIndexByte(part, '@'); at >= 0 && strings.Contains(part[:at], ":") {
			part = Mark + part[at:]
		}
		b.WriteString(part)
		if n < len(s) {
			b.WriteByte(s[n])
			n++
		}
		s = s[n:]
	}
	return b.String()
}

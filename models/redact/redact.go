// Package redact makes text fit to be read by people. It takes secrets out: the user
// and password of addresses, values of parameters such as pw= and token=, and
// credentials of headers; and it writes control characters out, such as \x1b, so that
// no text acts on a terminal. It knows them by their shape, so what comes from
// GStreamer, from Go's errors or from a log needs no help.
//
// Where a doubt is left it takes too much rather than too little. A secret that
// has no shape, such as a part of a path, is only kept back by not printing the
// address: see Address.
package redact

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// Mark stands where a secret was. It has the same length for each.
const Mark = "***"

// rounds bounds how often Text looks again at what it has changed: a value that is
// taken out may leave two others side by side.
const rounds = 8

// Text returns s without the secrets in it, and with what would act on a terminal
// written out, such as \x1b. Text of a Text changes nothing.
func Text(s string) string {
	s = plain(s)
	if !suspicious(s) {
		return s
	}
	for range rounds {
		lines := strings.Split(s, "\n")
		for i, l := range lines {
			lines[i] = line(l)
		}
		after := strings.Join(lines, "\n")
		if after == s {
			break
		}
		s = after
	}
	return s
}

// suspicious is whether there may be a secret in s; it spares most text the work.
func suspicious(s string) bool {
	return strings.ContainsAny(s, ":@=%") || schemes.MatchString(s)
}

// line returns a line without the secrets in it.
func line(s string) string {
	s = digest.ReplaceAllString(s, "${1}"+Mark)
	s = headers.ReplaceAllString(s, "${1}"+Mark)
	s = schemes.ReplaceAllStringFunc(s, credentials)
	s = complaints.ReplaceAllString(s, `${1}"`+Mark+`"`)
	s = addresses(s)
	s = values(s)
	s = members.ReplaceAllString(s, `${1}"`+Mark+`"`)
	return fields.ReplaceAllString(s, "${1}"+Mark)
}

// digest are the parameters of a Digest (RFC 7616 section 3.4), to the end of the
// line.
var digest = regexp.MustCompile(`(?i)(\bdigest )\s*\w+\s*=.*`)

// headers are headers of HTTP whose whole value is secret, up to a quote that
// ends it.
var headers = regexp.MustCompile(`(?i)\b((?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)\\?"?\s*:\s*\[?\\?"?)(?:[^"\\]|\\.|"[^\s,;:}\]])+`)

// schemes are the words before a credential (RFC 6750, RFC 7617).
var schemes = regexp.MustCompile(`(?i)\b(bearer|basic)[ \t]+[^\s"'<>,;]+`)

// credentials takes the credential out of a match of schemes, unless it is an
// ordinary word: "the bearer token", "basic settings".
func credentials(match string) string {
	word := strings.FieldsFunc(match, func(r rune) bool { return r == ' ' || r == '\t' })
	scheme, credential := word[0], word[1]
	if strings.EqualFold(scheme, "basic") {
		plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(credential, "="))
		if err != nil || !strings.Contains(string(plain), ":") {
			return match
		}
	}
	if strings.EqualFold(scheme, "bearer") && (credential == "token" || credential == "tokens") {
		return match
	}
	return scheme + " " + Mark
}

// complaints are what net/url says of an address that it cannot read: they repeat
// a part of it that may be a password's.
var complaints = regexp.MustCompile(`(invalid (?:URL escape|port|character|userinfo) )"(?:[^"\\]|\\.)*"`)

// secretNames is the end of a parameter's name whose value is secret.
const secretNames = `passphrase|passcode|password|passwd|pass|pwd|psw|pw|psk|tokens?|secrets?|apikey|key|auth|authorization|signature|sig|credentials?|jwt|` +
	`username|user|usr|login|loginuse|loginpas|sessionid|session|sid|cookie|account|userid|uid|nonce|response`

// members are the members of JSON text with such a name.
var members = regexp.MustCompile(`(?i)(\\?"[\w.\-]*?(?:` + secretNames + `)\\?"\s*:\s*)(?:\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|[^\s,}\]"\\]+)`)

// fields are the fields of a struct that Go printed, {Token:abc}.
var fields = regexp.MustCompile(`(?i)(\b\w*(?:passphrase|password|passwd|pwd|token|secret|credentials?):)[^\s,}&"'/]+`)

// Address returns where an address leads, for people who are to know which
// camera is meant: scheme://host:port, and nothing of what stands before or behind
// it. Of what is no address, or one of a file, it returns Text.
func Address(s string) string {
	scheme, _, ok := strings.Cut(s, "://")
	if !ok || strings.EqualFold(scheme, "file") {
		return Text(s)
	}
	u, err := url.Parse(s)
	// An @ behind the host is that of a password with a / or ? in it, whose
	// beginning was then taken for the host.
	if err != nil || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return scheme + "://" + Mark
	}
	return scheme + "://" + u.Host
}

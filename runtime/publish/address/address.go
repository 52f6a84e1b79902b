// Package address reads the addresses that events are sent to, such as
// mqtt://broker.example/avid?password-file=/etc/avid/mqtt: strictly, so that a word
// misspelt is told and not passed over, and with its secrets apart.
package address

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"avid/models/redact"
)

// Errors of addresses. None has a secret in it.
var (
	ErrURL    = errors.New("no address of the form scheme://…")
	ErrScheme = errors.New("unknown scheme")
	ErrKey    = errors.New("unknown parameter")
	ErrTwice  = errors.New("parameter given twice")
	ErrValue  = errors.New("parameter out of range")
	ErrHost   = errors.New("invalid host")
	ErrPath   = errors.New("invalid path")
	ErrSecret = errors.New("secret cannot be read")
)

// longest bounds an address.
const longest = 4096

// Address is one that was read. The methods that take its parameters keep the first
// error, which Err returns with those parameters that nobody has taken.
type Address struct {
	Scheme string // small letters
	Hosts  []string
	Path   string // without the first /
	User   string

	password    string
	hasPassword bool
	query       url.Values
	known       []string // parameters that were asked for
	getenv      func(string) string
	err         error
}

var schemeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

// Parse takes an address apart; getenv is os.Getenv. The errors are ErrURL, ErrHost
// and ErrTwice.
func Parse(text string, getenv func(string) string) (*Address, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || !schemeForm.MatchString(scheme) || len(text) > longest {
		return nil, fmt.Errorf("%q: %w", clip(redact.Text(text)), ErrURL)
	}
	rest, _, hasFragment := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	a := &Address{Scheme: strings.ToLower(scheme), getenv: getenv}
	if hasFragment {
		return nil, fmt.Errorf("%s: %w: # is written %%23", a.Scheme, ErrURL)
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		if err := a.user(authority[:at]); err != nil {
			return nil, err
		}
		authority = authority[at+1:]
	}
	var err error
	if a.Path, err = url.PathUnescape(path); err != nil || strings.ContainsFunc(a.Path, isControl) {
		return nil, fmt.Errorf("%s: %w: a %% in the path is written %%25, and it has no control characters", a.Scheme, ErrURL)
	}
	if a.query, err = url.ParseQuery(query); err != nil {
		return nil, fmt.Errorf("%s: %w: a %% in a parameter is written %%25, and & stands between them", a.Scheme, ErrURL)
	}
	for key, values := range a.query {
		if len(values) > 1 {
			return nil, fmt.Errorf("%s: %w: %q", a.Scheme, ErrTwice, clip(key))
		}
	}
	return a, a.hosts(authority)
}

func (a *Address) user(text string) error {
	user, password, has := strings.Cut(text, ":")
	var err1, err2 error
	a.User, err1 = url.PathUnescape(user)
	a.password, err2 = url.PathUnescape(password)
	a.hasPassword = has
	if err1 != nil || err2 != nil { // without the text, which is secret
		return fmt.Errorf("%s: %w: a %% in user or password is written %%25", a.Scheme, ErrURL)
	}
	return nil
}

// hosts splits host:port,host2:port.
func (a *Address) hosts(authority string) error {
	if authority == "" {
		return nil
	}
	for _, h := range strings.Split(authority, ",") {
		u, err := url.Parse("x://" + h)
		if err != nil || u.Hostname() == "" || u.Host != h || u.Port() == "" && strings.HasSuffix(h, ":") {
			return fmt.Errorf("%s: %w %q, want host or host:port", a.Scheme, ErrHost, clip(h))
		}
		if port := u.Port(); port != "" {
			if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
				return fmt.Errorf("%s: %w %q, want a port of 1 to 65535", a.Scheme, ErrHost, clip(h))
			}
		}
		a.Hosts = append(a.Hosts, h)
	}
	return nil
}

// isControl is whether a character is none that a person types.
func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// WithPort returns the hosts, with a port where they have none.
func (a *Address) WithPort(port string) []string {
	all := make([]string, len(a.Hosts))
	for i, h := range a.Hosts {
		if all[i] = h; !strings.Contains(h[strings.LastIndexByte(h, ']')+1:], ":") {
			all[i] = net.JoinHostPort(strings.Trim(h, "[]"), port)
		}
	}
	return all
}

// String is the address without user, password and parameters.
func (a *Address) String() string {
	return a.Scheme + "://" + strings.Join(a.Hosts, ",") + "/" + strings.ReplaceAll(a.Path, "%", "%25")
}

// Label is what people are shown: String, but of a web address the host alone, since
// its path may be a secret.
func (a *Address) Label() string {
	if a.Scheme == "http" || a.Scheme == "https" {
		return a.Scheme + "://" + strings.Join(a.Hosts, ",") + "/…"
	}
	return a.String()
}

// Identity tells places apart, and is not for people: String, and of a web address
// the receiver's own parameters.
func (a *Address) Identity() string { return a.String() + "?" + a.query.Get("query") }

// clip shortens what is quoted in an error.
func clip(s string) string {
	const most = 64
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

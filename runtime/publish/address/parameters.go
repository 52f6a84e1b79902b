package address

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"avid/runtime/secret"
)

// fail keeps the first error.
func (a *Address) fail(kind error, format string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf("%s: %w: %s", a.Scheme, kind, fmt.Sprintf(format, args...))
	}
}

// take returns a parameter and notes that it is known.
func (a *Address) take(key string) (string, bool) {
	if !slices.Contains(a.known, key) {
		a.known = append(a.known, key)
	}
	return a.query.Get(key), a.query.Has(key)
}

// Text returns a parameter, or def where it is not given. It is not empty where it is.
func (a *Address) Text(key, def string) string {
	v, ok := a.take(key)
	if !ok {
		return def
	}
	if v == "" || strings.ContainsFunc(v, isControl) {
		a.fail(ErrValue, "%s=%q, allowed is a text without control characters", key, clip(v))
	}
	return v
}

// OneOf returns a parameter that is one of a few words; the first is the default.
func (a *Address) OneOf(key string, words ...string) string {
	v, ok := a.take(key)
	if !ok {
		return words[0]
	}
	if !slices.Contains(words, v) {
		a.fail(ErrValue, "%s=%q, allowed is %s", key, clip(v), strings.Join(words, ", "))
	}
	return v
}

// Bool returns a parameter that is true or false.
func (a *Address) Bool(key string, def bool) bool {
	return a.OneOf(key, strconv.FormatBool(def), strconv.FormatBool(!def)) == "true"
}

// Int returns a parameter that is a whole number.
func (a *Address) Int(key string, def, least, most int) int {
	v, ok := a.take(key)
	if !ok {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		a.fail(ErrValue, "%s=%q, allowed is %d to %d", key, clip(v), least, most)
	}
	return n
}

// Duration returns a parameter such as 10s.
func (a *Address) Duration(key string, def, least, most time.Duration) time.Duration {
	v, ok := a.take(key)
	if !ok {
		return def
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least || d > most {
		a.fail(ErrValue, "%s=%q, allowed is %v to %v", key, clip(v), least, most)
	}
	return d
}

var bytesForm = regexp.MustCompile(`^(\d{1,12})(|B|kB|KB|MB|GB|TB)$`)

// Bytes returns a parameter such as 100MB, with 1 MB = 10⁶ bytes.
func (a *Address) Bytes(key string, def, least, most int64) int64 {
	v, ok := a.take(key)
	if !ok {
		return def
	}
	n := int64(-1)
	if m := bytesForm.FindStringSubmatch(v); m != nil {
		unit := map[string]float64{"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[m[2]]
		if f, err := strconv.ParseFloat(m[1], 64); err == nil && f*unit < math.MaxInt64/2 {
			n = int64(f * unit)
		}
	}
	if n < least || n > most {
		a.fail(ErrValue, "%s=%q, allowed is %d to %d bytes, such as 100MB", key, clip(v), least, most)
	}
	return n
}

// Secret returns a secret: what stands in the address itself, else the line of the
// file that the parameter key-file names, else the variable of the environment.
func (a *Address) Secret(key, variable, inAddress string) string {
	path, ok := a.take(key + "-file")
	switch {
	case ok && inAddress != "":
		a.fail(ErrSecret, "%s-file is given, and the address has a %s of its own", key, key)
	case ok:
		f, err := secret.Line(path)
		if err != nil {
			a.fail(ErrSecret, "%s-file: %v", key, err)
		}
		return f.Text
	case inAddress != "":
		return inAddress
	}
	return a.getenv(variable)
}

// Password is Secret of the password that stands behind the user.
func (a *Address) Password(variable string) string {
	return a.Secret("password", variable, a.password)
}

// NeedHost fails where the address has no host, or more than most.
func (a *Address) NeedHost(most int) {
	if len(a.Hosts) == 0 || len(a.Hosts) > most {
		a.fail(ErrHost, "%d are given, allowed is 1 to %d", len(a.Hosts), most)
	}
}

// NoUser fails where the address has a user.
func (a *Address) NoUser() {
	if a.User != "" || a.hasPassword {
		a.fail(ErrHost, "user and password have no meaning here")
	}
}

// NeedPath fails where the path is not what form matches; want says it in words.
func (a *Address) NeedPath(form *regexp.Regexp, want string) {
	if !form.MatchString(a.Path) {
		a.fail(ErrPath, "%q, want %s", clip(a.Path), want)
	}
}

// Fail is for what a carrier finds wrong with a part.
func (a *Address) Fail(kind error, format string, args ...any) { a.fail(kind, format, args...) }

// Err returns the first error, of which ErrKey is one for a parameter that nobody has
// asked for.
func (a *Address) Err() error {
	for key := range a.query {
		if !slices.Contains(a.known, key) {
			slices.Sort(a.known)
			return fmt.Errorf("%s: %w %q, known are %s", a.Scheme, ErrKey, clip(key), strings.Join(a.known, ", "))
		}
	}
	return a.err
}

// Package access says who asks, and what they may see and change. A token is a secret at
// random that stands for its user; it is kept as it is, or as its hash by Argon2id
// (RFC 9106), from which it cannot be had.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// ErrUser says that a user cannot be as it is described.
var ErrUser = errors.New("access: user not possible")

// User is somebody who may ask.
type User struct {
	Name string // 1 to 64 of A-Z a-z 0-9 _ -
	// Token is the user's token, or its hash as Hash makes it, in which case the token
	// begins with "NAME:".
	Token string
	// Manage lets the user change things as well as see them.
	Manage bool
	// Streams are the names of those that the user may see; nil: all.
	Streams []string
}

// Principal is who asks, once that is known.
type Principal struct {
	Name    string // "": whoever has the server's own token, or asks where there is none
	Manage  bool
	Streams []string // nil: all
}

// May tells whether a stream may be seen.
func (p Principal) May(stream string) bool {
	return p.Streams == nil || slices.Contains(p.Streams, stream)
}

// All tells whether all streams may be seen.
func (p Principal) All() bool { return p.Streams == nil }

// key is that of a Principal in a context.
type key struct{}

// With returns a context with who asks.
func With(ctx context.Context, p Principal) context.Context { return context.WithValue(ctx, key{}, p) }

// From is who asks; where nobody said it, somebody who may see nothing.
func From(ctx context.Context) Principal {
	p, ok := ctx.Value(key{}).(Principal)
	if !ok {
		return Principal{Streams: []string{}}
	}
	return p
}

// The parameters of Argon2id that OWASP's Password Storage Cheat Sheet names first, of
// those for 19 MiB.
const (
	memory  = 19 << 10 // KiB
	times   = 2
	threads = 1
	keyLen  = 32
	saltLen = 16
)

// mark begins a hash.
const mark = "$argon2id$"

// NewToken makes a token for a user, of 160 bits at random.
func NewToken(name string) string {
	secret := make([]byte, 20)
	_, _ = rand.Read(secret) // it never fails (crypto/rand)
	return name + ":" + hex.EncodeToString(secret)
}

// Hash is the hash of a token, in the form of PHC strings.
func Hash(token string) string {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // it never fails
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", mark, argon2.Version, memory, times, threads, base64.RawStdEncoding.EncodeToString(salt),
		base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(token), salt, times, memory, threads, keyLen)))
}

// hash is a hash that was read.
type hash struct {
	memory, times uint32
	threads       uint8
	salt, key     []byte
}

// parseHash reads a hash whose cost is bounded: 1 GiB, 64 passes, 16 threads.
func parseHash(text string) (h hash, err error) {
	bad := fmt.Errorf("%w: no hash of Argon2id, as \"avid token\" makes it", ErrUser)
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, bad
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.times, &h.threads); err != nil || n != 3 {
		return h, bad
	}
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return h, bad
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return h, bad
	}
	if h.memory < 8 || h.memory > 1<<20 || h.times < 1 || h.times > 64 || h.threads < 1 || h.threads > 16 {
		return h, bad
	}
	return h, nil
}

// matches tells whether a token has the hash.
func (h hash) matches(token string) bool {
	got := argon2.IDKey([]byte(token), h.salt, h.times, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1
}

// names are those that users may have: they stand in cookies and before tokens.
var names = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// tokens are what an Authorization header can carry (RFC 6750 §2.1), and more: any visible
// ASCII.
var tokens = regexp.MustCompile(`^[!-~]{1,512}$`)

// Users are those who may ask. Its methods may be called from any goroutine.
type Users struct {
	all []known

	mu    sync.Mutex                   // one hash at a time: each takes memory and time
	right map[[sha256.Size]byte]*known // tokens whose hash was found right
}

// known is a user that was checked.
type known struct {
	User
	sum  [sha256.Size]byte // of the token, where it is kept as it is
	hash *hash
}

// NewUsers checks the users. The error is ErrUser and names one.
func NewUsers(all []User) (*Users, error) {
	u := &Users{right: map[[sha256.Size]byte]*known{}}
	seen := map[string]bool{}
	for _, user := range all {
		k := known{User: user, sum: sha256.Sum256([]byte(user.Token))}
		switch {
		case !names.MatchString(user.Name):
			return nil, fmt.Errorf("%w: name %q, allowed are 1 to 64 of A-Z a-z 0-9 _ -", ErrUser, user.Name)
		case seen[user.Name]:
			return nil, fmt.Errorf("%w: %s is there twice", ErrUser, user.Name)
		case strings.HasPrefix(user.Token, mark):
			h, err := parseHash(user.Token)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", user.Name, err)
			}
			k.hash = &h
		case !tokens.MatchString(user.Token):
			return nil, fmt.Errorf("%w: token of %s, allowed are 1 to 512 visible ASCII characters", ErrUser, user.Name)
		}
		seen[user.Name] = true
		u.all = append(u.all, k)
	}
	return u, nil
}

// ByToken is the user who has a token; false: nobody has.
func (u *Users) ByToken(token string) (User, bool) {
	sum := sha256.Sum256([]byte(token))
	var found *known
	for i := range u.all {
		// All are compared, so that the time tells nothing.
		if k := &u.all[i]; k.hash == nil && subtle.ConstantTimeCompare(sum[:], k.sum[:]) == 1 {
			found = k
		}
	}
	if name, _, ok := strings.Cut(token, ":"); found == nil && ok {
		found = u.byHash(name, token, sum)
	}
	if found == nil {
		return User{}, false
	}
	return found.User, true
}

// byHash is the user of a name, where the token has the hash.
func (u *Users) byHash(name, token string, sum [sha256.Size]byte) *known {
	i := slices.IndexFunc(u.all, func(k known) bool { return k.Name == name && k.hash != nil })
	if i < 0 {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if k := u.right[sum]; k != nil {
		return k
	}
	if !u.all[i].hash.matches(token) {
		return nil
	}
	u.right[sum] = &u.all[i]
	return &u.all[i]
}

// ByName is the user of a name; false: there is none.
func (u *Users) ByName(name string) (User, bool) {
	for _, k := range u.all {
		if k.Name == name {
			return k.User, true
		}
	}
	return User{}, false
}

// Principal is the user as who asks.
func (u User) Principal() Principal { return Principal{u.Name, u.Manage, u.Streams} }

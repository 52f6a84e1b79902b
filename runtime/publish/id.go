package publish

import (
	"crypto/sha256"
	"encoding/hex"
)

// shortHash is 8 hexadecimal digits that tell texts apart.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// RouteID is the ID of a Route to an address without its password: it finds its outbox
// again also with another one.
func RouteID(scheme, address string) string { return scheme + "-" + shortHash(address) }

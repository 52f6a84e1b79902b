package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// ErrUntrusted says that a bundle is not signed by any of the keys that are trusted.
var ErrUntrusted = errors.New("bundle: not signed by a trusted key")

// ErrKey says that a file holds no key of the kind that is wanted.
var ErrKey = errors.New("bundle: no such key")

// signatureName is the entry of a signature, which no manifest lists: it is of the
// manifest.
const signatureName = "signature.json"

// maxSignature is the most bytes that the entry may have.
const maxSignature = 4 << 10

// signedAs begins what is signed, so that no signature of something else fits.
const signedAs = "avid bundle manifest\n"

// Signature is an Ed25519 signature (RFC 8032) of a bundle's manifest, which holds
// the SHA-256 of every part.
type Signature struct {
	Key   ed25519.PublicKey `json:"ed25519"`   // of who says to have signed
	Value []byte            `json:"signature"` // 64 bytes
}

// Sign signs the bundle as it is now. Whatever is changed later makes the signature
// void, and Write then leaves it out. Errors: those of Write.
func (b *Bundle) Sign(key ed25519.PrivateKey) error {
	text, err := b.seal(b.written())
	if err != nil {
		return err
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return fmt.Errorf("%w: not an Ed25519 key", ErrKey)
	}
	b.Signature = &Signature{Key: public, Value: ed25519.Sign(key, append([]byte(signedAs), text...))}
	return nil
}

// fits tells whether the signature is of a manifest.
func (s *Signature) fits(manifest []byte) bool {
	return s != nil && len(s.Key) == ed25519.PublicKeySize && ed25519.Verify(s.Key, append([]byte(signedAs), manifest...), s.Value)
}

// Signer is the key that has signed the bundle as it is; nil where none has.
func (b *Bundle) Signer() ed25519.PublicKey {
	text, err := b.seal(b.format())
	if err != nil || !b.Signature.fits(text) {
		return nil
	}
	return b.Signature.Key
}

// CheckTrust tells whether one of the keys has signed the bundle as it is. The error
// is ErrUntrusted and says what is the matter.
func (b *Bundle) CheckTrust(keys []ed25519.PublicKey) error {
	signer := b.Signer()
	switch {
	case b.Signature == nil:
		return fmt.Errorf("%w: it has no signature (\"avid sign\" makes one)", ErrUntrusted)
	case signer == nil:
		return fmt.Errorf("%w: its signature is not of what it holds", ErrUntrusted)
	}
	for _, k := range keys {
		if k.Equal(signer) {
			return nil
		}
	}
	return fmt.Errorf("%w: it is signed by %s", ErrUntrusted, Fingerprint(signer))
}

// Fingerprint is a key in short, as OpenSSH writes digests.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// readSignature reads the entry of a signature.
func readSignature(text []byte) (*Signature, error) {
	s := new(Signature)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, signatureName, err)
	}
	if len(s.Key) != ed25519.PublicKeySize || len(s.Value) != ed25519.SignatureSize {
		return nil, fmt.Errorf("%w: %s: a key of %d and a signature of %d bytes", ErrCorrupt, signatureName, len(s.Key), len(s.Value))
	}
	return s, nil
}

// The types of PEM blocks that OpenSSL writes keys in.
const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
)

// maxKeys is the most bytes that a file of keys may have.
const maxKeys = 1 << 20

// ReadPublicKeys reads the Ed25519 public keys of a PEM file: one or more blocks
// PUBLIC KEY (RFC 8410). Errors: ErrKey, or those of the file system.
func ReadPublicKeys(path string) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	err := blocks(path, publicBlock, func(der []byte) error {
		key, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return err
		}
		ours, ok := key.(ed25519.PublicKey)
		if !ok {
			return fmt.Errorf("it is of another kind (%T); wanted is Ed25519", key)
		}
		keys = append(keys, ours)
		return nil
	})
	return keys, err
}

// ReadPrivateKey reads the Ed25519 private key of a PEM file: a block PRIVATE KEY
// without a password (RFC 8410), as WriteKeys and "openssl genpkey -algorithm
// ed25519" write it. Errors: ErrKey, or those of the file system.
func ReadPrivateKey(path string) (private ed25519.PrivateKey, err error) {
	err = blocks(path, privateBlock, func(der []byte) error {
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return err
		}
		ours, ok := key.(ed25519.PrivateKey)
		if !ok {
			return fmt.Errorf("it is of another kind (%T); wanted is Ed25519", key)
		}
		private = ours
		return nil
	})
	return private, err
}

// blocks calls take for each PEM block of a type, of which there must be one.
func blocks(path, kind string, take func(der []byte) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("bundle: keys: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeys {
		return fmt.Errorf("%w: %s is no file of keys", ErrKey, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("bundle: keys: %w", err)
	}
	n, other := 0, ""
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != kind {
			other = block.Type
			continue
		}
		if err := take(block.Bytes); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrKey, path, err)
		}
		n++
	}
	switch {
	case n > 0:
		return nil
	case other != "":
		return fmt.Errorf("%w: %s holds a %.40q; wanted is a %s", ErrKey, path, other, kind)
	}
	return fmt.Errorf("%w: %s holds no PEM block %s", ErrKey, path, kind)
}

// EncodeKeys writes a private key and its public key as PEM.
func EncodeKeys(key ed25519.PrivateKey) (private, public []byte, err error) {
	a, err1 := x509.MarshalPKCS8PrivateKey(key)
	b, err2 := x509.MarshalPKIXPublicKey(key.Public())
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, fmt.Errorf("bundle: keys: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: a}), pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: b}), nil
}

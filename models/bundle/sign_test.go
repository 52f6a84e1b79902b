package bundle

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func TestSign(t *testing.T) {
	ours, others := newKey(t), newKey(t)
	b := small()
	before := b.Hash()
	if err := b.CheckTrust([]ed25519.PublicKey{public(ours)}); !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "no signature") {
		t.Errorf("unsigned: %v", err)
	}
	if err := b.Sign(ours); err != nil {
		t.Fatal(err)
	}
	read, err := read(encode(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if read.Hash() != before {
		t.Error("a signature changes the identity")
	}
	if !public(ours).Equal(read.Signer()) {
		t.Errorf("signed by %v", read.Signer())
	}
	if err := read.CheckTrust([]ed25519.PublicKey{public(others), public(ours)}); err != nil {
		t.Error(err)
	}
	if err := read.CheckTrust([]ed25519.PublicKey{public(others)}); !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), Fingerprint(public(ours))) {
		t.Errorf("another's key: %v", err)
	}
	if err := read.CheckTrust(nil); !errors.Is(err, ErrUntrusted) {
		t.Errorf("no keys: %v", err)
	}
}

// TestSignatureIsOfEverything: whatever of a signed bundle is changed makes the
// signature void, in memory and in what is written.
func TestSignatureIsOfEverything(t *testing.T) {
	key := newKey(t)
	for name, change := range map[string]func(b *Bundle){
		"a weight":    func(b *Bundle) { b.Fused = append(bytes.Clone(b.Fused), 1) },
		"the picture": func(b *Bundle) { b.Thumbnail = nil },
		"evidence":    func(b *Bundle) { b.Evidence = []byte("{}") },
		"a threshold": func(b *Bundle) { b.Manifest.Calibration.Alpha = 0.5 },
		"the name":    func(b *Bundle) { b.Manifest.Name = "x" },
	} {
		b := small()
		if err := b.Sign(key); err != nil {
			t.Fatal(err)
		}
		change(b)
		if b.Signer() != nil {
			t.Errorf("%s: the signature holds", name)
		}
		if err := b.CheckTrust([]ed25519.PublicKey{public(key)}); !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "not of what it holds") {
			t.Errorf("%s: %v", name, err)
		}
		written, err := read(encode(t, b))
		if err != nil || written.Signature != nil {
			t.Errorf("%s: a void signature is written, %v", name, err)
		}
	}
}

// TestForeignSignature: a signature that was put into a file by hand is read, and
// found out.
func TestForeignSignature(t *testing.T) {
	key := newKey(t)
	other := small()
	other.Manifest.Name = "other"
	if err := other.Sign(key); err != nil {
		t.Fatal(err)
	}
	signature := func(text string) []byte {
		return pack(t, true, append(files(t, nil), file{name: signatureName, content: text})...)
	}
	for name, text := range map[string]string{"no JSON": "x", "other fields": `{"a":1}`, "short": `{"ed25519":"AAAA","signature":"AAAA"}`, "long": strings.Repeat(" ", maxSignature+1)} {
		if _, err := read(signature(text)); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, from, _ := strings.Cut(string(encode(t, other)), `{"ed25519"`)
	text, _, _ := strings.Cut(from, "}")
	b, err := read(signature(`{"ed25519"` + text + "}"))
	if err != nil {
		t.Fatal(err)
	}
	if b.Signer() != nil || !errors.Is(b.CheckTrust([]ed25519.PublicKey{public(key)}), ErrUntrusted) {
		t.Error("another bundle's signature is taken")
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b := newKey(t), newKey(t)
	privateA, publicA, err := EncodeKeys(a)
	if err != nil {
		t.Fatal(err)
	}
	_, publicB, err := EncodeKeys(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadPrivateKey(write("a.pem", privateA)); err != nil || !got.Equal(a) {
		t.Errorf("%v", err)
	}
	keys, err := ReadPublicKeys(write("both.pem", append([]byte("# ours\n"), append(publicA, publicB...)...)))
	if err != nil || len(keys) != 2 || !keys[0].Equal(public(a)) || !keys[1].Equal(public(b)) {
		t.Errorf("%v, %v", keys, err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(curve.Public())
	if err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		write("private.pem", privateA): "PRIVATE KEY", write("empty.pem", nil): "no PEM block",
		write("other.pem", pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der})):    "Ed25519",
		write("torn.pem", pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der[:9]})): "torn.pem", dir: "no file of keys",
	} {
		if _, err := ReadPublicKeys(path); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := ReadPublicKeys(filepath.Join(dir, "none.pem")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := ReadPrivateKey(write("p.pem", publicA)); !errors.Is(err, ErrKey) {
		t.Errorf("%v", err)
	}
}

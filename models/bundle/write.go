package bundle

import (
	"archive/zip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// sealPrefix begins the comment of the zip; the digest follows.
const sealPrefix = "avid sha256 "

// sealSize is the length of the digest in hexadecimal, and so of the tail
// that the digest does not cover.
const sealSize = 2 * sha256.Size

// Write writes the bundle as a zip: the same bytes for the same content. It
// sets format and parts of the written manifest itself, and leaves out a signature
// that is not of what it writes. Errors: ErrManifest
// and ErrTooLarge before anything is written, else those of w.
func (b *Bundle) Write(w io.Writer) error {
	manifest, err := b.seal(b.written())
	if err != nil {
		return err
	}
	sw := &sealWriter{w: w, sum: sha256.New()}
	zw := zip.NewWriter(sw)
	err = errors.Join(
		zw.SetComment(sealPrefix+strings.Repeat("0", sealSize)),
		store(zw, mimeName, []byte(MimeType)),
		store(zw, manifestName, manifest),
	)
	for _, p := range b.parts() {
		if err == nil && len(*p.data) > 0 {
			err = store(zw, p.name, *p.data)
		}
	}
	if err == nil && b.Signature.fits(manifest) {
		var text []byte
		if text, err = json.Marshal(b.Signature); err == nil {
			err = store(zw, signatureName, text)
		}
	}
	if err == nil {
		err = zw.Close()
	}
	if err == nil {
		err = sw.finish()
	}
	if err != nil {
		return fmt.Errorf("bundle: write: %w", err)
	}
	return nil
}

// store adds one uncompressed entry with its size and checksum in front, so
// that a bundle needs no time and no data descriptor, and begins with bytes
// that never change.
func store(zw *zip.Writer, name string, data []byte) error {
	w, err := zw.CreateRaw(&zip.FileHeader{
		Name:               name,
		Method:             zip.Store,
		CRC32:              crc32.ChecksumIEEE(data),
		CompressedSize64:   uint64(len(data)),
		UncompressedSize64: uint64(len(data)),
	})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// sealWriter passes on all but the last sealSize bytes written to it and
// hashes what it passes on; finish writes the digest in place of the rest.
type sealWriter struct {
	w    io.Writer
	sum  hash.Hash
	held [sealSize]byte
	n    int // bytes held
}

// Write implements io.Writer.
func (s *sealWriter) Write(p []byte) (int, error) {
	if keep := s.n + len(p) - sealSize; keep > 0 {
		old := min(keep, s.n)
		if err := s.pass(s.held[:old]); err != nil {
			return 0, err
		}
		s.n = copy(s.held[:], s.held[old:s.n])
		if err := s.pass(p[:keep-old]); err != nil {
			return 0, err
		}
		s.n += copy(s.held[s.n:], p[keep-old:])
		return len(p), nil
	}
	s.n += copy(s.held[s.n:], p)
	return len(p), nil
}

// pass hashes and writes p.
func (s *sealWriter) pass(p []byte) error {
	s.sum.Write(p)
	_, err := s.w.Write(p)
	return err
}

// finish writes the digest.
func (s *sealWriter) finish() error {
	_, err := io.WriteString(s.w, hex.EncodeToString(s.sum.Sum(nil)))
	return err
}

// WriteFile writes the bundle to path, whole or not at all: into a new file
// beside it, flushed to the disk, then renamed over it. A failure leaves what
// was at path before, and nothing else. Errors as for Write, and those of the
// file system.
func (b *Bundle) WriteFile(path string) (err error) {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	temp := filepath.Join(dir, "."+base+"."+rand.Text()+".tmp")
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("bundle: %s: %w", path, errors.Join(err, os.Remove(temp)))
		}
	}()
	if err = b.Write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(temp, path); err != nil {
		return err
	}
	// The rename itself is safe on disk once the folder is. Some file systems
	// cannot flush a folder; the bundle is in place all the same.
	if d, derr := os.Open(dir); derr == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

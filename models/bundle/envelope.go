package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Sizes and signatures of the zip format (PKWARE APPNOTE 6.3.10, 4.3.7 and
// 4.3.16), and how much of a directory is ever read: a bundle has at most nine
// entries.
const (
	localSig   = "PK\x03\x04"
	localSize  = 30 // bytes of a local file header before the name
	endSig     = "PK\x05\x06"
	endSize    = 22 // bytes of an end record before the comment
	maxComment = 1<<16 - 1
	maxEntries = 64
	maxDir     = 64 << 10
	maxFile    = 5 * MaxPart
)

// openEnvelope opens the zip of a bundle whose bytes are those that Write
// wrote; sum is the SHA-256 of all of them. Errors as for Read.
func openEnvelope(r io.ReaderAt, size int64) (zr *zip.Reader, sum string, err error) {
	head := make([]byte, min(max(size, 0), localSize+int64(len(mimeName+MimeType))))
	if err := readFull(r, head, 0); err != nil {
		return nil, "", err
	}
	end, err := findEnd(r, size)
	if err != nil {
		return nil, "", err
	}
	ours := end.sealed || marked(head)
	switch {
	case !ours && !end.found:
		return nil, "", fmt.Errorf("%w: no zip file, or a damaged one", ErrNotBundle)
	case size > maxFile:
		return nil, "", fmt.Errorf("%w: the file has %d bytes, allowed are %d", ErrTooLarge, size, int64(maxFile))
	case !end.found:
		return nil, "", brokenEnd(r, size)
	case end.sealed:
		if sum, err = checkSeal(r, size); err != nil {
			return nil, "", err
		}
	}
	refused := ErrNotBundle
	if ours {
		refused = ErrCorrupt
	}
	if end.entries > maxEntries || end.dirSize > maxDir {
		return nil, "", fmt.Errorf("%w: a zip of %d entries", refused, end.entries)
	}
	zr, err = zip.NewReader(r, size)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("%w: %w", refused, err)
	case end.sealed && marked(head):
		return zr, sum, nil
	}
	return nil, "", unsealed(zr, refused)
}

// marked tells whether a file that begins with head can begin a bundle.
func marked(head []byte) bool {
	n := min(len(head), len(localSig))
	return string(head[:n]) == localSig[:n] &&
		(len(head) < localSize || strings.HasPrefix(mimeName+MimeType, string(head[localSize:])))
}

// unsealed is the error for a zip that Write did not write: of a newer
// format, or a bundle packed anew, or else refused.
func unsealed(zr *zip.Reader, refused error) error {
	for _, f := range zr.File {
		if f.Name != manifestName {
			continue
		}
		text, err := entry(map[string]*zip.File{manifestName: f}, manifestName, MaxManifest)
		if err != nil {
			break
		}
		err = new(Manifest).decode(text)
		if errors.Is(err, ErrNewerFormat) {
			return err
		}
		if err == nil {
			refused = ErrCorrupt
		}
	}
	return fmt.Errorf("%w: not packed by avid, since it lacks the digest at its end", refused)
}

// endRecord is what is needed of a zip's end record.
type endRecord struct {
	found   bool
	entries int
	dirSize int64
	sealed  bool // the comment is a digest of ours
}

// findEnd looks for the end record of a zip at the file's very end. Errors:
// those of r.
func findEnd(r io.ReaderAt, size int64) (endRecord, error) {
	tail := make([]byte, min(max(size, 0), endSize+maxComment))
	if err := readFull(r, tail, max(size, 0)-int64(len(tail))); err != nil {
		return endRecord{}, err
	}
	for i := len(tail) - endSize; i >= 0; i-- {
		e := tail[i:]
		if string(e[:4]) != endSig || int(binary.LittleEndian.Uint16(e[20:])) != len(e)-endSize {
			continue
		}
		comment := e[endSize:]
		return endRecord{
			found:   true,
			entries: int(binary.LittleEndian.Uint16(e[10:])),
			dirSize: int64(binary.LittleEndian.Uint32(e[12:])),
			sealed:  len(comment) == len(sealPrefix)+sealSize && string(comment[:len(sealPrefix)]) == sealPrefix,
		}, nil
	}
	return endRecord{}, nil
}

// brokenEnd is the error for a bundle without an end record: truncated when
// nothing of the end is there, else damaged.
func brokenEnd(r io.ReaderAt, size int64) error {
	const n = endSize + len(sealPrefix) + sealSize
	tail := make([]byte, min(size, int64(n)))
	if err := readFull(r, tail, size-int64(len(tail))); err != nil {
		return err
	}
	if len(tail) == n && (string(tail[:4]) == endSig || string(tail[endSize:n-sealSize]) == sealPrefix) {
		return fmt.Errorf("%w: its end record is wrong", ErrCorrupt)
	}
	return fmt.Errorf("%w: the end is missing after %d bytes", ErrTruncated, size)
}

// checkSeal compares the file's digest with the one at its end, and returns that of the
// whole file, its end too.
func checkSeal(r io.ReaderAt, size int64) (string, error) {
	want := make([]byte, sealSize)
	if err := readFull(r, want, size-sealSize); err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, size-sealSize)); err != nil {
		return "", fmt.Errorf("bundle: read: %w", err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != string(want) {
		return "", fmt.Errorf("%w: the file's SHA-256 is not the one it was written with", ErrCorrupt)
	}
	_, _ = sum.Write(want) // a hash never fails
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// readFull reads all of p at offset off. A file that ends sooner than its
// size says is ErrTruncated.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends after %d bytes", ErrTruncated, off+int64(n))
	}
	return fmt.Errorf("bundle: read: %w", err)
}

package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Open reads the bundle at path. Errors: those of the file system, such as
// fs.ErrNotExist, and those of Read.
func Open(path string) (*Bundle, error) {
	// Looked at before it is opened: opening a pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: not a regular file", path, ErrNotBundle)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	defer f.Close()
	b, err := Read(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// Read reads a bundle of size bytes. Nothing that the file declares is
// believed: memory stays below the file's size plus a few MiB, and the whole
// file's digest is right before any of it is looked at. Errors: ErrNotBundle,
// ErrTruncated, ErrCorrupt, ErrNewerFormat, ErrTooLarge, ErrManifest, or
// those of r.
func Read(r io.ReaderAt, size int64) (*Bundle, error) {
	zr, sum, err := openEnvelope(r, size)
	if err != nil {
		return nil, err
	}
	files := make(map[string]*zip.File, len(zr.File))
	left := uint64(size)
	for _, f := range zr.File {
		// Entries that share bytes, or have more than the file, end here: what
		// is allocated for an entry below is there.
		if f.Method == zip.Store {
			if f.UncompressedSize64 > left {
				return nil, fmt.Errorf("%w: the entries are larger than the file", ErrCorrupt)
			}
			left -= f.UncompressedSize64
		}
		if files[f.Name] != nil {
			return nil, fmt.Errorf("%w: two entries %.60q", ErrCorrupt, f.Name)
		}
		files[f.Name] = f
	}
	text, err := entry(files, manifestName, MaxManifest)
	if err != nil {
		return nil, err
	}
	b := &Bundle{File: sum}
	if err := b.Manifest.decode(text); err != nil {
		return nil, err
	}
	known := 2 // the manifest and the mime type
	for _, p := range b.parts() {
		want, ok := b.Manifest.Parts[p.name]
		if !ok {
			continue // an optional one: decode has seen to the others
		}
		known++
		if *p.data, err = readPart(files, p.name, want); err != nil {
			return nil, err
		}
	}
	if files[signatureName] != nil {
		known++
		text, err := entry(files, signatureName, maxSignature)
		if err != nil {
			return nil, err
		}
		if b.Signature, err = readSignature(text); err != nil {
			return nil, err
		}
	}
	if known != len(files) {
		return nil, fmt.Errorf("%w: %d entries, the manifest lists %d", ErrCorrupt, len(files), known)
	}
	return b, b.fits()
}

// readPart is the content of one part, checked against the manifest.
func readPart(files map[string]*zip.File, name string, want Part) ([]byte, error) {
	data, err := entry(files, name, MaxPart)
	if err != nil {
		return nil, err
	}
	if int64(len(data)) != want.Size {
		return nil, fmt.Errorf("%w: %s has %d bytes, the manifest says %d", ErrCorrupt, name, len(data), want.Size)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want.SHA256 {
		return nil, fmt.Errorf("%w: %s has another SHA-256 than the manifest says", ErrCorrupt, name)
	}
	return data, nil
}

// entry is the content of a stored entry of at most limit bytes, which is
// allocated at once.
func entry(files map[string]*zip.File, name string, limit uint64) ([]byte, error) {
	f := files[name]
	if f == nil {
		return nil, fmt.Errorf("%w: %s is missing", ErrCorrupt, name)
	}
	size := f.UncompressedSize64
	switch {
	case size > limit:
		return nil, fmt.Errorf("%w: %s has %d bytes, allowed are %d", ErrTooLarge, name, size, limit)
	case f.Method != zip.Store || f.CompressedSize64 != size:
		return nil, fmt.Errorf("%w: %s is compressed, which no bundle is", ErrCorrupt, name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, damaged(name, err)
	}
	defer rc.Close()
	var data bytes.Buffer
	data.Grow(int(size) + bytes.MinRead) // what ReadFrom wants to see the end
	if _, err := data.ReadFrom(rc); err != nil {
		return nil, damaged(name, err)
	}
	return data.Bytes(), nil
}

// damaged turns what the zip reader says into ErrCorrupt, and leaves the
// errors of the file system what they are.
func damaged(name string, err error) error {
	for _, known := range []error{zip.ErrFormat, zip.ErrAlgorithm, zip.ErrChecksum, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return fmt.Errorf("%w: %s: %w", ErrCorrupt, name, err)
		}
	}
	return fmt.Errorf("bundle: %s: %w", name, err)
}

// decode fills the manifest from its JSON: strictly, and only when valid.
func (m *Manifest) decode(text []byte) error {
	format, err := peekFormat(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrManifest, err)
	}
	switch {
	case format > Format:
		return fmt.Errorf("%w: it has format %d, this avid reads up to %d", ErrNewerFormat, format, Format)
	case format < 1:
		return badField("format", format, fmt.Sprintf("1 to %d", Format))
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		return fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more follows its end", ErrManifest)
	}
	if err := m.Validate(); err != nil {
		return err
	}
	for _, raw := range []*json.RawMessage{&m.Inpainter, &m.Detector, &m.Training} {
		var c bytes.Buffer
		if len(*raw) > 0 && json.Compact(&c, *raw) == nil {
			*raw = c.Bytes()
		}
	}
	return m.validateParts()
}

// validateParts tells whether exactly the parts of a bundle are listed, each
// with a checksum and a size that can be. Errors: ErrManifest, ErrTooLarge.
func (m *Manifest) validateParts() error {
	known := 0
	for _, p := range new(Bundle).parts() {
		got, ok := m.Parts[p.name]
		switch {
		case !ok && p.optional:
			continue
		case !ok:
			return badField("parts", "without "+p.name, "a list with it")
		case got.Size > MaxPart:
			return fmt.Errorf("%w: parts.%s.size is %d, allowed are %d bytes", ErrTooLarge, p.name, got.Size, MaxPart)
		case got.Size < 1:
			return badField("parts."+p.name+".size", got.Size, "1 or more")
		case len(got.SHA256) != sealSize:
			return badField("parts."+p.name+".sha256", fmt.Sprintf("%.80q", got.SHA256), "64 hexadecimal digits")
		}
		known++
	}
	if known != len(m.Parts) {
		return badField("parts", fmt.Sprintf("%d names", len(m.Parts)), fmt.Sprintf("a list of the %d known ones", known))
	}
	return nil
}

// peekFormat is the format version of a manifest of any version.
func peekFormat(text []byte) (int, error) {
	var v struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return 0, err
	}
	if v.Format == nil {
		return 0, errors.New("it has no format")
	}
	return *v.Format, nil
}

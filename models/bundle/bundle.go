package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// The ways in which a file is refused. Each error wraps one of these and
// says what was found.
var (
	// ErrNotBundle means: the file is something else.
	ErrNotBundle = errors.New("bundle: not an avid bundle")
	// ErrTruncated means: the file's end is missing.
	ErrTruncated = errors.New("bundle: truncated")
	// ErrCorrupt means: a checksum is wrong, or the file was changed outside avid.
	ErrCorrupt = errors.New("bundle: damaged or altered")
	// ErrNewerFormat means: a later avid wrote it.
	ErrNewerFormat = errors.New("bundle: format newer than this avid reads")
	// ErrTooLarge means: a part is above its limit.
	ErrTooLarge = errors.New("bundle: too large")
	// ErrManifest means: a value of the manifest is missing or out of range.
	ErrManifest = errors.New("bundle: manifest not valid")
)

// Limits of a bundle's files, chosen above any network of ours (the paper's
// largest, a U-Net of 31 M parameters, is 124 MB) and below what hurts.
const (
	MaxPart     = 256 << 20 // bytes of one part
	MaxManifest = 1 << 20   // bytes of the manifest
)

// Names of the entries of a bundle.
const (
	mimeName       = "mimetype"
	manifestName   = "manifest.json"
	InpainterPart  = "i.onnx"
	DetectorPart   = "d.onnx"
	FusedPart      = "fused.onnx"
	FloorPart      = "floor.u8"
	ThumbnailPart  = "thumbnail.png"
	EvidencePart   = "evidence.json"
	OrdinaryPart   = "ordinary.json"
	ZonesPart      = "zones.json"
	AppearancePart = "appearance.onnx"
	MemoryPart     = "memory.onnx"
)

// MimeType is the content of a bundle's first entry.
const MimeType = "application/vnd.avid.bundle+zip"

// Bundle is a camera's model in memory. Its slices belong to it: nobody may
// change them while another goroutine reads.
type Bundle struct {
	Manifest  Manifest
	Inpainter []byte // I, ONNX
	Detector  []byte // D, ONNX
	Fused     []byte // the whole inference graph, ONNX
	// Floor is what |X - I(X)| usually is at each pixel of ordinary footage:
	// Height·Width bytes, row by row, in units of FloorUnit. The pixel
	// threshold counts from there. nil means 0 everywhere.
	Floor     []byte
	Thumbnail []byte // PNG of the scene, of the model's size (Picture); nil when there is none
	// Evidence tells people of the bundle's making (train.Evidence): JSON, of which
	// this package knows nothing; nil when there is none.
	Evidence []byte
	// Ordinary is what an operator has called ordinary (ordinary.List): JSON; nil:
	// nothing.
	Ordinary []byte
	// Zones are the parts of the picture that are judged apart or left out, as the
	// networks were trained (zones.List): JSON; nil: none.
	Zones []byte
	// Appearance and Memory are the networks of the detector of what looks out of place
	// (package appearance), ONNX: the features of a picture, and what ordinary footage has
	// nearest to them; nil: there is none.
	Appearance []byte
	Memory     []byte
	// Signature is that of the file that was read, or of Sign; nil: there is none.
	Signature *Signature
	// File is the SHA-256 of the file that was read, as sha256sum prints it; "" of a
	// bundle that was not.
	File string
}

// FloorUnit is one step of Bundle.Floor, in grey levels of [0,1]: the bytes
// reach to a quarter of the range.
const FloorUnit = 1.0 / 1020

// part is one file of a bundle, and where its bytes are kept.
type part struct {
	name     string
	data     *[]byte
	optional bool
}

// parts lists the files of the bundle in the order of the zip.
func (b *Bundle) parts() []part {
	return []part{
		{InpainterPart, &b.Inpainter, false},
		{DetectorPart, &b.Detector, false},
		{FusedPart, &b.Fused, false},
		{FloorPart, &b.Floor, true},
		{ThumbnailPart, &b.Thumbnail, true},
		{EvidencePart, &b.Evidence, true},
		{OrdinaryPart, &b.Ordinary, true},
		{ZonesPart, &b.Zones, true},
		{AppearancePart, &b.Appearance, true},
		{MemoryPart, &b.Memory, true},
	}
}

// fits tells whether the floor has a byte for each pixel, and the picture of the
// scene the model's size.
func (b *Bundle) fits() error {
	if n := b.Manifest.Height * b.Manifest.Width; len(b.Floor) != 0 && len(b.Floor) != n {
		return badField("parts", fmt.Sprintf("%s of %d bytes", FloorPart, len(b.Floor)), fmt.Sprintf("%d, one for each pixel", n))
	}
	if b.Manifest.Ground && len(b.Thumbnail) == 0 {
		return badField("parts", "no "+ThumbnailPart, "one, as the ground begins with it")
	}
	if there := b.Manifest.Appearance != nil; there != (len(b.Appearance) > 0) || there != (len(b.Memory) > 0) {
		return badField("parts", fmt.Sprintf("%s of %d and %s of %d bytes", AppearancePart, len(b.Appearance), MemoryPart, len(b.Memory)),
			"both where the manifest has appearance, else neither")
	}
	return b.checkThumbnail()
}

// Hash is the bundle's identity: the SHA-256 of its manifest as written,
// which holds the SHA-256 of every part, as 64 hexadecimal digits. It is ""
// when the bundle could not be written. A signature does not change it, nor does a
// newer avid.
func (b *Bundle) Hash() string {
	text, err := b.seal(b.format())
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// format is that of the file that was read, else the one to write.
func (b *Bundle) format() int {
	if f := b.Manifest.Format; f > 0 && len(b.Ordinary) == 0 && len(b.Zones) == 0 && b.Manifest.Calibration.Shadow == nil && b.Manifest.Appearance == nil {
		return f
	}
	return b.written()
}

// written is the format to write.
func (b *Bundle) written() int {
	switch {
	case b.Manifest.Calibration.Shadow != nil || b.Manifest.Appearance != nil:
		return Format
	case len(b.Zones) > 0:
		return withZones
	case len(b.Ordinary) > 0:
		return withOrdinary
	}
	return plain
}

// seal is the manifest's JSON with the given format, and parts filled in from the
// bundle's content, which is validated. The bundle itself is not changed.
func (b *Bundle) seal(format int) ([]byte, error) {
	m := b.Manifest
	if err := errors.Join(m.Validate(), b.fits()); err != nil {
		return nil, err
	}
	m.Format = format
	m.Parts = make(map[string]Part, 8)
	for _, p := range b.parts() {
		size := len(*p.data)
		switch {
		case size == 0 && p.optional:
			continue
		case size == 0:
			return nil, badField("parts", p.name+" of 0 bytes", "1 byte or more")
		case size > MaxPart:
			return nil, fmt.Errorf("%w: %s has %d bytes, allowed are %d", ErrTooLarge, p.name, size, MaxPart)
		}
		sum := sha256.Sum256(*p.data)
		m.Parts[p.name] = Part{SHA256: hex.EncodeToString(sum[:]), Size: int64(size)}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if text.Len() > MaxManifest {
		return nil, fmt.Errorf("%w: the manifest has %d bytes, allowed are %d", ErrTooLarge, text.Len(), MaxManifest)
	}
	return text.Bytes(), nil
}

// Paths are the paths of a list of bundles with semicolons between them, such as
// "day.avid;night.avid"; "" alone of an empty list. A list that is the name of a file is that, and an address, which
// names none, stays whole, so that whoever shows it knows where its password is.
func Paths(list string) (paths []string) {
	if _, err := os.Stat(list); err == nil || !strings.Contains(list, ";") || strings.Contains(list, "://") {
		return []string{list}
	}
	for path := range strings.SplitSeq(list, ";") {
		if path = strings.TrimSpace(path); path != "" {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		paths = []string{""}
	}
	return paths
}

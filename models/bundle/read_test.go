package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"runtime"
	"strings"
	"testing"
)

func newSum() hash.Hash { return sha256.New() }

// reseal puts the right digest at the end of a file changed by a test, as an
// attacker would.
func reseal(data []byte) []byte {
	out := bytes.Clone(data)
	sum := sha256.Sum256(out[:len(out)-sealSize])
	hex.Encode(out[len(out)-sealSize:], sum[:])
	return out
}

// file is an entry of a zip made by a test.
type file struct {
	name, content string
	deflate       bool
}

// pack makes a zip; a bundle's comment is added when sealed.
func pack(t testing.TB, sealed bool, files ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range files {
		var err error
		if f.deflate {
			w, cerr := zw.Create(f.name)
			if err = cerr; err == nil {
				_, err = w.Write([]byte(f.content))
			}
		} else {
			err = store(zw, f.name, []byte(f.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if sealed {
		if err := zw.SetComment(sealPrefix + strings.Repeat("0", sealSize)); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if sealed {
		return reseal(out.Bytes())
	}
	return out.Bytes()
}

// files are the entries of the small bundle, its manifest changed by edit.
func files(t testing.TB, edit func(string) string) []file {
	t.Helper()
	b := small()
	text, err := b.seal(b.written())
	if err != nil {
		t.Fatal(err)
	}
	m := string(text)
	if edit != nil {
		if m = edit(m); m == string(text) {
			t.Fatal("the manifest was not changed")
		}
	}
	out := []file{{name: mimeName, content: MimeType}, {name: manifestName, content: m}}
	for _, p := range b.parts() {
		if len(*p.data) > 0 {
			out = append(out, file{name: p.name, content: string(*p.data)})
		}
	}
	return out
}

// swap replaces the first occurrence of a text of the manifest.
func swap(old, now string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, now, 1) }
}

func TestTruncated(t *testing.T) {
	data := encode(t, small())
	for n := range data {
		if _, err := read(data[:n]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
	// Shorter than it was said to be.
	if _, err := Read(bytes.NewReader(data[:100]), int64(len(data))); !errors.Is(err, ErrTruncated) {
		t.Errorf("short reader: %v", err)
	}
}

// TestBitFlips changes every bit of a bundle, in headers, parts, directory
// and digest: each is noticed.
func TestBitFlips(t *testing.T) {
	data := encode(t, small())
	for i := range data {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			if _, err := read(bad); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("bit %d of byte %d of %d: %v", bit, i, len(data), err)
			}
		}
	}
}

// TestResealedFlips changes one byte of a bundle and mends its digest: what
// is still read must be a valid bundle, the parts' own checksums and names
// must hold, and nothing may panic.
func TestResealedFlips(t *testing.T) {
	data := encode(t, small())
	for i := range len(data) - sealSize {
		bad := bytes.Clone(data)
		bad[i] ^= 0x41
		b, err := read(reseal(bad))
		if err == nil && !bytes.Equal(b.Fused, small().Fused) {
			t.Fatalf("byte %d: another part was read without an error", i)
		}
	}
}

func TestForeign(t *testing.T) {
	for name, data := range map[string][]byte{
		"text":          []byte("not a zip at all, but long enough to be one if it tried"),
		"zip":           pack(t, false, file{name: "readme.txt", content: "hello", deflate: true}),
		"web extension": pack(t, false, file{name: manifestName, content: `{"manifest_version":3,"name":"x"}`}),
		"epub":          pack(t, false, file{name: mimeName, content: "application/epub+zip and so on"}),
		"empty zip":     pack(t, false),
		"cut zip":       pack(t, false, file{name: "readme.txt", content: strings.Repeat("hello", 50)})[:200],
	} {
		if _, err := read(data); !errors.Is(err, ErrNotBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewerFormat(t *testing.T) {
	newer := swap(`"format": 4`, `"format": 8, "shape": "new"`)
	for name, data := range map[string][]byte{
		"sealed":   pack(t, true, files(t, newer)...),
		"repacked": pack(t, false, files(t, newer)...),
		"minimal":  pack(t, true, file{name: mimeName, content: MimeType}, file{name: manifestName, content: `{"format":8}`}),
	} {
		if _, err := read(data); !errors.Is(err, ErrNewerFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAltered refuses whole, well-formed zips that Write would not write.
func TestAltered(t *testing.T) {
	all := files(t, nil)
	edit := func(change func([]file) []file) []byte {
		return pack(t, true, change(files(t, nil))...)
	}
	long := strings.Repeat("x", MaxManifest+1)
	for name, c := range map[string]struct {
		data []byte
		want error
		says string
	}{
		"packed anew":         {pack(t, false, all...), ErrCorrupt, "digest"},
		"part missing":        {edit(func(f []file) []file { return f[:4] }), ErrCorrupt, FusedPart},
		"manifest missing":    {edit(func(f []file) []file { return append(f[:1], f[2:]...) }), ErrCorrupt, manifestName},
		"part exchanged":      {edit(func(f []file) []file { f[3].content = "detector NETWORK"; return f }), ErrCorrupt, "SHA-256"},
		"part longer":         {edit(func(f []file) []file { f[3].content += "!"; return f }), ErrCorrupt, DetectorPart},
		"part twice":          {edit(func(f []file) []file { return append(f, f[3]) }), ErrCorrupt, "two entries"},
		"part unknown":        {edit(func(f []file) []file { return append(f, file{name: "run.sh", content: "x"}) }), ErrCorrupt, "entries"},
		"part compressed":     {edit(func(f []file) []file { f[4].deflate = true; return f }), ErrCorrupt, "compressed"},
		"manifest bomb":       {edit(func(f []file) []file { f[1].content = long; f[1].deflate = true; return f }), ErrTooLarge, manifestName},
		"many entries":        {pack(t, true, many(maxEntries+1)...), ErrCorrupt, "entries"},
		"thumbnail not named": {pack(t, true, files(t, func(s string) string { return strings.Replace(s, `"thumbnail.png"`, `"other.png"`, 1) })...), ErrManifest, "parts"},
	} {
		if _, err := read(c.data); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v about %q", name, err, c.want, c.says)
		}
	}
}

// TestSharedBytes lets all parts of a directory point at the largest one.
func TestSharedBytes(t *testing.T) {
	b := small()
	b.Inpainter = bytes.Repeat([]byte{1}, 4096)
	b.Detector, b.Fused = b.Inpainter, b.Inpainter
	data := encode(t, b)
	end := bytes.LastIndex(data, []byte(endSig))
	dir := int(binary.LittleEndian.Uint32(data[end+16:]))
	first := uint32(0)
	for i := dir; i < end; i += 46 + int(binary.LittleEndian.Uint16(data[i+28:])) {
		if binary.LittleEndian.Uint32(data[i+24:]) != 4096 {
			continue
		}
		if first == 0 {
			first = binary.LittleEndian.Uint32(data[i+42:])
		}
		binary.LittleEndian.PutUint32(data[i+42:], first)
	}
	cut := bytes.Clone(data[:first+4096+60]) // one copy, then the directory
	n := len(cut)
	cut = append(cut, data[dir:]...)
	binary.LittleEndian.PutUint32(cut[n+end-dir+16:], uint32(n))
	if _, err := read(reseal(cut)); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "larger than the file") {
		t.Error(err)
	}
}

// many is the head of a bundle with n entries.
func many(n int) []file {
	out := []file{{name: mimeName, content: MimeType}}
	for i := range n {
		out = append(out, file{name: fmt.Sprint("f", i), content: "x"})
	}
	return out
}

// TestDeclaredSizes writes huge sizes into the directory and mends the
// digest: they are refused, and no memory is taken for them.
func TestDeclaredSizes(t *testing.T) {
	data := encode(t, small())
	end := bytes.LastIndex(data, []byte(endSig))
	dir := int(binary.LittleEndian.Uint32(data[end+16:]))
	for name, size := range map[string]uint32{"below the limit": MaxPart - 1, "above it": MaxPart + 1, "zip64": 0xffffffff} {
		bad := bytes.Clone(data)
		for i := dir; i < end; i += 46 + int(binary.LittleEndian.Uint16(bad[i+28:])) {
			binary.LittleEndian.PutUint32(bad[i+20:], size)
			binary.LittleEndian.PutUint32(bad[i+24:], size)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(reseal(bad))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}

// endless is a file that says it has more bytes than any bundle may.
type endless struct{ head []byte }

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(e.head)) {
		copy(p, e.head[off:])
	}
	return len(p), nil
}

func TestHugeFile(t *testing.T) {
	if _, err := Read(endless{encode(t, small())}, 1<<50); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := Read(endless{}, 1<<50); !errors.Is(err, ErrNotBundle) {
		t.Error(err)
	}
}

var errDisk = errors.New("disk on fire")

// broken fails every read.
type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func TestReadPassesErrorsOn(t *testing.T) {
	if _, err := Read(broken{}, 1000); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	data := encode(f, small())
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Add(pack(f, false, file{name: manifestName, content: `{"format":8}`}))
	f.Add([]byte(localSig))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Unsealed input rarely gets far, so the digest is mended too.
		tries := [][]byte{data}
		if len(data) > sealSize {
			tries = append(tries, reseal(data))
		}
		for _, d := range tries {
			b, err := read(d)
			if err != nil {
				continue
			}
			again, err := read(encode(t, b))
			if err != nil || again.Hash() != b.Hash() {
				t.Fatalf("a bundle that was read cannot be written and read again: %v", err)
			}
		}
	})
}

// TestOlderFormat: bundles of the formats before are read as they are.
func TestOlderFormat(t *testing.T) {
	for _, format := range []string{`"format": 1`, `"format": 2`, `"format": 3`} {
		b, err := read(pack(t, true, files(t, swap(`"format": 4`, format))...))
		if err != nil || b.Manifest.Height != 32 {
			t.Errorf("%s: %v", format, err)
		}
	}
}

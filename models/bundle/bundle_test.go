package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// small is a valid bundle of a few hundred bytes.
func small() *Bundle {
	b := &Bundle{
		Manifest: Manifest{
			Name:      "yard <north> & gate",
			Tool:      "avid test",
			Created:   "2026-01-02T03:04:05Z",
			Height:    32,
			Width:     48,
			FrameRate: 10,
			Inpainter: json.RawMessage(`{"base":8,"depth":2}`),
			Detector:  json.RawMessage(`{"kernels":[6,4,6]}`),
			Regions:   Regions{Stride: 8, Rows: 4, Cols: 6, Center: 3.5, Box: 32},
			Training:  json.RawMessage(`{"seed":1,"note":"a<b"}`),
		},
		Inpainter: []byte("inpainter network"),
		Detector:  []byte("detector network"),
		Fused:     []byte("the whole graph"),
		Evidence:  []byte(`{"curve":[]}`),
	}
	b.Manifest.Calibration = Uncalibrated(4)
	b.Manifest.Calibration.Alpha = 0.0125
	b.Manifest.Calibration.RowShift[2] = -1.5
	b.Manifest.Calibration.GumbelLocation = -3.25
	b.Manifest.Calibration.Frames = 500
	if err := b.SetPicture(make([]byte, 32*48)); err != nil {
		panic(err)
	}
	return b
}

// encode is the file of b.
func encode(t testing.TB, b *Bundle) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read is Read from memory.
func read(data []byte) (*Bundle, error) {
	return Read(bytes.NewReader(data), int64(len(data)))
}

func TestRoundTrip(t *testing.T) {
	bare := small()
	bare.Thumbnail, bare.Evidence = nil, nil
	bare.Manifest.Training = nil
	half := small()
	half.Manifest.Precision = FP16
	learnt := small()
	learnt.Ordinary = []byte(`{"things":[]}`)
	zoned := small()
	zoned.Zones = []byte(`[{"name":"a","kind":"ignore","points":[[0,0],[1,0],[1,1]]}]`)
	shaded := small()
	shaded.Manifest.Calibration.Shadow = &Shadow{Low: 0.5, High: 0.6}
	looks := small()
	looks.Appearance, looks.Memory = []byte("features"), []byte("memory")
	looks.Manifest.Appearance = &Appearance{Every: 5, Location: 1.25, Scale: 0.5, Clear: 2}
	for name, want := range map[string]*Bundle{"all": small(), "with shadows": shaded, "with a detector of looks": looks, "with ordinary things": learnt, "with zones": zoned,
		"without thumbnail and record": bare, "half precision": half} {
		data := encode(t, want)
		got, err := read(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(encode(t, got), data) {
			t.Errorf("%s: written again, the bundle differs", name)
		}
		if got.Hash() != want.Hash() || len(got.Hash()) != 64 {
			t.Errorf("%s: hash %q, want %q", name, got.Hash(), want.Hash())
		}
		if got.Manifest.Format != want.written() || got.Manifest.Parts[DetectorPart].Size != int64(len(want.Detector)) {
			t.Errorf("%s: format %d, parts %v", name, got.Manifest.Format, got.Manifest.Parts)
		}
		if sum := sha256.Sum256(data); got.File != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: file %q, want %x", name, got.File, sum)
		}
		got.Manifest.Format, got.Manifest.Parts, got.File = 0, nil, ""
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestHashFollowsContent(t *testing.T) {
	seen := map[string]string{small().Hash(): "unchanged"}
	for name, change := range map[string]func(*Bundle){
		"i":         func(b *Bundle) { b.Inpainter = []byte("x") },
		"d":         func(b *Bundle) { b.Detector = []byte("x") },
		"fused":     func(b *Bundle) { b.Fused = []byte("x") },
		"thumbnail": func(b *Bundle) { b.Thumbnail = nil },
		"evidence":  func(b *Bundle) { b.Evidence[0]++ },
		"manifest":  func(b *Bundle) { b.Manifest.Calibration.Alpha = 0.5 },
	} {
		b := small()
		change(b)
		if other, ok := seen[b.Hash()]; ok {
			t.Errorf("%s hashes as %s", name, other)
		}
		seen[b.Hash()] = name
	}
	if h := new(Bundle).Hash(); h != "" {
		t.Errorf("hash of an empty bundle is %q", h)
	}
}

// TestGolden holds the format: a file written by an older avid must still be
// read, and the bytes of a bundle must not change by accident.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "small.avid")
	data := encode(t, small())
	if *update {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("%d bytes written differ from the golden %d", len(data), len(want))
	}
	if _, err := Open(path); err != nil {
		t.Error(err)
	}
}

// withLooks adds a detector of what looks out of place.
func withLooks(a Appearance) func(*Bundle) {
	return func(b *Bundle) { b.Appearance, b.Memory, b.Manifest.Appearance = []byte("x"), []byte("x"), &a }
}

func TestWriteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Bundle)
		want   error
		says   string
	}{
		"no detector": {func(b *Bundle) { b.Detector = nil }, ErrManifest, DetectorPart},
		"height":      {func(b *Bundle) { b.Manifest.Height = 15 }, ErrManifest, "height"},
		"huge part":   {func(b *Bundle) { b.Fused = make([]byte, MaxPart+1) }, ErrTooLarge, FusedPart},
		"huge record": {func(b *Bundle) { b.Manifest.Training = longRecord() }, ErrTooLarge, "manifest"},
		"no memory": {func(b *Bundle) {
			b.Appearance = []byte("x")
			b.Manifest.Appearance = &Appearance{Every: 1, Scale: 1, Clear: 1}
		}, ErrManifest, MemoryPart},
		"memory alone":   {func(b *Bundle) { b.Memory = []byte("x") }, ErrManifest, MemoryPart},
		"never looks":    {withLooks(Appearance{Every: 0, Scale: 1, Clear: 1}), ErrManifest, "appearance.every"},
		"no spread":      {withLooks(Appearance{Every: 1, Scale: 0, Clear: 1}), ErrManifest, "appearance.scale"},
		"never clear":    {withLooks(Appearance{Every: 1, Scale: 1}), ErrManifest, "appearance.clear"},
		"nowhere":        {withLooks(Appearance{Every: 1, Scale: 1, Location: math.NaN(), Clear: 1}), ErrManifest, "appearance.location"},
		"no JSON record": {func(b *Bundle) { b.Manifest.Training = json.RawMessage("{") }, ErrManifest, "training"},
	} {
		b := small()
		c.change(b)
		var out bytes.Buffer
		err := b.Write(&out)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || out.Len() != 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, out.Len())
		}
	}
}

// longRecord is a JSON object just above the manifest's limit.
func longRecord() json.RawMessage {
	return json.RawMessage(`{"log":"` + strings.Repeat("x", MaxManifest) + `"}`)
}

// fullDisk takes n bytes and then fails.
type fullDisk struct{ n int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.n -= len(p); d.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWritePassesErrorsOn(t *testing.T) {
	for n := range encode(t, small()) {
		if err := small().Write(&fullDisk{n}); !errors.Is(err, errFull) {
			t.Fatalf("disk of %d bytes: %v", n, err)
		}
	}
}

func TestSealWriterInAnyPieces(t *testing.T) {
	want := encode(t, small())
	for _, size := range []int{1, 2, 7, 63, 64, 65, 200, 1000} {
		var got bytes.Buffer
		s := &sealWriter{w: &got, sum: newSum()}
		for rest := want; len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := s.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := s.finish(); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("pieces of %d bytes give another file: %v", size, err)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cam.avid")
	for _, name := range []string{"first", "second"} {
		b := small()
		b.Manifest.Name = name
		if err := b.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		got, err := Open(path)
		if err != nil || got.Manifest.Name != name {
			t.Fatalf("%v, %v", got, err)
		}
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := small()
	bad.Manifest.FrameRate = 0
	if err := bad.WriteFile(path); !errors.Is(err, ErrManifest) {
		t.Errorf("bad bundle: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a failed write changed the file")
	}
	only(t, dir, "cam.avid")
}

func TestWriteFileFailures(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "folder", "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := small().WriteFile(filepath.Join(dir, "folder")); err == nil {
		t.Error("a folder was replaced")
	}
	if err := small().WriteFile(filepath.Join(dir, "none", "cam.avid")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
	only(t, dir, "folder")
}

// only checks that a folder holds nothing but the named entry.
func only(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the folder holds %v, want only %s", entries, name)
	}
}

func TestOpenFailures(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none.avid")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrNotBundle) {
		t.Errorf("folder: %v", err)
	}
	path := filepath.Join(dir, "text.avid")
	if err := os.WriteFile(path, []byte("hello, this is no bundle"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, ErrNotBundle) || !strings.Contains(err.Error(), path) {
		t.Errorf("text file: %v", err)
	}
}

// TestFloorFits: a floor has one byte for each pixel, and survives the file.
func TestFloorFits(t *testing.T) {
	b := small()
	b.Floor = make([]byte, 3)
	if err := b.Write(io.Discard); !errors.Is(err, ErrManifest) {
		t.Errorf("floor of three bytes: %v", err)
	}
	b.Floor = make([]byte, b.Manifest.Height*b.Manifest.Width)
	b.Floor[7] = 9
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		t.Fatal(err)
	}
	back, err := Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil || !bytes.Equal(back.Floor, b.Floor) {
		t.Errorf("floor %v, error %v", back, err)
	}
}

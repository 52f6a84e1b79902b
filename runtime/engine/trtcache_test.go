package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCacheKey(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 4)
	if got, want := cacheKey(hash, "NVIDIA H100 80GB/HBM3", "1", "1.30.0"), "0123456789abcdef-NVIDIA_H100_80GB_HBM3-1-1.30.0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !cacheEntry.MatchString(cacheKey(hash, "", "0", "1")) || cacheEntry.MatchString("my-own-files") {
		t.Error("which folders are of the cache is not told")
	}
}

// TestOpenCache: one folder a bundle, device and version; those of an earlier
// bundle at the same path go, all else stays.
func TestOpenCache(t *testing.T) {
	home := filepath.Join(t.TempDir(), "cam.avid.trt")
	old, now := strings.Repeat("a", 16), strings.Repeat("b", 16)
	for _, name := range []string{old + "-X-0-1.30.0", now + "-Y-1-1.30.0", "notes"} {
		if err := os.MkdirAll(filepath.Join(home, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err := openCache([]string{home}, now+"-X-0-1.30.0")
	if want := filepath.Join(home, now+"-X-0-1.30.0"); err != nil || got != want {
		t.Fatalf("got %q, %v; want %q", got, err, want)
	}
	left := strings.Join(filesIn(home), " ")
	if want := "bbbbbbbbbbbbbbbb-X-0-1.30.0 bbbbbbbbbbbbbbbb-Y-1-1.30.0 notes"; left != want {
		t.Errorf("left are %s, want %s", left, want)
	}
	if files := filesIn(got); len(files) > 0 {
		t.Errorf("%v is left in the new folder", files)
	}
}

// TestOpenCacheElsewhere: where the bundle's folder cannot be written, the user's
// cache serves, apart for each path; where that cannot either, an error says so.
func TestOpenCacheElsewhere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	user := func() (string, error) { return filepath.Join(dir, "cache"), nil }
	a, b := cacheHomes(filepath.Join(file, "a.avid"), user), cacheHomes(filepath.Join(file, "b.avid"), user)
	if a[1] == b[1] {
		t.Error("two bundles share a folder")
	}
	key := strings.Repeat("c", 16) + "-X-0-1"
	got, err := openCache(a, key) // below a file there is no folder
	if want := filepath.Join(a[1], key); err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	none := func() (string, error) { return "", errors.New("no HOME") }
	if _, err := openCache(cacheHomes(filepath.Join(file, "a.avid"), none), key); err == nil {
		t.Error("a folder below a file")
	}
}

// TestNoCacheForOthers: only TensorRT has one, and only for a bundle with a path.
func TestNoCacheForOthers(t *testing.T) {
	hash := func() string { t.Error("the bundle was hashed for nothing"); return "" }
	for d, o := range map[Device]Options{CUDA: {BundlePath: "x"}, CPU: {BundlePath: "x"}, TensorRT: {}} {
		if got := o.tensorRTCache(d, hash); got != "" {
			t.Errorf("%s: %q", d, got)
		}
	}
	if o := tensorRTDefaults("0", ""); len(o) != 1 {
		t.Errorf("without a folder: %v", o)
	}
	if o := tensorRTDefaults("0", "/c"); o["trt_engine_cache_enable"] != "1" || o["trt_engine_cache_path"] != "/c" || o["trt_timing_cache_enable"] != "1" {
		t.Errorf("with one: %v", o)
	}
}

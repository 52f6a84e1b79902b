package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// keyDigits is how many hexadecimal digits of a hash name a cache folder.
const keyDigits = 16

// cacheEntry is the name of a folder that a cacheKey made.
var cacheEntry = regexp.MustCompile(fmt.Sprintf(`^[0-9a-f]{%d}-`, keyDigits))

// cacheKey names the folder of what TensorRT builds for a bundle: it serves this
// bundle, by its hash, on this device with this ONNX Runtime only.
func cacheKey(hash, device, index, version string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.':
			return r
		}
		return '_'
	}, device)
	return fmt.Sprintf("%.*s-%s-%s-%s", keyDigits, hash, plain, index, version)
}

// cacheHomes are the folders in which that of a bundle may be, the better first:
// beside the bundle, and in the user's cache by the bundle's path.
func cacheHomes(bundlePath string, userCache func() (string, error)) []string {
	homes := []string{bundlePath + ".trt"}
	if user, err := userCache(); err == nil {
		full, err := filepath.Abs(bundlePath)
		if err != nil {
			full = bundlePath
		}
		sum := sha256.Sum256([]byte(full))
		homes = append(homes, filepath.Join(user, "avid", "tensorrt", hex.EncodeToString(sum[:])[:keyDigits]))
	}
	return homes
}

// openCache makes the folder key in the first of the homes that can be written,
// and removes from there what was built for another bundle of the same path.
func openCache(homes []string, key string) (string, error) {
	var errs []error
	for _, home := range homes {
		folder := filepath.Join(home, key)
		if err := writable(folder); err != nil {
			errs = append(errs, err)
			continue
		}
		entries, err := os.ReadDir(home)
		if err != nil {
			return "", err
		}
		for _, e := range entries {
			if cacheEntry.MatchString(e.Name()) && e.Name()[:keyDigits] != key[:keyDigits] {
				if err := os.RemoveAll(filepath.Join(home, e.Name())); err != nil {
					return "", err
				}
			}
		}
		return filepath.Abs(folder)
	}
	return "", fmt.Errorf("no folder for what TensorRT builds: %w", errors.Join(errs...))
}

// writable makes a folder and tries to write in it.
func writable(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".writable")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// tensorRTCache is the folder for a bundle on a device; "" where there is none,
// of which the caller is told: the bundle then is built anew at each start.
func (o Options) tensorRTCache(d Device, hashOf func() string) string {
	kind, index := d.split()
	if kind != TensorRT || o.BundlePath == "" {
		return ""
	}
	hash := hashOf()
	if len(hash) < keyDigits {
		return ""
	}
	found, err := machine.driver()
	name := "device"
	if n := d.number(); err == nil && n < len(found.devices) {
		name = found.devices[n]
	}
	version, _ := loaded()
	folder, err := openCache(cacheHomes(o.BundlePath, os.UserCacheDir), cacheKey(hash, name, index, version))
	if err != nil {
		o.note(fmt.Sprintf("TensorRT builds for minutes at each start: %v", err))
		return ""
	}
	return folder
}

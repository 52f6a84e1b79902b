package datasets

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxItems bounds what the header of an idx file may ask for; MNIST has 60,000.
const maxItems = 1 << 18

// readIDX reads the idx file of bytes of that name in dir, packed by gzip or
// not: a number of items of the given shape. The error names the file and wraps
// ErrLayout when there is none, ErrDigits when it is not of that form.
func readIDX(dir, name string, shape ...int) (items []byte, path string, err error) {
	if path, err = findIDX(dir, name); err != nil {
		return nil, "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDigits, err)
	}
	defer f.Close()
	if items, err = parseIDX(f, shape...); err != nil {
		return nil, "", fmt.Errorf("%s: %w: %w", path, ErrDigits, err)
	}
	return items, path, nil
}

// findIDX finds the file under the names it goes by: as published, with a dot
// before idx, gzipped or not.
func findIDX(dir, name string) (string, error) {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	for _, n := range []string{name, name + ".gz", dotted, dotted + ".gz"} {
		path := filepath.Join(dir, n)
		// Some unpack each file into a folder of the same name.
		for _, p := range []string{path, filepath.Join(path, n)} {
			if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
				return p, nil
			}
		}
	}
	return "", fmt.Errorf("digits %s: %w: no file %s, %s, or either with .gz", dir, ErrLayout, name, dotted)
}

// parseIDX reads the form that MNIST is published in (LeCun, Cortes, Burges):
// big-endian, two bytes 0, the type 8 (bytes), how many dimensions, then each
// of them, then the bytes. The first dimension is the number of items.
func parseIDX(r io.Reader, shape ...int) ([]byte, error) {
	b := bufio.NewReader(r)
	if head, err := b.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReader(z)
	}
	header := make([]uint32, 2+len(shape))
	if err := binary.Read(b, binary.BigEndian, header); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("cut off in its header of %d bytes", 4*len(header))
		}
		return nil, err
	}
	if want := uint32(0x0800 + 1 + len(shape)); header[0] != want {
		return nil, fmt.Errorf("it begins with %#08x, not %#08x", header[0], want)
	}
	n, each := int(header[1]), 1
	if n < 1 || n > maxItems {
		return nil, fmt.Errorf("it says it holds %d items: want 1 to %d", n, maxItems)
	}
	for i, side := range shape {
		if header[2+i] != uint32(side) {
			return nil, fmt.Errorf("items of %v, not %v", header[2:], shape)
		}
		each *= side
	}
	items, err := io.ReadAll(io.LimitReader(b, int64(n*each)+1))
	if errors.Is(err, io.ErrUnexpectedEOF) || err == nil && len(items) < n*each {
		return nil, fmt.Errorf("cut off: %d of the %d bytes of %d items", len(items), n*each, n)
	}
	if err != nil {
		return nil, err
	}
	if len(items) > n*each {
		return nil, fmt.Errorf("it goes on after its %d items", n)
	}
	return items, nil
}

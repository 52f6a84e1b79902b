//go:build !nogst

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

// temporaryName is the hidden name beside a video under which it is written until it is
// whole: .NAME.PROCESS.ENDING. What processes that were killed have left of the same video is
// removed.
func temporaryName(path, ending string) string {
	dir, base := filepath.Dir(path), filepath.Base(path)
	mine := regexp.MustCompile("^" + regexp.QuoteMeta("."+base+".") + `([0-9]+)` + regexp.QuoteMeta(ending) + "$")
	files, _ := os.ReadDir(dir) // what cannot be read is told where the video is written
	for _, f := range files {
		if found := mine.FindStringSubmatch(f.Name()); found != nil && f.Type().IsRegular() && hasEnded(found[1]) {
			_ = os.Remove(filepath.Join(dir, f.Name())) // it is in nobody's way
		}
	}
	return filepath.Join(dir, fmt.Sprintf(".%s.%d%s", base, os.Getpid(), ending))
}

// hasEnded tells whether there is no process of an id any more.
func hasEnded(id string) bool {
	n, err := strconv.Atoi(id)
	if err != nil || n <= 0 {
		return false
	}
	p, err := os.FindProcess(n)
	if err != nil {
		return true
	}
	return errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// sample is what a process holds at a moment.
type sample struct {
	rss     int64 // bytes in memory
	heap    int64 // bytes of Go's heap that are in use; 0: not known
	files   int64 // descriptors
	threads int64
}

// kinds are what a sample has, with how much of each may come while it counts as flat: a
// share of what was there, and what is noise. Memory may grow by what allocators keep, and
// threads by what Go's runtime begins where many wait at once.
var kinds = []struct {
	name  string
	of    func(sample) int64
	share float64
	noise int64
	unit  int64
}{
	{"memory, MiB", func(s sample) int64 { return s.rss }, 0.05, 8 << 20, 1 << 20},
	{"Go heap, KiB", func(s sample) int64 { return s.heap }, 0.1, 1 << 20, 1 << 10},
	{"file descriptors", func(s sample) int64 { return s.files }, 0, 2, 1},
	{"threads", func(s sample) int64 { return s.threads }, 0.05, 4, 1},
}

// look measures a process by /proc (proc(5)).
func look(pid int) (s sample, err error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return s, err
	}
	for line := range bytes.Lines(status) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		n, _ := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(value), []byte(" kB"))), 10, 64) // of those read below
		switch string(name) {
		case "VmRSS":
			s.rss = n << 10
		case "Threads":
			s.threads = n
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "fd"))
	s.files = int64(len(files))
	return s, err
}

// leastSamples is how many samples it takes to say something.
const leastSamples = 10

// report writes what samples begin and end with, medians of the second and of the last
// fifth, and tells whether each kind is flat.
func report(out io.Writer, what string, all []sample) (flat bool, err error) {
	if len(all) < leastSamples {
		return false, fmt.Errorf("%s: %d samples: want %d or more to compare their begin with their end", what, len(all), leastSamples)
	}
	fifth, flat := len(all)/5, true
	fmt.Fprintf(out, "%s\n", what)
	for _, k := range kinds {
		begin, end := median(all[fifth:2*fifth], k.of), median(all[len(all)-fifth:], k.of)
		if begin == 0 && end == 0 {
			continue
		}
		word := "flat"
		if more := end - begin; more > k.noise && float64(more) > k.share*float64(begin) {
			word, flat = "GROWS", false
		}
		fmt.Fprintf(out, "  %-18s %8d → %8d  %s\n", k.name, begin/k.unit, end/k.unit, word)
	}
	return flat, nil
}

// median is that of one kind.
func median(all []sample, of func(sample) int64) int64 {
	var values []int64
	for _, s := range all {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

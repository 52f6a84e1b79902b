package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"avid/models/bundle"
	"avid/runtime/engine"
)

// swapRounds is how often the bundle is opened and closed; settled is after how
// many of them the memory is taken as a baseline: pools fill up first.
const swapRounds, settled = 20, 5

// mayGrow is how much more memory, in bytes, the swaps after the baseline may
// leave in use.
const mayGrow = 64 << 20

// swaps opens and closes a bundle again and again and looks at what memory of
// the device and of this process stays in use.
func swaps(out io.Writer, b *bundle.Bundle, on engine.Options) (kept bool, err error) {
	var first, last usage
	for i := range swapRounds {
		e, err := engine.Open(context.Background(), b, on)
		if err != nil {
			return false, fmt.Errorf("swap %d: %w", i+1, err)
		}
		if err := e.Close(); err != nil {
			return false, fmt.Errorf("swap %d: %w", i+1, err)
		}
		if last = measureUsage(); i+1 == settled {
			first = last
		}
	}
	kept = last.process-first.process <= mayGrow && last.device-first.device <= mayGrow
	word := "ok"
	if !kept {
		word = "FAILED"
	}
	fmt.Fprintf(out, "\n%d bundle swaps: device memory %s, process %+.1f MB since swap %d   %s\n", swapRounds,
		growth(first, last), float64(last.process-first.process)/1e6, settled, word)
	return kept, nil
}

func growth(first, last usage) string {
	if !last.known {
		return "not known"
	}
	return fmt.Sprintf("%+.1f MB", float64(last.device-first.device)/1e6)
}

// usage is memory in use, bytes.
type usage struct {
	process int64 // resident
	device  int64 // of all GPUs, other processes included
	known   bool  // whether the driver told
}

func measureUsage() usage {
	u := usage{}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(statm)); len(f) > 1 {
			pages, _ := strconv.ParseInt(f[1], 10, 64) // a number, by proc(5)
			u.process = pages * int64(os.Getpagesize())
		}
	}
	// In a container the driver does not know which process is ours.
	text, err := nvidiaSMI("memory.used")
	if err != nil {
		return u
	}
	for line := range strings.Lines(text) {
		mib, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			return u
		}
		u.device += mib << 20
	}
	u.known = true
	return u
}

// card names the GPUs and their driver.
func card() string {
	text, err := nvidiaSMI("name,memory.total,driver_version")
	if err != nil {
		return "nvidia-smi does not answer: " + err.Error()
	}
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
}

func nvidiaSMI(query string) (string, error) {
	text, err := exec.Command("nvidia-smi", "--query-gpu="+query, "--format=csv,noheader,nounits").Output()
	return string(text), err
}

package engine

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ErrMemory says that a device has too little free memory. It comes with
// ErrDevice.
var ErrMemory = errors.New("too little free memory on the device")

// memoryWords are what ONNX Runtime, CUDA, its libraries and TensorRT say then,
// in lower case. ONNX Runtime's API has no code for it.
var memoryWords = []string{
	"failed to allocate memory", "is smaller than requested bytes", // ONNX Runtime's arena
	"out of memory", "cudaerrormemoryallocation", // CUDA
	"status_alloc_failed", "device_allocation_failed", // cuBLAS, cuDNN
	"outofmemory", // TensorRT
}

// request is how many bytes the arena asked for when it failed.
var request = regexp.MustCompile(`(?i)(?:requested buffer of size|requested bytes of) (\d+)`)

// outOfMemory tells whether a device ran out of memory.
func outOfMemory(err error) bool {
	if err == nil {
		return false
	}
	text := strings.ToLower(err.Error())
	for _, w := range memoryWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// explainMemory gives the error of a session on a device other than the CPU, and
// where that ran out of memory, says what can be done.
func explainMemory(d Device, err error) error {
	if d == CPU || !outOfMemory(err) {
		return err
	}
	free := "free some of it"
	if m := request.FindStringSubmatch(err.Error()); m != nil {
		if bytes, wrong := strconv.ParseUint(m[1], 10, 64); wrong == nil {
			free = fmt.Sprintf("free %d MB more of it", bytes>>20+1)
		}
	}
	return &deviceError{d, fmt.Errorf("%w: %s (nvidia-smi shows who uses it), use less (a smaller batch or model size; device-options arena_extend_strategy=kSameAsRequested,cudnn_conv_use_max_workspace=0; a larger gpu_mem_limit where one is set), or take another device: %w",
		ErrMemory, free, err)}
}

//go:build sanitize

package gstc

// The address sanitizer watches the C of this package alone: with -asan, Go would
// compile all of go-gst again, which takes many minutes.

// #cgo CFLAGS: -fsanitize=address -fno-omit-frame-pointer
// #cgo LDFLAGS: -fsanitize=address
import "C"

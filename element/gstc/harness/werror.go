//go:build werror

package harness

// The C compiler's warnings are errors where this project is checked, and only
// there: another compiler than ours has other warnings.

// #cgo CFLAGS: -Werror
import "C"

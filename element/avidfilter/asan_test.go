//go:build asan

package avidfilter

// sanitized says that the address sanitizer watches, whose calls allocate.
const sanitized = true

//go:build sanitize

package harness

// #include <stdlib.h>
//
// /* Reads the byte behind its memory: what the address sanitizer must find. */
// static int avid_overrun (size_t n) {
//   volatile char *p = calloc (n, 1);
//   int v = p[n];
//   free ((void *) p);
//   return v;
// }
import "C"

// Overrun reads a byte behind some memory of C, which ends the process where the
// address sanitizer watches.
func Overrun() int { return int(C.avid_overrun(16)) }

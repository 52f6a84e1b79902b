//go:build unix

package preview

import "syscall"

// openFiles is how many files and connections the process may have open; 0: not
// known.
func openFiles() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 0
	}
	return int(min(l.Cur, 1<<20))
}

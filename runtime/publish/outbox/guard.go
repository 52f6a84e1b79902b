package outbox

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// errDamaged says that the file is not what was written.
var errDamaged = errors.New("outbox: damaged")

// guard turns a panic into an error: bbolt panics where a page of the file is not
// what it must be, and a file that somebody has cut short is a fault of memory.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	return do()
}

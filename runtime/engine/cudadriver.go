package engine

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>

// The driver's functions by their signatures in cuda.h (CUDA driver API), each of
// which gives 0 or an error code; -1 stands for a driver without one of them.
static int look(void *driver, int *version, int *count) {
	int (*get_version)(int *) = dlsym(driver, "cuDriverGetVersion");
	int (*init)(unsigned int) = dlsym(driver, "cuInit");
	int (*get_count)(int *) = dlsym(driver, "cuDeviceGetCount");
	if (!get_version || !init || !get_count) return -1;
	int code = get_version(version);
	if (code == 0) code = init(0);
	if (code == 0) code = get_count(count);
	return code;
}

static int name_of(void *driver, int ordinal, char *name, int size) {
	int (*get)(int *, int) = dlsym(driver, "cuDeviceGet");
	int (*get_name)(char *, int, int) = dlsym(driver, "cuDeviceGetName");
	int device = 0;
	if (!get || !get_name) return -1;
	int code = get(&device, ordinal);
	if (code == 0) code = get_name(name, size, device);
	return code;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// driverLibrary is the library that NVIDIA's driver brings along.
const driverLibrary = "libcuda.so.1"

// Codes of CUresult, cuda.h.
const (
	cudaNoDevice = 100 // CUDA_ERROR_NO_DEVICE
	cudaMismatch = 803 // CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
)

// driver is what NVIDIA's driver says of itself.
type driver struct {
	cuda    int      // newest CUDA version that it serves, 13000 for 13.0
	devices []string // names, by number
}

// keepOpen loads a library, by path or by a name that the dynamic loader looks
// for, and leaves it loaded: later ones that need it by its soname get this one,
// wherever it lies. Its symbols are not made global, so that two programs'
// versions of CUDA in one process stay apart.
func keepOpen(name string) error {
	_, err := dlopen(name)
	return err
}

func dlopen(name string) (unsafe.Pointer, error) {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	handle := C.dlopen(text, C.RTLD_LAZY|C.RTLD_LOCAL)
	if handle == nil {
		return nil, errors.New(C.GoString(C.dlerror()))
	}
	return handle, nil
}

// askDriver starts NVIDIA's driver in this process and asks it for its devices.
// Without any it gives no error.
func askDriver() (driver, error) {
	handle, err := dlopen(driverLibrary)
	if err != nil {
		return driver{}, err
	}
	var version, count C.int
	code := C.look(handle, &version, &count)
	d := driver{cuda: int(version)}
	switch code {
	case 0:
	case cudaNoDevice:
		return d, nil
	case cudaMismatch:
		return d, errors.New("the NVIDIA driver's library and kernel module are of two versions: restart the machine, or the container with a driver like the host's")
	default:
		return d, fmt.Errorf("the NVIDIA driver does not start: error %d of cuInit (nvidia-smi says more)", code)
	}
	for i := range count {
		var name [256]C.char
		if C.name_of(handle, i, &name[0], C.int(len(name))) == 0 {
			d.devices = append(d.devices, C.GoString(&name[0]))
		} else {
			d.devices = append(d.devices, fmt.Sprintf("device %d", i))
		}
	}
	return d, nil
}

package engine

/*
#include <dlfcn.h>
#include <stddef.h>

// The driver's functions by their signatures in cuda.h (CUDA driver API), each of
// which gives 0 or an error code; failed is the one that did, or that a driver
// lacks, and then the code is -1.
#define NEED(type, name, symbol) \
	type = dlsym(driver, symbol); \
	if (!name) { *failed = symbol; return -1; }
#define TRY(symbol, call) if (code == 0 && (code = call) != 0) *failed = symbol

// enter makes the device's own context, which is the CUDA runtime's too, the
// thread's, and retains it; leave undoes the first, let_go the second.
static int enter(void *driver, int ordinal, int *device, const char **failed) {
	NEED(int (*get)(int *, int), get, "cuDeviceGet")
	NEED(int (*retain)(void **, int), retain, "cuDevicePrimaryCtxRetain")
	NEED(int (*release)(int), release, "cuDevicePrimaryCtxRelease_v2")
	NEED(int (*push)(void *), push, "cuCtxPushCurrent_v2")
	void *context = NULL;
	int code = 0;
	TRY("cuDeviceGet", get(device, ordinal));
	TRY("cuDevicePrimaryCtxRetain", retain(&context, *device));
	if (code) return code;
	TRY("cuCtxPushCurrent_v2", push(context));
	if (code) release(*device);
	return code;
}

static void leave(void *driver) {
	int (*pop)(void **) = dlsym(driver, "cuCtxPopCurrent_v2");
	void *context;
	if (pop) pop(&context);
}

static void let_go(void *driver, int device) {
	int (*release)(int) = dlsym(driver, "cuDevicePrimaryCtxRelease_v2");
	if (release) release(device);
}

static int host_alloc(void *driver, int ordinal, size_t bytes, void **memory, const char **failed) {
	const unsigned int portable = 1; // CU_MEMHOSTALLOC_PORTABLE: pinned for every context
	NEED(int (*alloc)(void **, size_t, unsigned int), alloc, "cuMemHostAlloc")
	NEED(int (*release)(void *), release, "cuMemFreeHost")
	int device, code = 0;
	code = enter(driver, ordinal, &device, failed);
	if (code) return code;
	TRY("cuMemHostAlloc", alloc(memory, bytes, portable));
	leave(driver);
	if (code) let_go(driver, device); // else the memory keeps its context
	return code;
}

static int host_free(void *driver, int ordinal, void *memory, const char **failed) {
	NEED(int (*release)(void *), release, "cuMemFreeHost")
	int (*synchronize)(void) = dlsym(driver, "cuCtxSynchronize");
	int device;
	int code = enter(driver, ordinal, &device, failed);
	if (code) return code;
	if (synchronize) synchronize(); // copies of a run that failed may be under way
	TRY("cuMemFreeHost", release(memory));
	leave(driver);
	let_go(driver, device);
	if (code == 0) let_go(driver, device); // what host_alloc retained
	return code;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	ort "github.com/yalue/onnxruntime_go"

	"avid/models/bundle"
	"avid/models/compute"
	"avid/models/nets"
)

// pinnedAlign is what the start of each tensor in pinned memory is a multiple of,
// in bytes, as memory on the device is (CUDA C++ Programming Guide, "Device Memory
// Accesses").
const pinnedAlign = 256

// boundTensors are what a session's runs of n windows read and write, and ONNX
// Runtime's values on the same memory.
type boundTensors struct {
	io      *nets.FusedTensors
	in, out []ort.Value
	pinned  *pinnedMemory // nil: Go's own memory
}

// newBoundTensors makes those for a device. For a GPU of NVIDIA's they lie in
// pinned memory, which it reads and writes by itself, while the driver would have
// to copy any other to such memory first. Where there is none it goes on without,
// and note is told.
func newBoundTensors(m bundle.Manifest, n int, d Device, note func(string)) (*boundTensors, error) {
	t := &boundTensors{io: nets.NewFusedTensors(m, n)}
	if d.nvidia() {
		var err error
		if t.pinned, err = machine.pin(d.number(), append(t.io.Inputs(), t.io.Outputs()...)); err != nil {
			note(fmt.Sprintf("copies to and from %s are slower, without pinned memory: %v", d, err))
		}
	}
	var err error
	if t.in, err = newValues(t.io.Inputs()); err == nil {
		t.out, err = newValues(t.io.Outputs())
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// close frees the values and pinned memory; the tensors keep their content in
// memory of Go's.
func (t *boundTensors) close() error {
	if t == nil {
		return nil
	}
	err := errors.Join(destroyValues(t.in), destroyValues(t.out), t.pinned.close())
	t.in, t.out, t.pinned = nil, nil, nil
	return err
}

// pinnedMemory is host memory that stays where it is, and its tensors.
type pinnedMemory struct {
	driver  unsafe.Pointer // of dlopen
	ordinal int            // of the device whose driver keeps it
	memory  unsafe.Pointer
	tensors []*compute.Tensor
}

// pin moves the content of float32 and uint8 tensors to pinned memory.
func pin(ordinal int, tensors []*compute.Tensor) (*pinnedMemory, error) {
	return pinBy(driverLibrary, ordinal, tensors)
}

func pinBy(library string, ordinal int, tensors []*compute.Tensor) (*pinnedMemory, error) {
	driver, err := dlopen(library)
	if err != nil {
		return nil, err
	}
	p := &pinnedMemory{driver: driver, ordinal: ordinal, tensors: tensors}
	size := 0
	for _, t := range tensors {
		size += pinnedSize(t)
	}
	var failed *C.char
	if code := C.host_alloc(driver, C.int(ordinal), C.size_t(size), &p.memory, &failed); code != 0 {
		return nil, fmt.Errorf("the NVIDIA driver refuses %d kB: %w", (size+1023)/1024, driverError(code, failed))
	}
	at := p.memory
	for _, t := range tensors {
		if t.F32 != nil {
			moved := unsafe.Slice((*float32)(at), len(t.F32))
			copy(moved, t.F32)
			t.F32 = moved
		} else {
			moved := unsafe.Slice((*byte)(at), len(t.U8))
			copy(moved, t.U8)
			t.U8 = moved
		}
		at = unsafe.Add(at, pinnedSize(t))
	}
	return p, nil
}

// driverError is the error of a function of the driver.
func driverError(code C.int, function *C.char) error {
	if code < 0 {
		return fmt.Errorf("it has no %s", C.GoString(function))
	}
	return fmt.Errorf("error %d of %s", code, C.GoString(function))
}

// pinnedSize is how many bytes a tensor takes up.
func pinnedSize(t *compute.Tensor) int {
	return (4*len(t.F32) + len(t.U8) + pinnedAlign - 1) / pinnedAlign * pinnedAlign
}

// close frees the memory. It may be called twice.
func (p *pinnedMemory) close() error {
	if p == nil || p.memory == nil {
		return nil
	}
	for _, t := range p.tensors {
		if t.F32 != nil {
			t.F32 = slices.Clone(t.F32)
		} else {
			t.U8 = slices.Clone(t.U8)
		}
	}
	var failed *C.char
	code := C.host_free(p.driver, C.int(p.ordinal), p.memory, &failed)
	p.memory = nil
	if code != 0 {
		return fmt.Errorf("freeing pinned memory: %w", driverError(code, failed))
	}
	return nil
}

package gstc

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static int
trim_heap (void)
{
#ifdef __GLIBC__
  return malloc_trim (0);
#else
  return 0;
#endif
}
*/
import "C"

// TrimHeap gives memory that was freed back to the system, which glibc's allocator keeps
// for each of its arenas otherwise (malloc_trim(3)). A host program whose pipelines come
// and go calls it once some were closed. It takes milliseconds; elsewhere than with glibc
// it does nothing. Any thread may call it.
func TrimHeap() { C.trim_heap() }

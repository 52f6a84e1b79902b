/* A stand-in for NVIDIA's driver: it writes down what is called, refuses what the
 * environment's AVID_TEST_REFUSED names, and notices what is called without a
 * context. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __thread int depth; /* contexts of the thread */
static int retained;

static int
called (const char *name, int needs_context)
{
  const char *calls = getenv ("AVID_TEST_CALLS");
  FILE *log = calls ? fopen (calls, "a") : NULL;
  const char *refused = getenv ("AVID_TEST_REFUSED");
  int wrong = needs_context && !depth, no = refused && !strcmp (refused, name);
  if (log == NULL)
    abort (); /* the test would see too few calls */
  fprintf (log, "%s%s%s\n", name, wrong ? " without a context" : "", no ? " refused" : "");
  fclose (log);
  if (no)
    return 2; /* CUDA_ERROR_OUT_OF_MEMORY */
  return wrong ? 201 : 0; /* CUDA_ERROR_INVALID_CONTEXT */
}

int
cuDeviceGet (int *device, int ordinal)
{
  *device = 40 + ordinal;
  return called ("cuDeviceGet", 0);
}

int
cuDevicePrimaryCtxRetain (void **context, int device)
{
  int code = device == 41 ? called ("retain", 0) : 101;
  if (code == 0)
    retained++;
  *context = &retained;
  return code;
}

int
cuDevicePrimaryCtxRelease_v2 (int device)
{
  if (device == 41)
    retained--;
  return called ("release", 0);
}

int
cuCtxPushCurrent_v2 (void *context)
{
  int code = context == &retained ? called ("push", 0) : 201;
  if (code == 0)
    depth++;
  return code;
}

int
cuCtxPopCurrent_v2 (void **context)
{
  int code = called ("pop", 1);
  depth--;
  *context = &retained;
  return code;
}

int
cuCtxSynchronize (void)
{
  return called ("synchronize", 1);
}

int
cuMemHostAlloc (void **memory, size_t bytes, unsigned int flags)
{
  int code = flags == 1 ? called ("alloc", 1) : 1;
  if (code == 0 && posix_memalign (memory, 4096, bytes))
    code = 2;
  if (code == 0)
    memset (*memory, 0xff, bytes);
  return code;
}

#ifndef NO_FREE
int
cuMemFreeHost (void *memory)
{
  int code = called ("free", 1);
  if (code == 0)
    free (memory);
  return code;
}
#endif

/* fork.c: see fork.h. */
#include "fork.h"

#include <sys/types.h>
#include <unistd.h>

static pid_t home;

void
avid_fork_remember (void)
{
  if (home == 0)
    home = getpid ();
}

gboolean
avid_forked (void)
{
  return home != 0 && getpid () != home;
}

gboolean
avid_refuse_fork (GstElement *element)
{
  if (!avid_forked ())
    return FALSE;
  GST_ELEMENT_ERROR (element, LIBRARY, INIT,
      ("avid does not run in a forked process. Start the process anew, as "
       "multiprocessing.set_start_method(\"spawn\") does in Python, or load "
       "GStreamer only after the fork."),
      ("avid is written in Go, whose threads stay in process %d; this is %d",
          (int) home, (int) getpid ()));
  return TRUE;
}

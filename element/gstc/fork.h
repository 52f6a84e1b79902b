/* fork.h: a forked child has one thread, and Go needs its others: a call into Go
 * would wait for ever there. So every way into Go asks first. */
#ifndef AVID_FORK_H
#define AVID_FORK_H

#include <gst/gst.h>

/* Remembers the process that Go runs in. */
void avid_fork_remember (void);

/* Says that this is a forked child of it. */
gboolean avid_forked (void);

/* The same, and tells the element's bus what to do. */
gboolean avid_refuse_fork (GstElement *element);

#endif

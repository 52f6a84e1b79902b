/* clock.h: the pipeline's clock, and how far behind it a buffer is. */
#ifndef AVID_CLOCK_H
#define AVID_CLOCK_H

#include <gst/gst.h>

/* Running time now; none where the element does not play or has no clock. */
GstClockTime avid_clock_now (GstElement *element);

/* Running time of a buffer in the pad's present segment, ns; 0 before its
 * start, -1: unknown. */
gint64 avid_running_time (GstPad *pad, GstBuffer *buffer);

/* How long ago the running time was, ns, never below 0; -1: unknown, as is the
 * running time or the clock. */
gint64 avid_lag (GstElement *element, gint64 running_time);

/* Asks what is upstream of a sink pad for its latency, and whether it is live.
 * Without an answer it is FALSE and both stay. */
gboolean avid_ask_latency (GstPad *pad, gboolean *live, GstClockTime *latency);

#endif

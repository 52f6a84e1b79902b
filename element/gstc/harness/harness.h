/* harness.h: the C half of the test harness, over GstHarness. */
#ifndef AVID_HARNESS_H
#define AVID_HARNESS_H

#include <gst/analytics/analytics.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gst/video/video.h>

typedef struct {
  GstHarness *harness;
  GstElement *element;
  GstBus *bus;
  gboolean negotiated;
} AvidHarness;

/* A buffer to push; strides and offsets of a plane are used when planes > 0. */
typedef struct {
  const guint8 *data;
  gsize size;
  gint64 pts, duration; /* -1: none */
  gint64 reference; /* a timestamp/x-unix, ns; 0: none */
  gboolean discont, gap, corrupted, keep; /* keep: hold a second reference meanwhile */
  int planes, format, width, height;
  int crop[4]; /* x, y, width and height; width 0: none */
  gint stride[4];
  gsize offset[4];
} AvidIn;

/* A buffer that came out. */
typedef struct {
  GstBuffer *buffer;
  gint64 pts, duration;
  guint64 reference; /* a timestamp/x-ntp, ns since 1900; 0: none */
  gboolean discont, same_memory;
  int rois, objects, masks;
  int x[32], y[32], w[32], h[32];
  double score[32];
  char zone[32][65]; /* "": none */
  int mask_width, mask_height;
  gsize mask_set; /* pixels of the mask that are not 0 */
  double confidence;
  char *verdict; /* the structure of AvidVerdict as text; NULL: none */
} AvidOut;

/* Makes and starts a pipeline in a forked child; 0: its bus has an error of
 * LIBRARY INIT that says so, as it must. */
int avid_harness_fork (const char *description);

AvidHarness *avid_harness_new (const char *description, const char *out, char **error);
void avid_harness_free (AvidHarness *h);
gboolean avid_harness_caps (AvidHarness *h, const char *caps);
int avid_harness_push (AvidHarness *h, const AvidIn *in, gboolean *intact);
gboolean avid_harness_pull (AvidHarness *h, AvidOut *out);
void avid_harness_out_free (AvidOut *out);
gboolean avid_harness_event (AvidHarness *h, int kind, gint64 a, gint64 b);
void avid_harness_qos (AvidHarness *h, gint64 diff, gint64 timestamp);
gboolean avid_harness_saw_qos (AvidHarness *h);
void avid_harness_ask (AvidHarness *h);
int avid_harness_gaps (AvidHarness *h, gboolean *sparse);
guint64 avid_harness_latency (AvidHarness *h, guint64 upstream);
void avid_harness_time (AvidHarness *h, guint64 time);
int avid_harness_state (AvidHarness *h, int state);

#endif

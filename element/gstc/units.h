/* units.h: reads what a pipeline has encoded, on its way. */
#ifndef AVID_UNITS_H
#define AVID_UNITS_H

#include <gst/gst.h>

/* An encoded frame, lent for the call. */
typedef struct {
  const char *media;     /* as in its caps: "video/x-h264" */
  const char *form;      /* their stream-format; NULL: none */
  const guint8 *config;  /* their codec_data */
  const guint8 *data;
  gsize config_size, size;
  gint64 pts;  /* running time; -1: unknown */
  gint64 wall; /* ns since 1970 */
} AvidUnit;

typedef struct AvidUnits AvidUnits;

/* Has Go's avidGoUnit called with handle for each encoded frame: before each video
 * decoder of the pipeline, those that it makes later too, or, where at is set, before
 * the element of that name. The pipeline holds the handle until it is gone, and then
 * calls avidGoUnitsFree. It has not been started yet. */
void avid_units_attach (GstElement *pipeline, const char *at, guintptr handle);

#endif

/* pipeline.h: running pipelines and taking samples from their appsinks. */
#ifndef AVID_PIPELINE_H
#define AVID_PIPELINE_H

#include "gstc.h"

/* One message of the bus, copied out of it. Free with avid_note_clear. */
typedef struct {
  int kind;          /* gstc.MessageKind */
  GQuark domain;     /* errors, warnings and information */
  int code;
  char *source, *text, *debug; /* text: the message, or the structure */
} AvidNote;

GstElement *avid_parse (const char *description, char **error);
GstState avid_wait_state (GstElement *element, GstState state, guint64 timeout,
    gboolean *live, gboolean *ok);
gboolean avid_pop_note (GstElement *pipeline, guint64 timeout, AvidNote *note);
gboolean avid_bus_note (GstBus *bus, guint64 timeout, AvidNote *note);
void avid_note_clear (AvidNote *note);

/* 1: a sample, 0: timeout, -1: end of stream or stopped. */
int avid_pull (GstElement *sink, guint64 timeout, GstSample **sample);
AvidFrame *avid_sample_open (GstSample *sample);
void avid_sample_close (AvidFrame *frame);
const char *avid_frame_format (const AvidFrame *frame);

gboolean avid_set_arg (GstElement *element, const char *property,
    const char *value);
char *avid_get_arg (GstElement *element, const char *property);
gboolean avid_seek (GstElement *element, gint64 position);
gboolean avid_query_latency (GstElement *pipeline, gboolean *live, guint64 *min,
    guint64 *max);
gint64 avid_position (GstElement *element);
gint64 avid_length (GstElement *element);

#endif

/* host.h: what host programs need and go-gst v0.0.2 does not give. */
#ifndef AVID_HOST_H
#define AVID_HOST_H

#include "gstc.h"

AvidFrame *avid_sample_open (GstSample *sample, char *why, gsize size);
void avid_sample_close (AvidFrame *frame);

/* What a value in a structure holds. */
typedef enum {
  AVID_VALUE_OTHER,
  AVID_VALUE_BOOL,
  AVID_VALUE_INT,
  AVID_VALUE_UINT,
  AVID_VALUE_INT64,
  AVID_VALUE_UINT64,
  AVID_VALUE_DOUBLE,
  AVID_VALUE_STRING,
  AVID_VALUE_STRUCTURE,
  AVID_VALUE_ARRAY,
} AvidValueKind;
AvidValueKind avid_value_kind (const GValue *value);
guint avid_array_size (const GValue *array);
const GValue *avid_array_at (const GValue *array, guint i);
const GstStructure *avid_value_structure (const GValue *value);

guint avid_source_pads (GstElement *element);
gboolean avid_gave_up (GstElement *bin);
/* When the recording that comes in at the pad "sink" began, by its tags. */
gboolean avid_recorded (GstElement *element, gint64 *seconds);
char *avid_get_arg (GstElement *element, const char *property);
GstStructure *avid_get_structure (GstElement *element, const char *property);

#endif

/* host.c: the C half of Sample, PropertyText and ReadStructure. */
#include "host.h"

/* What a sample is read through; the frame comes first, so that a pointer to it
 * is one to the whole. */
typedef struct {
  AvidFrame frame;
  GstVideoInfo info;
} Reader;

/* Maps the sample's picture for reading; NULL, and why, when it has none. Close it
 * before the sample goes. */
AvidFrame *
avid_sample_open (GstSample *sample, char *why, gsize size)
{
  GstCaps *caps = gst_sample_get_caps (sample);
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstSegment *segment = gst_sample_get_segment (sample);
  Reader *reader = g_new0 (Reader, 1);
  AvidFrame *frame = &reader->frame;

  if (caps == NULL || buffer == NULL ||
      !gst_video_info_from_caps (&reader->info, caps)) {
    g_strlcpy (frame->why, "it has no buffer of raw video", sizeof frame->why);
    goto none;
  }
  frame->info = &reader->info;
  frame->buffer = buffer;
  frame->pts = frame->duration = frame->stream_time = -1;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    frame->duration = (gint64) GST_BUFFER_DURATION (buffer);
  if (GST_BUFFER_PTS_IS_VALID (buffer))
    frame->pts = (gint64) GST_BUFFER_PTS (buffer);
  if (segment != NULL && segment->format == GST_FORMAT_TIME && frame->pts >= 0) {
    guint64 t = gst_segment_to_stream_time (segment, GST_FORMAT_TIME,
        GST_BUFFER_PTS (buffer));
    frame->stream_time = GST_CLOCK_TIME_IS_VALID (t) ? (gint64) t : -1;
  }
  if (avid_frame_map (frame, FALSE))
    return frame;

none:
  g_strlcpy (why, frame->why, size);
  g_free (reader);
  return NULL;
}

void
avid_sample_close (AvidFrame *frame)
{
  avid_frame_unmap (frame);
  g_free (frame);
}

/* The property as gst-launch would write it; NULL: there is none. */
char *
avid_get_arg (GstElement *element, const char *property)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);
  GValue value = G_VALUE_INIT;
  char *text;

  if (pspec == NULL)
    return NULL;
  g_value_init (&value, pspec->value_type);
  g_object_get_property (G_OBJECT (element), property, &value);
  if (G_VALUE_HOLDS_STRING (&value))
    text = g_value_dup_string (&value);
  else if (GST_VALUE_HOLDS_STRUCTURE (&value) && g_value_get_boxed (&value) != NULL)
    text = gst_structure_to_string (g_value_get_boxed (&value));
  else
    text = gst_value_serialize (&value);
  if (text == NULL)
    text = g_strdup ("");
  g_value_unset (&value);
  return text;
}

/* A copy of a property that is a structure; NULL: there is none. Free it. */
GstStructure *
avid_get_structure (GstElement *element, const char *property)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);
  GstStructure *structure = NULL;

  if (pspec == NULL || pspec->value_type != GST_TYPE_STRUCTURE)
    return NULL;
  g_object_get (element, property, &structure, NULL);
  return structure;
}

AvidValueKind
avid_value_kind (const GValue *value)
{
  if (GST_VALUE_HOLDS_ARRAY (value))
    return AVID_VALUE_ARRAY;
  if (GST_VALUE_HOLDS_STRUCTURE (value))
    return g_value_get_boxed (value) == NULL ? AVID_VALUE_OTHER : AVID_VALUE_STRUCTURE;
  switch (G_VALUE_TYPE (value)) {
    case G_TYPE_BOOLEAN:
      return AVID_VALUE_BOOL;
    case G_TYPE_INT:
      return AVID_VALUE_INT;
    case G_TYPE_UINT:
      return AVID_VALUE_UINT;
    case G_TYPE_INT64:
      return AVID_VALUE_INT64;
    case G_TYPE_UINT64:
      return AVID_VALUE_UINT64;
    case G_TYPE_DOUBLE:
      return AVID_VALUE_DOUBLE;
    case G_TYPE_STRING:
      return AVID_VALUE_STRING;
    default:
      return AVID_VALUE_OTHER;
  }
}

guint
avid_array_size (const GValue *array)
{
  return gst_value_array_get_size (array);
}

const GValue *
avid_array_at (const GValue *array, guint i)
{
  return gst_value_array_get_value (array, i);
}

const GstStructure *
avid_value_structure (const GValue *value)
{
  return gst_value_get_structure (value);
}

guint
avid_source_pads (GstElement *element)
{
  guint n;

  GST_OBJECT_LOCK (element);
  n = element->numsrcpads;
  GST_OBJECT_UNLOCK (element);
  return n;
}

/* Whether an element reads by itself, has stopped, and gives nothing: what a demuxer
 * is that could make nothing of its file. */
static gboolean
gave_up (GstElement *element)
{
  GstPad *pad = NULL;
  gboolean stopped;

  GST_OBJECT_LOCK (element);
  if (element->numsrcpads == 0 && element->numsinkpads == 1)
    pad = gst_object_ref (element->sinkpads->data);
  GST_OBJECT_UNLOCK (element);
  if (pad == NULL)
    return FALSE;
  stopped = GST_PAD_MODE (pad) == GST_PAD_MODE_PULL &&
            gst_pad_get_task_state (pad) != GST_TASK_STARTED;
  gst_object_unref (pad);
  return stopped;
}

gboolean
avid_gave_up (GstElement *bin)
{
  GstIterator *all;
  GValue item = G_VALUE_INIT;
  gboolean found = FALSE;
  GstIteratorResult result = GST_ITERATOR_OK;

  if (!GST_IS_BIN (bin))
    return FALSE;
  all = gst_bin_iterate_recurse (GST_BIN (bin));
  while (!found && result != GST_ITERATOR_DONE && result != GST_ITERATOR_ERROR) {
    result = gst_iterator_next (all, &item);
    if (result == GST_ITERATOR_RESYNC)
      gst_iterator_resync (all);
    if (result == GST_ITERATOR_OK) {
      found = gave_up (g_value_get_object (&item));
      g_value_reset (&item);
    }
  }
  if (G_IS_VALUE (&item))
    g_value_unset (&item);
  gst_iterator_free (all);
  return found;
}

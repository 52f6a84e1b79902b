/* pipeline.c: the C half of Pipeline. */
#include "pipeline.h"

#include <gst/app/gstappsink.h>

#include <string.h>

/* Parses into a pipeline, even when the description has one element only. On
 * failure *error is a g_malloc'd sentence. */
GstElement *
avid_parse (const char *description, char **error)
{
  GError *err = NULL;
  GstElement *parsed = gst_parse_launch_full (description, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS | GST_PARSE_FLAG_PLACE_IN_BIN, &err);
  GstElement *pipeline;

  *error = NULL;
  if (parsed == NULL || err != NULL) {
    *error = g_strdup (err != NULL ? err->message : "nothing to run");
    g_clear_error (&err);
    if (parsed != NULL)
      gst_object_unref (gst_object_ref_sink (parsed));
    return NULL;
  }
  if (GST_IS_PIPELINE (parsed))
    return gst_object_ref_sink (parsed);
  pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (pipeline), parsed);
  return pipeline;
}

GstState
avid_wait_state (GstElement *element, GstState state, guint64 timeout,
    gboolean *live, gboolean *ok)
{
  GstState now = GST_STATE_NULL;
  GstStateChangeReturn ret = gst_element_set_state (element, state);

  if (ret != GST_STATE_CHANGE_FAILURE)
    ret = gst_element_get_state (element, &now, NULL, timeout);
  *live = ret == GST_STATE_CHANGE_NO_PREROLL;
  *ok = ret == GST_STATE_CHANGE_SUCCESS || ret == GST_STATE_CHANGE_NO_PREROLL;
  return now;
}

static void
read_error (GstMessage *message, AvidNote *note)
{
  GError *err = NULL;
  gchar *debug = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      note->kind = 1;
      gst_message_parse_error (message, &err, &debug);
      break;
    case GST_MESSAGE_WARNING:
      note->kind = 2;
      gst_message_parse_warning (message, &err, &debug);
      break;
    default:
      note->kind = 3;
      gst_message_parse_info (message, &err, &debug);
      break;
  }
  if (err != NULL) {
    note->domain = err->domain;
    note->code = err->code;
    note->text = g_strdup (err->message);
    g_error_free (err);
  }
  note->debug = debug;
}

gboolean
avid_pop_note (GstElement *pipeline, guint64 timeout, AvidNote *note)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  gboolean ok = avid_bus_note (bus, timeout, note);

  gst_object_unref (bus);
  if (ok && note->kind == 5)
    gst_bin_recalculate_latency (GST_BIN (pipeline));
  return ok;
}

static void
read_structure (GstMessage *message, AvidNote *note)
{
  const GstStructure *s = gst_message_get_structure (message);

  note->text = s != NULL ? gst_structure_to_string (s) : NULL;
}

gboolean
avid_bus_note (GstBus *bus, guint64 timeout, AvidNote *note)
{
  GstMessage *message = gst_bus_timed_pop_filtered (bus, timeout,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING |
          GST_MESSAGE_INFO | GST_MESSAGE_ELEMENT | GST_MESSAGE_LATENCY |
          GST_MESSAGE_ASYNC_DONE);

  if (message == NULL)
    return FALSE;
  memset (note, 0, sizeof *note);
  note->source = g_strdup (
      GST_MESSAGE_SRC (message) ? GST_OBJECT_NAME (GST_MESSAGE_SRC (message))
                                : "");
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      note->kind = 0;
      break;
    case GST_MESSAGE_ELEMENT:
      note->kind = 4;
      read_structure (message, note);
      break;
    case GST_MESSAGE_LATENCY:
      note->kind = 5;
      break;
    case GST_MESSAGE_ASYNC_DONE:
      note->kind = 6;
      break;
    default:
      read_error (message, note);
      break;
  }
  gst_message_unref (message);
  return TRUE;
}

void
avid_note_clear (AvidNote *note)
{
  g_clear_pointer (&note->source, g_free);
  g_clear_pointer (&note->text, g_free);
  g_clear_pointer (&note->debug, g_free);
}

int
avid_pull (GstElement *sink, guint64 timeout, GstSample **sample)
{
  GstAppSink *app;

  if (!GST_IS_APP_SINK (sink))
    return -1;
  app = GST_APP_SINK (sink);
  *sample = gst_app_sink_try_pull_sample (app, timeout);
  if (*sample != NULL)
    return 1;
  return gst_app_sink_is_eos (app) ? -1 : 0;
}

/* What a sample is read through; the frame comes first, so that a pointer to it
 * is one to the whole. */
typedef struct {
  AvidFrame frame;
  GstVideoInfo info;
} Reader;

/* Maps the sample's picture for reading; NULL when it has none. Close it before
 * the sample goes. */
AvidFrame *
avid_sample_open (GstSample *sample)
{
  GstCaps *caps = gst_sample_get_caps (sample);
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstSegment *segment = gst_sample_get_segment (sample);
  Reader *reader = g_new0 (Reader, 1);
  AvidFrame *frame = &reader->frame;

  if (caps == NULL || buffer == NULL ||
      !gst_video_info_from_caps (&reader->info, caps))
    goto none;
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
  g_free (reader);
  return NULL;
}

void
avid_sample_close (AvidFrame *frame)
{
  avid_frame_unmap (frame);
  g_free (frame);
}

const char *
avid_frame_format (const AvidFrame *frame)
{
  return gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (frame->info));
}

gboolean
avid_set_arg (GstElement *element, const char *property, const char *value)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), property) == NULL)
    return FALSE;
  gst_util_set_object_arg (G_OBJECT (element), property, value);
  return TRUE;
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

gboolean
avid_seek (GstElement *element, gint64 position)
{
  return gst_element_seek_simple (element, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, position);
}

gboolean
avid_query_latency (GstElement *pipeline, gboolean *live, guint64 *min,
    guint64 *max)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean ok = gst_element_query (pipeline, query);

  if (ok)
    gst_query_parse_latency (query, live, min, max);
  gst_query_unref (query);
  return ok;
}

gint64
avid_position (GstElement *element)
{
  gint64 t = -1;

  return gst_element_query_position (element, GST_FORMAT_TIME, &t) ? t : -1;
}

gint64
avid_length (GstElement *element)
{
  gint64 t = -1;

  return gst_element_query_duration (element, GST_FORMAT_TIME, &t) ? t : -1;
}

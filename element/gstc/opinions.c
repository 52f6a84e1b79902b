/* opinions.c: reads what avidfilter says of each frame, on its way: a probe behind it
 * reads them, and nothing waits for whoever takes them. */
#include "opinions.h"

#include "bin.h"
#include "clock.h"
#include "gate.h"
#include "_cgo_export.h"

typedef struct {
  guintptr handle;
  GstElement *element; /* borrowed, as it owns the pad */
  AvidMarks marks; /* of the frame that passes; of the stream's thread */
} Listener;

static void
listener_free (gpointer data)
{
  Listener *listener = data;

  avidGoOpinionsFree (listener->handle);
  gst_clear_buffer (&listener->marks.mask);
  g_free (listener);
}

static GstPadProbeReturn
opinion_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Listener *listener = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gint64 lag = avid_lag (listener->element, avid_running_time (pad, buffer));

  avid_marks_read (&listener->marks, buffer);
  /* The clock time of the frame, less what it waited. */
  if (listener->marks.spoken)
    avidGoOpinion (listener->handle, listener->element, &listener->marks, g_get_real_time () * 1000 - MAX (lag, 0));
  return GST_PAD_PROBE_OK;
}

gboolean
avid_opinions_attach (GstElement *pipeline, const char *at, guintptr handle)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), at);
  GstPad *pad = element != NULL ? gst_element_get_static_pad (element, "src") : NULL;
  Listener *listener;

  if (pad != NULL) {
    listener = g_new0 (Listener, 1);
    listener->handle = handle;
    listener->element = element;
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, opinion_probe, listener, listener_free);
    gst_object_unref (pad);
  }
  if (element != NULL)
    gst_object_unref (element);
  return pad != NULL;
}

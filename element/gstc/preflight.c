/* preflight.c: a picture through a chain that is not in place yet. Many encoders
 * meet the limits of their device only with the first. */
#include "bin.h"

/* An encoder that has said nothing by then is slow, not broken. */
#define TRIAL_MOST (2 * GST_SECOND)

#define PICTURE "avid-picture"
#define END "avid-end"

/* At the chain's end: tells the bus what comes, and keeps it. */
static GstPadProbeReturn
out_probe (GstPad *pad, GstPadProbeInfo *info, gpointer bus)
{
  const char *what = PICTURE;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
      return GST_PAD_PROBE_OK;
    what = END;
  }
  gst_bus_post (bus,
      gst_message_new_application (GST_OBJECT (pad), gst_structure_new_empty (what)));
  return GST_PAD_PROBE_DROP;
}

/* A stream of one picture, all zeros. */
static void
push_picture (GstPad *pad, GstCaps *caps, const GstVideoInfo *info)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  GstSegment segment;

  if (buffer == NULL)
    return;
  gst_buffer_memset (buffer, 0, 0, GST_VIDEO_INFO_SIZE (info));
  GST_BUFFER_PTS (buffer) = 0;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (pad, gst_event_new_stream_start ("avid-preflight"));
  gst_pad_send_event (pad, gst_event_new_caps (caps));
  gst_pad_send_event (pad, gst_event_new_segment (&segment));
  gst_pad_chain (pad, buffer);
  gst_pad_send_event (pad, gst_event_new_eos ());
}

/* What the bus has to say first; NULL: nothing is wrong. */
static char *
verdict (GstBus *bus)
{
  GstMessage *message = gst_bus_timed_pop_filtered (bus, TRIAL_MOST,
      GST_MESSAGE_ERROR | GST_MESSAGE_APPLICATION);
  char *text = NULL;

  if (message == NULL)
    return NULL;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    text = avid_error_text (message);
  else if (gst_message_has_name (message, END))
    text = g_strdup ("nothing comes out");
  gst_message_unref (message);
  return text;
}

/* Sends a picture of raw caps through a chain that is PAUSED, with that bus;
 * FALSE gives why none came out, to be freed. The chain has then had an end of
 * stream: it must go through READY. */
gboolean
avid_chain_try (GstElement *chain, GstCaps *caps, GstBus *bus, char **why)
{
  GstPad *in = gst_element_get_static_pad (chain, "sink");
  GstPad *out = gst_element_get_static_pad (chain, "src");
  GstVideoInfo info;

  if (in != NULL && out != NULL && gst_video_info_from_caps (&info, caps)) {
    gulong probe = gst_pad_add_probe (out,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
            GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        out_probe, gst_object_ref (bus), gst_object_unref);

    push_picture (in, caps, &info);
    *why = verdict (bus);
    gst_pad_remove_probe (out, probe);
  }
  gst_clear_object (&in);
  gst_clear_object (&out);
  return *why == NULL;
}

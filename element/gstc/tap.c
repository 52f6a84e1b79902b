/* tap.c: the probes at both ends of a bin's chain. */
#include "bin.h"

#include "fork.h"
#include "_cgo_export.h"

/* Which gstc.Event an event is, as in class.c; -1: none. */
static int
event_kind (GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      return 0;
    case GST_EVENT_FLUSH_STOP:
      return 2;
    case GST_EVENT_EOS:
      return 4;
    default:
      return -1;
  }
}

/* Tells Go of a report that avidfilter could put on no frame: its event has ended,
 * and no frames come. */
static void
entry_report (AvidBin *self, GstEvent *event)
{
  const GstStructure *s = gst_event_get_structure (event);
  gboolean framed = FALSE;
  guint64 id;

  if (gst_event_has_name (event, AVID_REPORT) &&
      g_strcmp0 (gst_structure_get_string (s, "kind"), "end") == 0 &&
      !(gst_structure_get_boolean (s, AVID_REPORT_FRAMED, &framed) && framed) &&
      gst_structure_get_uint64 (s, "id", &id))
    avidGoBinEnded (self->body, GST_ELEMENT (self), id);
}

static GstPadProbeReturn
entry_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  AvidBin *self = data;
  GstElement *element = GST_ELEMENT (self);

  if (avid_forked ())
    return GST_PAD_PROBE_DROP;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

    avid_marks_read (&self->marks, buffer);
    self->marks.pts = avid_running_time (pad, buffer);
    self->marks.lag =
        g_atomic_int_get (&self->live) ? avid_lag (element, self->marks.pts) : -1;
    avidGoBinMark (self->body, element, &self->marks);
    return g_atomic_int_get (&self->resting) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
  }
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS) {
    GstCaps *caps;
    gint w = 0, h = 0;

    gst_event_parse_caps (GST_PAD_PROBE_INFO_EVENT (info), &caps);
    gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &w);
    gst_structure_get_int (gst_caps_get_structure (caps, 0), "height", &h);
    avidGoBinEntered (self->body, element, w, h);
  } else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CUSTOM_DOWNSTREAM) {
    entry_report (self, GST_PAD_PROBE_INFO_EVENT (info));
    /* An encoder keeps them for its next frame: those of a rest would grow. */
    if (g_atomic_int_get (&self->resting))
      return GST_PAD_PROBE_DROP;
  } else {
    int kind = event_kind (GST_PAD_PROBE_INFO_EVENT (info));
    if (kind >= 0)
      avidGoBinEvent (self->body, element, kind);
  }
  return GST_PAD_PROBE_OK;
}

void
avid_tap_entry (AvidBin *self, GstPad *pad)
{
  self->tap = gst_object_ref (pad);
  self->tap_probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
          GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      entry_probe, self, NULL);
}

/* Tells Go of the caps of what comes out. */
static void
exit_caps (AvidBin *self, GstEvent *event)
{
  GstCaps *caps;
  GstStructure *s;
  gint w = 0, h = 0, n = 0, d = 1;
  const char *profile;

  gst_event_parse_caps (event, &caps);
  s = gst_caps_get_structure (caps, 0);
  gst_structure_get_int (s, "width", &w);
  gst_structure_get_int (s, "height", &h);
  gst_structure_get_fraction (s, "framerate", &n, &d);
  profile = gst_structure_get_string (s, "profile");
  avidGoBinCoded (self->body, GST_ELEMENT (self), w, h, n, d,
      (char *) (profile != NULL ? profile : ""));
}

static GstPadProbeReturn
exit_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  AvidBin *self = data;
  GstBuffer *buffer;
  GstMapInfo map;
  GstFlowReturn flow = GST_FLOW_ERROR;

  if (avid_forked ())
    return GST_PAD_PROBE_DROP;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS)
      exit_caps (self, GST_PAD_PROBE_INFO_EVENT (info));
    return GST_PAD_PROBE_OK;
  }
  buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    self->coded.pts = avid_running_time (pad, buffer);
    self->coded.key = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    self->coded.data = map.data;
    self->coded.size = map.size;
    flow = (GstFlowReturn) avidGoBinWrite (self->body, GST_ELEMENT (self), &self->coded);
    self->coded.data = NULL;
    gst_buffer_unmap (buffer, &map);
  }
  if (flow == GST_FLOW_OK)
    return GST_PAD_PROBE_OK;
  return avid_refuse_buffer (info, flow);
}

/* Dropping a buffer would be a good flow. */
GstPadProbeReturn
avid_refuse_buffer (GstPadProbeInfo *info, GstFlowReturn flow)
{
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_DATA (info) = NULL;
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = flow;
  return GST_PAD_PROBE_HANDLED;
}

void
avid_tap_exit (AvidBin *self, GstPad *pad)
{
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, exit_probe,
      self, NULL);
}

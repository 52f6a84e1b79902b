/* input.c: a bin's sink pad: which caps it takes, what happens when they come,
 * and what is late. */
#include "bin.h"

#include "fork.h"
#include "_cgo_export.h"

/* At the caps. A live source keeps the time itself: waiting for the clock would
 * only add the latency that it allows for. */
static void
ask_latency (AvidBin *self)
{
  gboolean live = FALSE;

  self->upstream = 0;
  self->asked = GST_CLOCK_TIME_NONE;
  avid_ask_latency (self->pad, &live, &self->upstream);
  g_atomic_int_set (&self->live, live);
  g_object_set (self->clocksync, "sync", !live, NULL);
}

void
avid_bin_set_latency (AvidBin *self, GstClockTime latency)
{
  GST_OBJECT_LOCK (self);
  self->latency = latency;
  GST_OBJECT_UNLOCK (self);
}

/* How long behind its time the frame of running time t may come. A filter's
 * latency grows while it runs: the pipeline tells us, if the program has it
 * recalculate; if it does not, upstream does, asked once a second. */
static GstClockTime
allowance (AvidBin *self, GstClockTime t)
{
  GstClockTime latency;
  gboolean live;

  if (!GST_CLOCK_TIME_IS_VALID (self->asked) || t < self->asked ||
      t - self->asked >= GST_SECOND) {
    self->asked = t;
    avid_ask_latency (self->pad, &live, &self->upstream);
  }
  GST_OBJECT_LOCK (self);
  latency = self->latency;
  GST_OBJECT_UNLOCK (self);
  return MAX (latency, self->upstream);
}

/* New caps, before they go on. */
static void
take_caps (AvidBin *self, GstEvent *event)
{
  GstStructure *s;
  gint w = 0, h = 0, n = 0, d = 1;

  ask_latency (self);
  gst_event_parse_caps (event, &self->caps);
  s = gst_caps_get_structure (self->caps, 0);
  gst_structure_get_int (s, "width", &w);
  gst_structure_get_int (s, "height", &h);
  gst_structure_get_fraction (s, "framerate", &n, &d);
  self->refused = avid_refuse_fork (GST_ELEMENT (self)) ||
                  !avidGoBinNegotiate (self->body, GST_ELEMENT (self),
                      (char *) gst_structure_get_name (s), w, h, n, d);
  self->caps = NULL;
}

/* Called before the first frame. sync-to-first computes clocksync's offset from the
 * running time, which is valid in PLAYING only: earlier the base time is stale, and
 * the first buffer would wait for hours. The offset is 0 then. */
static void
anchor (AvidBin *self)
{
  gboolean runs = GST_CLOCK_TIME_IS_VALID (avid_clock_now (GST_ELEMENT (self)));

  self->anchored = TRUE;
  g_object_set (self->clocksync, "sync-to-first", runs, NULL);
  if (!runs)
    g_object_set (self->clocksync, "ts-offset", (gint64) 0, NULL);
}

/* Tells a live stream's elements that they are late, as a sink with sync does:
 * clocksync does so only where it waits. */
static void
tell_late (AvidBin *self, GstPad *pad, GstBuffer *buffer)
{
  GstEvent *event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  GstClockTime now = avid_clock_now (GST_ELEMENT (self)), t = GST_CLOCK_TIME_NONE;
  const GstSegment *segment;

  if (event == NULL)
    return;
  gst_event_parse_segment (event, &segment);
  if (segment->format == GST_FORMAT_TIME && GST_BUFFER_PTS_IS_VALID (buffer))
    t = gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  gst_event_unref (event);
  if (GST_CLOCK_TIME_IS_VALID (t) && GST_CLOCK_TIME_IS_VALID (now)) {
    GstClockTimeDiff late = GST_CLOCK_DIFF (t + allowance (self, t), now);
    if (late > 0)
      gst_pad_push_event (pad,
          gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 1.0, late, t));
  }
}

/* Events that go upstream, in any thread. */
static void
take_latency (AvidBin *self, GstEvent *event)
{
  GstClockTime latency;

  if (GST_EVENT_TYPE (event) != GST_EVENT_LATENCY)
    return;
  gst_event_parse_latency (event, &latency);
  avid_bin_set_latency (self, GST_CLOCK_TIME_IS_VALID (latency) ? latency : 0);
}

static GstPadProbeReturn
input_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  AvidBin *self = data;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_UPSTREAM) {
    take_latency (self, GST_PAD_PROBE_INFO_EVENT (info));
    return GST_PAD_PROBE_OK;
  }
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
    if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
      take_caps (self, event);
      return self->refused ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
    }
    if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
      self->anchored = FALSE;
    return GST_PAD_PROBE_OK;
  }
  if (self->refused)
    return avid_refuse_buffer (info, GST_FLOW_NOT_NEGOTIATED);
  if (!self->anchored)
    anchor (self);
  if (g_atomic_int_get (&self->live))
    tell_late (self, pad, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

/* The caps that the pad takes are always the template's: what the present
 * chain takes would hide from upstream that another can be made, and from the
 * user why it cannot. */
static gboolean
pad_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstCaps *caps, *filter, *result;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      gst_query_parse_caps (query, &filter);
      caps = gst_pad_get_pad_template_caps (pad);
      result = filter == NULL ? gst_caps_ref (caps)
                              : gst_caps_intersect_full (filter, caps,
                                    GST_CAPS_INTERSECT_FIRST);
      gst_query_set_caps_result (query, result);
      gst_caps_unref (result);
      gst_caps_unref (caps);
      return TRUE;
    case GST_QUERY_ACCEPT_CAPS:
      gst_query_parse_accept_caps (query, &filter);
      caps = gst_pad_get_pad_template_caps (pad);
      gst_query_set_accept_caps_result (query, gst_caps_is_subset (filter, caps));
      gst_caps_unref (caps);
      return TRUE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* The bin's pad, and the one inside that it stands for. */
void
avid_tap_input (AvidBin *self, GstPad *inner)
{
  gst_pad_set_query_function (self->pad, pad_query);
  gst_pad_add_probe (inner,
      GST_PAD_PROBE_TYPE_EVENT_BOTH | GST_PAD_PROBE_TYPE_EVENT_FLUSH |
          GST_PAD_PROBE_TYPE_BUFFER,
      input_probe, self, NULL);
}

/* clock.c: the pipeline's clock, and how far behind it a buffer is. */
#include "clock.h"

GstClockTime
avid_clock_now (GstElement *element)
{
  GstClock *clock;
  GstClockTime base, now;

  if (GST_STATE (element) != GST_STATE_PLAYING)
    return GST_CLOCK_TIME_NONE;
  clock = gst_element_get_clock (element);
  if (clock == NULL)
    return GST_CLOCK_TIME_NONE;
  base = gst_element_get_base_time (element);
  now = gst_clock_get_time (clock);
  gst_object_unref (clock);
  return now > base ? now - base : GST_CLOCK_TIME_NONE;
}

gint64
avid_running_time (GstPad *pad, GstBuffer *buffer)
{
  GstClockTime t =
      GST_BUFFER_PTS_IS_VALID (buffer) ? GST_BUFFER_PTS (buffer) : GST_BUFFER_DTS (buffer);
  GstEvent *event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  gint64 result = -1;
  guint64 running;

  if (event == NULL)
    return -1;
  gst_event_parse_segment (event, &segment);
  if (segment->format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID (t)) {
    switch (gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, t, &running)) {
      case 1:
        result = (gint64) MIN (running, (guint64) G_MAXINT64);
        break;
      case -1:
        result = 0;
        break;
    }
  }
  gst_event_unref (event);
  return result;
}

gint64
avid_lag (GstElement *element, gint64 running_time)
{
  GstClockTime now = avid_clock_now (element);

  if (running_time < 0 || !GST_CLOCK_TIME_IS_VALID (now) ||
      now > (GstClockTime) G_MAXINT64)
    return -1;
  return MAX ((gint64) now - running_time, 0);
}

gboolean
avid_ask_latency (GstPad *pad, gboolean *live, GstClockTime *latency)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean answered = gst_pad_peer_query (pad, query);

  if (answered)
    gst_query_parse_latency (query, live, latency, NULL);
  gst_query_unref (query);
  return answered;
}

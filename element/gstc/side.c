/* side.c: the second source pad of a reader. It has a stream of its own, with the
 * segments of the first one; where a frame has nothing for it there goes a gap, so
 * that nothing behind it waits. */
#include "clock.h"
#include "fork.h"
#include "reader.h"

#include <gst/video/video-event.h>

#include "_cgo_export.h"

/* From 1900, where NTP's time begins, to 1970 (RFC 5905, figure 4). */
#define NTP_TO_UNIX (G_GINT64_CONSTANT (2208988800) * (gint64) GST_SECOND)

void
avid_side_class_init (GstElementClass *element, const AvidSpec *spec)
{
  GstCaps *caps = gst_caps_from_string (spec->side_caps);

  gst_element_class_add_pad_template (element,
      gst_pad_template_new (AVID_SIDE, GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
}

/* What comes back from behind the side. That it is late, or has other caps, is
 * nothing that the video need know of. */
static gboolean
side_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gboolean mine = GST_EVENT_TYPE (event) == GST_EVENT_QOS ||
                  GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE;

  if (gst_video_event_is_force_key_unit (event)) {
    g_atomic_int_set (&((AvidReader *) parent)->side.asked, TRUE);
    mine = TRUE;
  }
  if (!mine)
    return gst_pad_event_default (pad, parent, event);
  gst_event_unref (event);
  return TRUE;
}

void
avid_side_init (AvidReader *self, gpointer klass)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_CLASS (klass), AVID_SIDE);

  self->side.pad = gst_pad_new_from_template (template, AVID_SIDE);
  gst_pad_set_event_function (self->side.pad, side_src_event);
  gst_pad_use_fixed_caps (self->side.pad);
  gst_element_add_pad (GST_ELEMENT (self), self->side.pad);
}

/* The side begins a stream of its own, of the same group. */
static void
begin_stream (AvidSide *side, GstEvent *event)
{
  const char *of;
  char *id;
  guint group;
  GstEvent *start;
  GstCaps *caps = gst_pad_get_pad_template_caps (side->pad);

  gst_event_parse_stream_start (event, &of);
  id = g_strconcat (of, "/" AVID_SIDE, NULL);
  start = gst_event_new_stream_start (id);
  gst_event_set_stream_flags (start, GST_STREAM_FLAG_SPARSE);
  if (gst_event_parse_group_id (event, &group))
    gst_event_set_group_id (start, group);
  gst_pad_push_event (side->pad, start);
  gst_pad_push_event (side->pad, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  g_free (id);
}

/* The size of the picture, which encoded video has in its caps too. */
static void
read_caps (AvidSide *side, GstEvent *event)
{
  GstCaps *caps;
  GstStructure *s;

  gst_event_parse_caps (event, &caps);
  s = gst_caps_get_structure (caps, 0);
  side->width = side->height = 0;
  gst_structure_get_int (s, "width", &side->width);
  gst_structure_get_int (s, "height", &side->height);
}

/* The body hears first, as what it has left goes before the end. */
void
avid_side_event (AvidReader *self, GstEvent *event)
{
  AvidSide *side = &self->side;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      avidGoReaderEvent (self->body, GST_ELEMENT (self), 0);
      begin_stream (side, event);
      return;
    case GST_EVENT_CAPS:
      read_caps (side, event);
      return;
    case GST_EVENT_FLUSH_STOP:
      avidGoReaderEvent (self->body, GST_ELEMENT (self), 2);
      break;
    case GST_EVENT_EOS:
      avidGoReaderEvent (self->body, GST_ELEMENT (self), 4);
      break;
    case GST_EVENT_SEGMENT:
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_GAP:
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_STREAM_GROUP_DONE:
      break;
    default:
      return;
  }
  gst_pad_push_event (side->pad, gst_event_ref (event));
}

/* When the frame was taken, as an element before has heard from the source: what RTCP
 * says of a camera, for one; ns since 1970, -1: nobody says. */
static gint64
reference_of (GstBuffer *buffer)
{
  static GstStaticCaps ntp = GST_STATIC_CAPS ("timestamp/x-ntp");
  static GstStaticCaps posix = GST_STATIC_CAPS ("timestamp/x-unix");
  GstCaps *caps[2] = { gst_static_caps_get (&posix), gst_static_caps_get (&ntp) };
  const gint64 begins[2] = { 0, NTP_TO_UNIX };
  gint64 found = -1;

  for (guint i = 0; i < 2; i++) {
    GstReferenceTimestampMeta *meta =
        gst_buffer_get_reference_timestamp_meta (buffer, caps[i]);
    if (found < 0 && meta != NULL && meta->timestamp <= (guint64) G_MAXINT64)
      found = MAX ((gint64) meta->timestamp - begins[i], -1);
    gst_caps_unref (caps[i]);
  }
  return found;
}

/* ns as Go takes them; -1: unknown. */
static gint64
time_of (guint64 t)
{
  return t > (guint64) G_MAXINT64 ? -1 : (gint64) t;
}

void
avid_side_frame (AvidReader *self, GstBuffer *buffer)
{
  AvidSide *side = &self->side;
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstEvent *gap;

  if (segment->format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (pts))
    return;
  side->pts = time_of (pts);
  side->stream_time = time_of (gst_segment_to_stream_time (segment, GST_FORMAT_TIME, pts));
  side->running_time = time_of (gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts));
  side->now = time_of (avid_clock_now (GST_ELEMENT (self)));
  side->base = time_of (gst_element_get_base_time (GST_ELEMENT (self)));
  side->reference = reference_of (buffer);
  side->pushed = FALSE;
  avid_marks_read (&side->marks, buffer);
  avidGoReaderFrame (self->body, GST_ELEMENT (self), self);
  if (side->pushed || !avid_side_is_linked (self))
    return;
  gap = gst_event_new_gap (pts, GST_BUFFER_DURATION (buffer));
  gst_pad_push_event (side->pad, gap);
}

/* The time of day, as NTP has it, is what gst-plugins-rs wants of what is parsed. */
gboolean
avid_side_push (AvidReader *self, const guint8 *data, gsize size, gint64 pts, gint64 utc)
{
  static GstStaticCaps ntp = GST_STATIC_CAPS ("timestamp/x-ntp");
  GstBuffer *buffer = gst_buffer_new_memdup (data, size);
  GstCaps *caps = gst_static_caps_get (&ntp);

  GST_BUFFER_PTS (buffer) = (guint64) pts;
  gst_buffer_add_reference_timestamp_meta (
      buffer, caps, (guint64) (utc + NTP_TO_UNIX), GST_CLOCK_TIME_NONE);
  gst_caps_unref (caps);
  self->side.pushed = TRUE;
  return gst_pad_push (self->side.pad, buffer) == GST_FLOW_OK;
}

gboolean
avid_side_is_linked (AvidReader *self)
{
  return gst_pad_is_linked (self->side.pad);
}

/* Whether somebody has asked since the last call. */
gboolean
avid_side_asked (AvidReader *self)
{
  return g_atomic_int_exchange (&self->side.asked, FALSE);
}

/* harness.c: pushes buffers and events into one element and looks at what
 * comes out. */
#include "harness.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gconstpointer last_memory; /* of the buffer pushed last */

AvidHarness *
avid_harness_new (const char *description, const char *out, char **error)
{
  GError *err = NULL;
  GstElement *element =
      gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &err);
  AvidHarness *h;

  *error = NULL;
  if (element == NULL) {
    *error = g_strdup (err != NULL ? err->message : "no element");
    g_clear_error (&err);
    return NULL;
  }
  h = g_new0 (AvidHarness, 1);
  h->element = gst_object_ref_sink (element);
  h->bus = gst_bus_new ();
  gst_element_set_bus (element, h->bus);
  /* GstHarness aborts when its element does not start, so that is tried
   * first; an element that fails stays without a harness. */
  if (gst_element_set_state (element, GST_STATE_PAUSED) ==
      GST_STATE_CHANGE_FAILURE)
    return h;
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bus_set_flushing (h->bus, TRUE);
  gst_bus_set_flushing (h->bus, FALSE);
  h->harness = gst_harness_new_with_element (element, "sink", out);
  return h;
}

void
avid_harness_free (AvidHarness *h)
{
  gst_element_set_state (h->element, GST_STATE_NULL);
  gst_element_set_bus (h->element, NULL);
  if (h->harness != NULL)
    gst_harness_teardown (h->harness);
  gst_object_unref (h->bus);
  gst_object_unref (h->element);
  g_free (h);
}

gboolean
avid_harness_caps (AvidHarness *h, const char *text)
{
  GstCaps *caps = gst_caps_from_string (text);
  gboolean ok;

  if (caps == NULL)
    return FALSE;
  if (!h->negotiated) {
    GstPad *pad = gst_element_get_static_pad (h->element, "sink");

    gst_harness_set_src_caps (h->harness, caps);
    h->negotiated = ok = gst_pad_has_current_caps (pad);
    gst_object_unref (pad);
    return ok;
  }
  ok = gst_harness_push_event (h->harness, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  return ok;
}

int
avid_harness_push (AvidHarness *h, const AvidIn *in, gboolean *intact)
{
  GstBuffer *buffer = gst_buffer_new_memdup (in->data, in->size);
  GstBuffer *kept = NULL;
  GstMapInfo map;
  int flow;

  GST_BUFFER_PTS (buffer) = in->pts < 0 ? GST_CLOCK_TIME_NONE : (guint64) in->pts;
  GST_BUFFER_DURATION (buffer) =
      in->duration < 0 ? GST_CLOCK_TIME_NONE : (guint64) in->duration;
  if (in->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (in->gap)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  if (in->corrupted)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  if (in->planes > 0) {
    gsize offset[4];
    gint stride[4];
    memcpy (offset, in->offset, sizeof offset);
    memcpy (stride, in->stride, sizeof stride);
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        (GstVideoFormat) in->format, (guint) in->width, (guint) in->height,
        (guint) in->planes, offset, stride);
  }
  if (in->crop[2] > 0) {
    GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta (buffer);
    crop->x = (guint) in->crop[0];
    crop->y = (guint) in->crop[1];
    crop->width = (guint) in->crop[2];
    crop->height = (guint) in->crop[3];
  }
  if (in->reference > 0) {
    GstCaps *caps = gst_caps_new_empty_simple ("timestamp/x-unix");
    gst_buffer_add_reference_timestamp_meta (buffer, caps, (guint64) in->reference,
        GST_CLOCK_TIME_NONE);
    gst_caps_unref (caps);
  }
  last_memory = gst_buffer_peek_memory (buffer, 0);
  if (in->keep)
    kept = gst_buffer_ref (buffer);
  flow = gst_harness_push (h->harness, buffer);
  *intact = TRUE;
  if (kept != NULL) {
    gst_buffer_map (kept, &map, GST_MAP_READ);
    *intact = map.size == in->size && memcmp (map.data, in->data, in->size) == 0;
    gst_buffer_unmap (kept, &map);
    gst_buffer_unref (kept);
  }
  return flow;
}

static void
read_mask (AvidOut *out, GstAnalyticsMtd *mtd)
{
  gint x, y;
  guint w, h;
  GstBuffer *mask = gst_analytics_segmentation_mtd_get_mask (mtd, &x, &y, &w, &h);
  GstVideoMeta *meta;
  GstMapInfo map;

  out->masks++;
  if (mask == NULL)
    return;
  meta = gst_buffer_get_video_meta (mask);
  if (meta != NULL) {
    out->mask_width = (int) meta->width;
    out->mask_height = (int) meta->height;
  }
  gst_buffer_map (mask, &map, GST_MAP_READ);
  for (gsize i = 0; i < map.size; i++)
    out->mask_set += map.data[i] != 0;
  gst_buffer_unmap (mask, &map);
  gst_buffer_unref (mask);
}

static void
read_analytics (AvidOut *out)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (out->buffer);
  gpointer state = NULL;
  GstAnalyticsMtd mtd;

  if (meta == NULL)
    return;
  while (gst_analytics_relation_meta_iterate (meta, &state,
      gst_analytics_segmentation_mtd_get_mtd_type (), &mtd))
    read_mask (out, &mtd);
  state = NULL;
  while (gst_analytics_relation_meta_iterate (meta, &state,
      gst_analytics_od_mtd_get_mtd_type (), &mtd))
    out->objects++;
  state = NULL;
  while (gst_analytics_relation_meta_iterate (meta, &state,
      gst_analytics_cls_mtd_get_mtd_type (), &mtd))
    out->confidence = gst_analytics_cls_mtd_get_level (&mtd, 0);
}

static void
read_rois (AvidOut *out)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (out->buffer, &state,
              GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    GstVideoRegionOfInterestMeta *roi = (GstVideoRegionOfInterestMeta *) meta;
    GstStructure *s = gst_video_region_of_interest_meta_get_param (roi, "irregularity");
    int i = out->rois++;

    if (i >= 32)
      continue;
    out->x[i] = (int) roi->x;
    out->y[i] = (int) roi->y;
    out->w[i] = (int) roi->w;
    out->h[i] = (int) roi->h;
    if (s == NULL)
      continue;
    gst_structure_get_double (s, "score", &out->score[i]);
    if (gst_structure_has_field (s, "zone"))
      g_strlcpy (out->zone[i], gst_structure_get_string (s, "zone"), sizeof out->zone[i]);
  }
}

gboolean
avid_harness_pull (AvidHarness *h, AvidOut *out)
{
  GstCustomMeta *verdict;
  GstReferenceTimestampMeta *reference;
  GstCaps *caps;

  memset (out, 0, sizeof *out);
  out->buffer = gst_harness_try_pull (h->harness);
  if (out->buffer == NULL)
    return FALSE;
  caps = gst_caps_new_empty_simple ("timestamp/x-ntp");
  reference = gst_buffer_get_reference_timestamp_meta (out->buffer, caps);
  out->reference = reference != NULL ? reference->timestamp : 0;
  gst_caps_unref (caps);
  out->pts = GST_BUFFER_PTS_IS_VALID (out->buffer) ? (gint64) GST_BUFFER_PTS (out->buffer) : -1;
  out->duration = GST_BUFFER_DURATION_IS_VALID (out->buffer)
                      ? (gint64) GST_BUFFER_DURATION (out->buffer)
                      : -1;
  out->discont = GST_BUFFER_IS_DISCONT (out->buffer);
  out->same_memory = gst_buffer_peek_memory (out->buffer, 0) == last_memory;
  read_analytics (out);
  read_rois (out);
  verdict = gst_buffer_get_custom_meta (out->buffer, "AvidVerdict");
  if (verdict != NULL)
    out->verdict = gst_structure_to_string (gst_custom_meta_get_structure (verdict));
  return TRUE;
}

void
avid_harness_out_free (AvidOut *out)
{
  g_free (out->verdict);
  gst_clear_buffer (&out->buffer);
}

/* 0 EOS, 1 flush start, 2 flush stop, 3 segment from a, 4 gap at a of b. */
gboolean
avid_harness_event (AvidHarness *h, int kind, gint64 a, gint64 b)
{
  GstSegment segment;

  switch (kind) {
    case 0:
      return gst_harness_push_event (h->harness, gst_event_new_eos ());
    case 1:
      return gst_harness_push_event (h->harness, gst_event_new_flush_start ());
    case 2:
      return gst_harness_push_event (h->harness, gst_event_new_flush_stop (TRUE));
    case 3:
      gst_segment_init (&segment, GST_FORMAT_TIME);
      segment.start = segment.time = segment.position = (guint64) a;
      return gst_harness_push_event (h->harness, gst_event_new_segment (&segment));
    case 4:
      return gst_harness_push_event (h->harness,
          gst_event_new_gap ((guint64) a, (guint64) b));
    default:
      return FALSE;
  }
}

void
avid_harness_qos (AvidHarness *h, gint64 diff, gint64 timestamp)
{
  gst_harness_push_upstream_event (h->harness,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 1.5, diff, (guint64) timestamp));
}

/* Whether a QoS event came out upstream. */
gboolean
avid_harness_saw_qos (AvidHarness *h)
{
  GstEvent *event;
  gboolean seen = FALSE;

  while ((event = gst_harness_try_pull_upstream_event (h->harness))) {
    seen |= GST_EVENT_TYPE (event) == GST_EVENT_QOS;
    gst_event_unref (event);
  }
  return seen;
}

/* Asks upstream for a key frame. */
void
avid_harness_ask (AvidHarness *h)
{
  gst_harness_push_upstream_event (h->harness,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
}

/* Of what came out, how many gaps there were, and whether the stream that
 * began is a sparse one; else sparse stays. */
int
avid_harness_gaps (AvidHarness *h, gboolean *sparse)
{
  GstEvent *event;
  GstStreamFlags flags;
  int gaps = 0;

  while ((event = gst_harness_try_pull_event (h->harness))) {
    gaps += GST_EVENT_TYPE (event) == GST_EVENT_GAP;
    if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START) {
      gst_event_parse_stream_flags (event, &flags);
      *sparse = (flags & GST_STREAM_FLAG_SPARSE) != 0;
    }
    gst_event_unref (event);
  }
  return gaps;
}

guint64
avid_harness_latency (AvidHarness *h, guint64 upstream)
{
  gst_harness_set_upstream_latency (h->harness, upstream);
  return gst_harness_query_latency (h->harness);
}

void
avid_harness_time (AvidHarness *h, guint64 time)
{
  gst_harness_set_time (h->harness, time);
}

int
avid_harness_state (AvidHarness *h, int state)
{
  return (int) gst_element_set_state (h->element, (GstState) state);
}

/* What the child does; its exit status. */
static int
forked (const char *description)
{
  GstElement *pipeline = gst_parse_launch (description, NULL);
  GstMessage *message;
  GError *error = NULL;
  GstBus *bus;

  if (pipeline == NULL)
    return 2;
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 5 * GST_SECOND, GST_MESSAGE_ERROR);
  if (message == NULL)
    return 3;
  gst_message_parse_error (message, &error, NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (!g_error_matches (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT))
    return 4;
  return g_strrstr (error->message, "fork") != NULL ? 0 : 5;
}

int
avid_harness_fork (const char *description)
{
  int status = -1;
  pid_t child = fork ();

  if (child == 0) {
    alarm (20); /* a child that hangs ends by it */
    _exit (forked (description));
  }
  if (child < 0 || waitpid (child, &status, 0) != child)
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

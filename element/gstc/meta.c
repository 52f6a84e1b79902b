/* meta.c: what is found goes on the buffer in the two forms that elements of
 * others read: GstAnalytics and regions of interest. */
#include "gstc.h"

#include <string.h>

#define QUARK_IRREGULARITY g_quark_from_static_string ("irregularity")

/* A buffer with the mask as a GRAY8 picture, as the segmentation meta wants it.
 * The caller owns it. */
GstBuffer *
avid_mask_new (const guint8 *mask, guint width, guint height)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, (gsize) width * height, NULL);
  gsize offset[GST_VIDEO_MAX_PLANES] = { 0 };
  /* Without padding behind the rows, whatever the width. */
  gint stride[GST_VIDEO_MAX_PLANES] = { (gint) width };

  if (buffer == NULL)
    return NULL;
  gst_buffer_fill (buffer, 0, mask, (gsize) width * height);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_GRAY8, width, height, 1, offset, stride);
  return buffer;
}

static GstAnalyticsRelationMeta *
relations (GstBuffer *buffer)
{
  GstAnalyticsRelationMeta *meta = gst_buffer_get_analytics_relation_meta (buffer);

  return meta != NULL ? meta : gst_buffer_add_analytics_relation_meta (buffer);
}

/* Adds the mask over the whole picture: pixel value 0 is the region "normal",
 * 255 "irregular"; and the frame's verdict as a classification. */
gboolean
avid_frame_add_mask (AvidFrame *frame, GstBuffer *mask, double confidence)
{
  GstAnalyticsRelationMeta *meta;
  GstAnalyticsSegmentationMtd segmentation;
  GstAnalyticsClsMtd verdict;
  guint regions[2] = { 0, 255 };

  meta = relations (frame->buffer);
  if (meta == NULL ||
      !gst_analytics_relation_meta_add_segmentation_mtd (meta,
          gst_buffer_ref (mask), GST_SEGMENTATION_TYPE_SEMANTIC, 2, regions, 0,
          0, (guint) GST_VIDEO_INFO_WIDTH (frame->info),
          (guint) GST_VIDEO_INFO_HEIGHT (frame->info), &segmentation))
    return FALSE;
  frame->mask = segmentation.id;
  if (!gst_analytics_relation_meta_add_one_cls_mtd (meta, (gfloat) confidence,
          QUARK_IRREGULARITY, &verdict))
    return FALSE;
  return gst_analytics_relation_meta_set_relation (meta,
      GST_ANALYTICS_REL_TYPE_RELATE_TO, segmentation.id, verdict.id);
}

/* Adds one connected region in pixels of the picture, and the name of its zone
 * where that has a length. */
gboolean
avid_frame_add_box (AvidFrame *frame, int id, int x, int y, int w, int h,
    double score, const char *zone, int zone_length)
{
  GstStructure *more;
  GstAnalyticsRelationMeta *meta = relations (frame->buffer);
  GstAnalyticsODMtd box;
  GstVideoRegionOfInterestMeta *roi;

  if (meta == NULL ||
      !gst_analytics_relation_meta_add_od_mtd (meta, QUARK_IRREGULARITY, x, y,
          w, h, (gfloat) score, &box))
    return FALSE;
  gst_analytics_relation_meta_set_relation (meta,
      GST_ANALYTICS_REL_TYPE_CONTAIN, frame->mask, box.id);
  roi = gst_buffer_add_video_region_of_interest_meta_id (frame->buffer,
      QUARK_IRREGULARITY, (guint) x, (guint) y, (guint) w, (guint) h);
  if (roi == NULL)
    return FALSE;
  roi->id = id;
  more = gst_structure_new ("irregularity", "score", G_TYPE_DOUBLE, score, NULL);
  if (zone_length > 0) {
    GValue name = G_VALUE_INIT;

    g_value_init (&name, G_TYPE_STRING);
    g_value_take_string (&name, g_strndup (zone, (gsize) zone_length));
    gst_structure_take_value (more, "zone", &name);
  }
  gst_video_region_of_interest_meta_add_param (roi, more);
  return TRUE;
}

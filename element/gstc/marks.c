/* marks.c: reads again what avidfilter wrote on a frame (meta.c). */
#include "bin.h"

#define QUARK_IRREGULARITY g_quark_from_static_string ("irregularity")

/* The classification that avidfilter wrote: the frame's verdict. */
static gboolean
read_verdict (AvidMarks *marks, GstAnalyticsRelationMeta *meta, guint *id)
{
  GstAnalyticsMtd mtd;
  gpointer state = NULL;

  while (gst_analytics_relation_meta_iterate (meta, &state,
      gst_analytics_cls_mtd_get_mtd_type (), &mtd)) {
    gint i = gst_analytics_cls_mtd_get_index_by_quark (&mtd, QUARK_IRREGULARITY);
    if (i < 0)
      continue;
    marks->judged = TRUE;
    marks->confidence = gst_analytics_cls_mtd_get_level (&mtd, (gsize) i);
    *id = mtd.id;
    return TRUE;
  }
  return FALSE;
}

/* The segmentation that belongs to the verdict. avidfilter puts the same buffer
 * on the frames that a verdict holds for, so another one is another verdict. */
static void
read_mask (AvidMarks *marks, GstAnalyticsRelationMeta *meta, guint verdict)
{
  GstAnalyticsMtd mtd;
  gpointer state = NULL;

  while (gst_analytics_relation_meta_iterate (meta, &state,
      gst_analytics_segmentation_mtd_get_mtd_type (), &mtd)) {
    gint x, y;
    guint w, h;
    GstBuffer *mask;
    GstVideoMeta *video;

    if (!(gst_analytics_relation_meta_get_relation (meta, mtd.id, verdict) &
            GST_ANALYTICS_REL_TYPE_RELATE_TO))
      continue;
    mask = gst_analytics_segmentation_mtd_get_mask (&mtd, &x, &y, &w, &h);
    if (mask == NULL)
      continue;
    video = gst_buffer_get_video_meta (mask);
    if (video == NULL || video->format != GST_VIDEO_FORMAT_GRAY8 ||
        gst_buffer_get_size (mask) != (gsize) video->width * video->height) {
      gst_buffer_unref (mask);
      continue;
    }
    marks->masked = TRUE;
    marks->fresh = mask != marks->mask;
    marks->mask_w = (gint) video->width;
    marks->mask_h = (gint) video->height;
    gst_clear_buffer (&marks->mask);
    marks->mask = mask;
    return;
  }
}

void
avid_marks_read (AvidMarks *marks, GstBuffer *buffer)
{
  GstAnalyticsRelationMeta *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsMtd mtd;
  gpointer state = NULL;
  guint verdict;

  marks->spoken = avid_verdict_read (buffer, &marks->verdict);
  marks->judged = marks->masked = marks->fresh = FALSE;
  marks->n_boxes = 0;
  if (meta == NULL || !read_verdict (marks, meta, &verdict))
    return;
  read_mask (marks, meta, verdict);
  if (!marks->masked)
    marks->fresh = TRUE; /* nothing says that it is an old one */
  while (marks->n_boxes < AVID_MOST_BOXES &&
         gst_analytics_relation_meta_iterate (meta, &state,
             gst_analytics_od_mtd_get_mtd_type (), &mtd)) {
    AvidBox *box = &marks->boxes[marks->n_boxes];
    if (gst_analytics_od_mtd_get_obj_type (&mtd) == QUARK_IRREGULARITY &&
        gst_analytics_od_mtd_get_location (&mtd, &box->x, &box->y, &box->w,
            &box->h, &box->score))
      marks->n_boxes++;
  }
}

gboolean
avid_marks_copy_mask (const AvidMarks *marks, guint8 *out, gsize size)
{
  return marks->masked && gst_buffer_extract (marks->mask, 0, out, size) == size;
}

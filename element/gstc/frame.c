/* frame.c: mapping the part of a buffer's planes that is the picture, checked
 * against what the memory holds. */
#include "gstc.h"

#include <stdarg.h>

/* Notes why a frame is refused; for "return refuse (...)". */
static gboolean G_GNUC_PRINTF (2, 3)
refuse (AvidFrame *frame, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_vsnprintf (frame->why, sizeof frame->why, format, args);
  va_end (args);
  return FALSE;
}

/* Finds the picture in the buffer: where a GstVideoCropMeta says so, else the
 * whole of what the caps describe. It is cheap, and nothing is mapped. */
gboolean
avid_frame_area (AvidFrame *frame)
{
  GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta (frame->buffer);
  GstVideoMeta *meta = gst_buffer_get_video_meta (frame->buffer);
  guint width = (guint) GST_VIDEO_INFO_WIDTH (frame->info);
  guint height = (guint) GST_VIDEO_INFO_HEIGHT (frame->info);

  frame->x = frame->y = 0;
  frame->width = (gint) width;
  frame->height = (gint) height;
  if (meta != NULL) {
    if (meta->format != GST_VIDEO_INFO_FORMAT (frame->info))
      return refuse (frame, "it holds %s, its caps say %s",
          gst_video_format_to_string (meta->format),
          gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (frame->info)));
    if (meta->width < width || meta->height < height)
      return refuse (frame, "it holds %ux%u pixels, its caps say %ux%u",
          meta->width, meta->height, width, height);
    width = meta->width;
    height = meta->height;
  }
  if (crop == NULL)
    return TRUE;
  if (crop->width == 0 || crop->height == 0 || crop->x > width ||
      crop->width > width - crop->x || crop->y > height ||
      crop->height > height - crop->y)
    return refuse (frame, "it is cropped to %ux%u pixels at %u, %u of %ux%u",
        crop->width, crop->height, crop->x, crop->y, width, height);
  frame->x = (gint) crop->x;
  frame->y = (gint) crop->y;
  frame->width = (gint) crop->width;
  frame->height = (gint) crop->height;
  return TRUE;
}

/* Sets plane, stride and size of the picture's part of one plane; FALSE when its
 * rows do not fit the mapped memory. The formats of the pad template have whole
 * bytes for each pixel of a plane. */
static gboolean
measure (AvidFrame *frame, guint plane)
{
  const GstVideoFrame *f = &frame->map;
  const GstVideoFormatInfo *finfo = f->info.finfo;
  const GstMapInfo *map = &f->map[f->meta != NULL ? plane : 0];
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (f, plane);
  guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (f, plane);
  gsize row = 0, finest = 0, skip, size, start = 0, n = 0;
  gint least = G_MAXINT, most = 0;

  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    gint half = GST_VIDEO_FORMAT_INFO_W_SUB (finfo, c);
    gint pixel = GST_VIDEO_FRAME_COMP_PSTRIDE (f, c);
    gsize wide = (gsize) GST_VIDEO_SUB_SCALE (half, frame->width) * (gsize) pixel;

    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) != plane)
      continue;
    row = MAX (row, wide);
    most = MAX (most, half);
    if (half >= least)
      continue;
    least = half;
    finest = wide;
    start = (gsize) (frame->x >> half) * (gsize) pixel +
            (gsize) (frame->y >> GST_VIDEO_FORMAT_INFO_H_SUB (finfo, c)) *
                (gsize) MAX (stride, 0);
    n = (gsize) GST_VIDEO_SUB_SCALE (GST_VIDEO_FORMAT_INFO_H_SUB (finfo, c),
        frame->height);
  }
  /* Pixels in pairs, of which the first is cut through. */
  if (most > least && frame->x % 2 != 0)
    row = finest;
  if (stride < 0)
    return refuse (frame, "plane %u has a negative stride (%d bytes): its rows "
                          "go upwards; videoconvert before the element turns them",
        plane, stride);
  if (row == 0 || n == 0 || (gsize) stride < row)
    return refuse (frame, "plane %u has a stride of %d bytes, a row has %zu",
        plane, stride, row);
  size = (n - 1) * (gsize) stride + row;
  if (data < map->data || data > map->data + map->size)
    return refuse (frame, "plane %u begins outside its memory", plane);
  skip = (gsize) (data - map->data);
  if (start > map->size - skip || size > map->size - skip - start)
    return refuse (frame, "plane %u has %zu bytes, needed are %zu", plane,
        map->size - skip, start + size);
  frame->plane[plane] = data + start;
  frame->stride[plane] = stride;
  frame->size[plane] = size;
  frame->row[plane] = row;
  return TRUE;
}

gboolean
avid_frame_map (AvidFrame *frame, gboolean write)
{
  GstMapFlags flags = write ? GST_MAP_READWRITE : GST_MAP_READ;

  avid_frame_unmap (frame);
  frame->why[0] = '\0';
  if (!avid_frame_area (frame))
    return FALSE;
  /* NO_REF: the buffer is ours for the whole call, and a second reference
   * would make it read-only. */
  if (!gst_video_frame_map (&frame->map, frame->info, frame->buffer,
          flags | (GstMapFlags) GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
    frame->map.buffer = NULL;
    return refuse (frame, "%zu bytes cannot be mapped as %dx%d pixels of %s",
        gst_buffer_get_size (frame->buffer), frame->info->width,
        frame->info->height,
        gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (frame->info)));
  }
  for (guint p = 0; p < 4; p++) {
    frame->plane[p] = NULL;
    frame->size[p] = frame->row[p] = 0;
    frame->stride[p] = 0;
    if (p < GST_VIDEO_FRAME_N_PLANES (&frame->map) && !measure (frame, p)) {
      avid_frame_unmap (frame);
      return FALSE;
    }
  }
  return TRUE;
}

void
avid_frame_unmap (AvidFrame *frame)
{
  if (frame->map.buffer == NULL)
    return;
  gst_video_frame_unmap (&frame->map);
  frame->map.buffer = NULL;
}

gboolean
avid_frame_is_writable (AvidFrame *frame)
{
  return gst_buffer_is_writable (frame->buffer);
}

/* Copies the buffer's description, not its pixels, unless it is ours alone;
 * pixels are copied by a later write map, and only if their memory is shared. */
void
avid_frame_make_writable (AvidFrame *frame)
{
  frame->buffer = gst_buffer_make_writable (frame->buffer);
}

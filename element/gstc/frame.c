/* frame.c: mapping a buffer's planes, checked against what the memory holds. */
#include "gstc.h"

/* Bytes of a row of pixels in a plane, without padding. The formats of the pad
 * template have whole bytes per pixel in each plane. */
static gsize
row_bytes (const GstVideoFrame *f, guint plane)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;

  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++)
    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) == plane)
      return (gsize) GST_VIDEO_FRAME_COMP_WIDTH (f, c) *
             (gsize) GST_VIDEO_FRAME_COMP_PSTRIDE (f, c);
  return 0;
}

static gsize
rows (const GstVideoFrame *f, guint plane)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;

  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++)
    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) == plane)
      return (gsize) GST_VIDEO_FRAME_COMP_HEIGHT (f, c);
  return 0;
}

/* Sets plane, stride and size of one plane; FALSE when the rows do not fit the
 * mapped memory. */
static gboolean
measure (AvidFrame *frame, guint plane)
{
  const GstVideoFrame *f = &frame->map;
  const GstMapInfo *map = &f->map[f->meta != NULL ? plane : 0];
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (f, plane);
  gsize row = row_bytes (f, plane), n = rows (f, plane), skip, size;
  guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (f, plane);

  if (row == 0 || n == 0 || stride < 0 || (gsize) stride < row)
    return FALSE;
  if (data < map->data || data > map->data + map->size)
    return FALSE;
  skip = (gsize) (data - map->data);
  size = (n - 1) * (gsize) stride + row;
  if (size > map->size - skip)
    return FALSE;
  frame->plane[plane] = data;
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
  /* NO_REF: the buffer is ours for the whole call, and a second reference
   * would make it read-only. */
  if (!gst_video_frame_map (&frame->map, frame->info, frame->buffer,
          flags | (GstMapFlags) GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
    frame->map.buffer = NULL;
    return FALSE;
  }
  if (GST_VIDEO_FRAME_WIDTH (&frame->map) < GST_VIDEO_INFO_WIDTH (frame->info) ||
      GST_VIDEO_FRAME_HEIGHT (&frame->map) < GST_VIDEO_INFO_HEIGHT (frame->info))
    goto misfit;
  for (guint p = 0; p < 4; p++) {
    frame->plane[p] = NULL;
    frame->size[p] = frame->row[p] = 0;
    frame->stride[p] = 0;
    if (p < GST_VIDEO_FRAME_N_PLANES (&frame->map) && !measure (frame, p))
      goto misfit;
  }
  return TRUE;

misfit:
  avid_frame_unmap (frame);
  return FALSE;
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

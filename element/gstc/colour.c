/* colour.c: which range and matrix the values of a picture have. */
#include "gstc.h"

#include <string.h>

/* "full", "limited", or "" when nobody says. */
const char *
avid_range_name (const GstVideoInfo *info)
{
  switch (info->colorimetry.range) {
    case GST_VIDEO_COLOR_RANGE_0_255:
      return "full";
    case GST_VIDEO_COLOR_RANGE_16_235:
      return "limited";
    default:
      return "";
  }
}

/* The matrix between R'G'B' and Y'CbCr, or "" when there is none. */
const char *
avid_matrix_name (const GstVideoInfo *info)
{
  switch (info->colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT601:
      return "bt601";
    case GST_VIDEO_COLOR_MATRIX_BT709:
      return "bt709";
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return "bt2020";
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
      return "smpte240m";
    case GST_VIDEO_COLOR_MATRIX_FCC:
      return "fcc";
    default:
      return "";
  }
}

/* The side of the pictures that conversions are tried with: one that no
 * subsampling divides. */
#define SIDE 16

/* How many forms of a picture one after the other are followed. */
#define MOST_FORMS 8

/* The forms of a stream's pictures, the last one first. */
typedef struct {
  GstVideoInfo form[MOST_FORMS];
  int n;
} Way;

/* Converts a picture into the next form. */
static gboolean
convert (GstVideoFrame *from, GstVideoFrame *to)
{
  GstVideoConverter *c = gst_video_converter_new (&from->info, &to->info, NULL);

  if (c == NULL)
    return FALSE;
  gst_video_converter_frame (c, from, to);
  gst_video_converter_free (c);
  return TRUE;
}

/* A small picture of a format and colorimetry; unmap it. */
static gboolean
make_picture (GstVideoFrame *frame, GstVideoFormat format,
    const GstVideoColorimetry *colorimetry)
{
  GstVideoInfo info;
  GstBuffer *buffer;
  gboolean ok;

  gst_video_info_init (&info);
  if (!gst_video_info_set_format (&info, format, SIDE, SIDE))
    return FALSE;
  info.colorimetry = *colorimetry;
  buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info), NULL);
  ok = gst_video_frame_map (frame, &info, buffer, GST_MAP_READWRITE);
  gst_buffer_unref (buffer); /* the frame has its own reference */
  return ok;
}

/* What the first byte of the last form is of a grey picture that has y of 0 to 255
 * in the first form, which is YUV; -1: not known. */
static int
at_the_end (const Way *way, guint8 y)
{
  const GstVideoInfo *first = &way->form[way->n - 1];
  GstVideoFrame frame, next;
  guint8 *p;
  int value;

  if (!make_picture (&frame, GST_VIDEO_FORMAT_AYUV, &first->colorimetry))
    return -1;
  p = GST_VIDEO_FRAME_PLANE_DATA (&frame, 0);
  memset (p, 128, GST_VIDEO_FRAME_SIZE (&frame));
  for (gsize i = 0; i < GST_VIDEO_FRAME_SIZE (&frame); i += 4)
    p[i + 1] = y;
  for (int i = way->n - 1; i >= 0; i--) {
    const GstVideoInfo *form = &way->form[i];
    gboolean made = make_picture (&next, GST_VIDEO_INFO_FORMAT (form), &form->colorimetry);
    gboolean ok = made && convert (&frame, &next);

    gst_video_frame_unmap (&frame);
    if (!ok) {
      if (made)
        gst_video_frame_unmap (&next);
      return -1;
    }
    frame = next;
  }
  value = ((const guint8 *) GST_VIDEO_FRAME_COMP_DATA (&frame, 0))[0];
  gst_video_frame_unmap (&frame);
  return value;
}

/* The pad that a sink pad gets its buffers from, through the walls of bins; NULL
 * when there is none. Unref it. */
static GstPad *
source_of (GstPad *pad)
{
  GstPad *peer = gst_pad_get_peer (pad);

  while (peer != NULL && GST_IS_PROXY_PAD (peer)) {
    GstPad *beyond = NULL;

    if (GST_IS_GHOST_PAD (peer)) { /* out of a bin */
      beyond = gst_ghost_pad_get_target (GST_GHOST_PAD (peer));
    } else { /* into the bin that we are in */
      GstProxyPad *wall = gst_proxy_pad_get_internal (GST_PROXY_PAD (peer));
      if (wall != NULL) {
        beyond = gst_pad_get_peer (GST_PAD (wall));
        gst_object_unref (wall);
      }
    }
    gst_object_unref (peer);
    peer = beyond;
  }
  return peer;
}

/* What raw video goes out of a pad. A source pad has its caps before its peer
 * hears of them, a sink pad only once they were taken. */
static gboolean
goes_out (GstPad *pad, GstVideoInfo *info)
{
  GstCaps *caps = gst_pad_get_current_caps (pad);
  gboolean ok = caps != NULL &&
                gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw") &&
                gst_video_info_from_caps (info, caps);

  gst_clear_caps (&caps);
  return ok;
}

/* The element of a source pad, of type converts or not, and the pad before it;
 * NULL when it has no sink pad or nothing before it. Unref it. */
static GstPad *
before (GstPad *pad, GType converts, gboolean *converter)
{
  GstElement *element = gst_pad_get_parent_element (pad);
  GstPad *sink, *source;

  if (element == NULL)
    return NULL;
  *converter = g_type_is_a (G_OBJECT_TYPE (element), converts);
  sink = gst_element_get_static_pad (element, "sink");
  gst_object_unref (element);
  if (sink == NULL)
    return NULL;
  source = source_of (sink);
  gst_object_unref (sink);
  return source;
}

/* How many elements are looked at, so that a loop of them ends. */
#define MOST_ELEMENTS 64

/* Follows a stream up to where it is YUV, adding the forms that elements of
 * GStreamer's videoconvert have changed; FALSE where others have, or it is not
 * known. */
static gboolean
follow (GstPad *pad, Way *way)
{
  GType converts = g_type_from_name ("GstVideoConvertScale");
  GstPad *at = converts != 0 ? source_of (pad) : NULL; /* 0: nobody has made one */
  gboolean found = FALSE;

  for (int i = 0; at != NULL && i < MOST_ELEMENTS && way->n < MOST_FORMS; i++) {
    const GstVideoInfo *last = &way->form[way->n - 1];
    gboolean converter = FALSE;
    GstPad *source = before (at, converts, &converter);
    GstVideoInfo info;

    gst_object_unref (at);
    at = source;
    if (at == NULL || !goes_out (at, &info))
      break;
    if (GST_VIDEO_INFO_FORMAT (&info) == GST_VIDEO_INFO_FORMAT (last) &&
        gst_video_colorimetry_is_equal (&info.colorimetry, &last->colorimetry))
      continue;
    if (!converter)
      break;
    way->form[way->n++] = info;
    found = GST_VIDEO_INFO_IS_YUV (&info);
    if (found)
      break;
  }
  gst_clear_object (&at);
  return found;
}

/* What black and white of video are in pictures that GStreamer made RGB or grey of
 * it, where that is known; else both are -1. Caps do not tell: videoconvert of 1.26
 * gives grey the caps of full range and leaves Y as it is, 16 to 235, and its RGB
 * reaches to 253. So black and white are converted, and looked at. */
void
avid_converted_levels (GstPad *pad, const GstVideoInfo *info, int *black,
    int *white)
{
  Way way = { { *info }, 1 };
  gboolean limited;

  *black = *white = -1;
  if (!(GST_VIDEO_INFO_IS_GRAY (info) || GST_VIDEO_INFO_IS_RGB (info)) ||
      GST_VIDEO_INFO_COMP_DEPTH (info, 0) != 8 || !follow (pad, &way))
    return;
  limited = way.form[way.n - 1].colorimetry.range != GST_VIDEO_COLOR_RANGE_0_255;
  *black = at_the_end (&way, limited ? 16 : 0);
  *white = at_the_end (&way, limited ? 235 : 255);
  if (*black < 0 || *white <= *black)
    *black = *white = -1;
}

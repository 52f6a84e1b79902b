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

/* What the first byte of a grey picture is once a conversion has made "to" of
 * "from", when its own is y of 0 to 255 of the range of "from"; -1: not known. */
static int
after_conversion (const GstVideoInfo *from, const GstVideoInfo *to, guint8 y)
{
  GstVideoInfo info[3];
  const GstVideoInfo *colour[3] = { from, from, to };
  GstBuffer *buffer[3];
  GstVideoFrame frame[3];
  int mapped = 0, value = -1;

  for (int i = 0; i < 3; i++) {
    gst_video_info_init (&info[i]);
    if (!gst_video_info_set_format (&info[i],
            i == 0 ? GST_VIDEO_FORMAT_AYUV : GST_VIDEO_INFO_FORMAT (colour[i]), SIDE, SIDE))
      return -1;
    info[i].colorimetry = colour[i]->colorimetry;
  }
  for (int i = 0; i < 3; i++)
    buffer[i] = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info[i]), NULL);
  while (mapped < 3 && gst_video_frame_map (&frame[mapped], &info[mapped],
                           buffer[mapped], GST_MAP_READWRITE))
    mapped++;
  if (mapped == 3) {
    guint8 *p = GST_VIDEO_FRAME_PLANE_DATA (&frame[0], 0);
    gboolean ok = TRUE;

    memset (p, 128, GST_VIDEO_INFO_SIZE (&info[0]));
    for (gsize i = 0; i < GST_VIDEO_INFO_SIZE (&info[0]); i += 4)
      p[i + 1] = y;
    for (int i = 0; i < 2 && ok; i++) {
      GstVideoConverter *c = gst_video_converter_new (&info[i], &info[i + 1], NULL);
      ok = c != NULL;
      if (ok) {
        gst_video_converter_frame (c, &frame[i], &frame[i + 1]);
        gst_video_converter_free (c);
      }
    }
    if (ok) {
      const guint8 *out = GST_VIDEO_FRAME_PLANE_DATA (&frame[2], 0);
      value = out[GST_VIDEO_INFO_COMP_POFFSET (&info[2], 0)];
    }
  }
  while (mapped > 0)
    gst_video_frame_unmap (&frame[--mapped]);
  for (int i = 0; i < 3; i++)
    gst_buffer_unref (buffer[i]);
  return value;
}

/* The pad that a sink pad gets its buffers from, inside of bins; NULL when there
 * is none. Unref it. */
static GstPad *
source_of (GstPad *pad)
{
  GstPad *peer = gst_pad_get_peer (pad);

  while (peer != NULL && GST_IS_GHOST_PAD (peer)) {
    GstPad *target = gst_ghost_pad_get_target (GST_GHOST_PAD (peer));
    gst_object_unref (peer);
    peer = target;
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

/* How many elements are looked at, so that a loop of them ends. */
#define MOST_ELEMENTS 64

/* Finds the YUV that an element of GStreamer's videoconvert, somewhere before the
 * pad, has made RGB or grey of. */
static gboolean
made_of_yuv (GstPad *pad, GstVideoInfo *yuv)
{
  GType converts = g_type_from_name ("GstVideoConvertScale");
  GstPad *at = source_of (pad);
  gboolean found = FALSE;

  if (converts == 0) /* nobody has made one yet */
    g_clear_pointer (&at, gst_object_unref);
  for (int i = 0; at != NULL && i < MOST_ELEMENTS; i++) {
    GstElement *element = gst_pad_get_parent_element (at);
    GstPad *sink = NULL;
    gboolean ours = FALSE;

    gst_clear_object (&at);
    if (element != NULL) {
      ours = g_type_is_a (G_OBJECT_TYPE (element), converts);
      sink = gst_element_get_static_pad (element, "sink");
      gst_object_unref (element);
    }
    if (sink != NULL) {
      at = source_of (sink);
      gst_object_unref (sink);
    }
    if (at == NULL || !goes_out (at, yuv))
      break;
    if (GST_VIDEO_INFO_IS_YUV (yuv)) {
      found = ours;
      break;
    }
  }
  gst_clear_object (&at);
  return found;
}

/* What black and white of video are in pictures that GStreamer made RGB or grey of
 * it, where that is known and is not what their caps say; else both are -1. Caps do
 * not tell: videoconvert of 1.26 gives grey the caps of full range and leaves Y as it
 * is, 16 to 235, and its RGB reaches to 253. So black and white are converted, and
 * looked at. */
void
avid_converted_levels (GstPad *pad, const GstVideoInfo *info, int *black,
    int *white)
{
  GstVideoInfo yuv;
  gboolean limited;

  *black = *white = -1;
  if (!(GST_VIDEO_INFO_IS_GRAY (info) || GST_VIDEO_INFO_IS_RGB (info)) ||
      GST_VIDEO_INFO_COMP_DEPTH (info, 0) != 8 || !made_of_yuv (pad, &yuv))
    return;
  limited = yuv.colorimetry.range != GST_VIDEO_COLOR_RANGE_0_255;
  *black = after_conversion (&yuv, info, limited ? 16 : 0);
  *white = after_conversion (&yuv, info, limited ? 235 : 255);
  if (*black < 0 || *white <= *black)
    *black = *white = -1;
}

/* gstc.h: the C half of the room: GstBaseTransform subclasses, made from a
 * table that Go hands over, whose methods call the Go body behind a handle. The
 * other kinds of class are in bin.h, reader.h and pay.h. */
#ifndef AVID_GSTC_H
#define AVID_GSTC_H

#include <gst/analytics/analytics.h>
#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>
#include <gst/video/gstvideometa.h>
#include <gst/video/video.h>

/* How a property's value is kept; the order is gstc.Kind's. */
typedef enum {
  AVID_KIND_BOOL,
  AVID_KIND_UINT,
  AVID_KIND_DOUBLE,
  AVID_KIND_STRING,
  AVID_KIND_FLAGS,
  AVID_KIND_STRUCTURE,
  AVID_KIND_ENUM,
} AvidKind;

/* One row of a class's property table. Strings are owned by the row and never
 * freed, as the type they describe is never unregistered. */
typedef struct {
  char *name, *nick, *blurb;
  AvidKind kind;
  double min, max, def;
  char *text_def;
  guint flags;       /* GParamFlags */
  GFlagsValue *bits;  /* AVID_KIND_FLAGS: ended by a zero row */
  GEnumValue *values; /* AVID_KIND_ENUM: ended by a zero row */
  char *bits_name;    /* GType name of those flags or values */
} AvidProperty;

/* A signal; its parameters are strings of a bin, and one GstStructure of another class. */
typedef struct {
  char *name;
  guint n_params;
} AvidSignal;

/* A class as Go describes it. Never freed. */
typedef struct {
  guint index; /* which Go class */
  char *type_name, *long_name, *klass, *description, *author, *caps;
  char *side_caps; /* of a reader's second source pad; NULL: it has none */
  char *encoding;  /* of a payloader: its encoding-name */
  AvidProperty *properties;
  guint n_properties;
  AvidSignal *signals;
  guint n_signals;
} AvidSpec;

/* The buffer in work. It lives in the instance; Go reads the plain fields and
 * calls the verbs below. Valid only inside avidGoProcess. */
typedef struct {
  GstElement *element; /* whose buffer it is; borrowed */
  GstBuffer *buffer; /* owned */
  const GstVideoInfo *info;
  GstVideoFrame map;
  gint64 pts, duration, stream_time, running_time; /* ns, -1: unknown */
  gint64 earliest; /* ns of running time, -1: none: QoS */
  gboolean discont, gap, corrupted;
  gboolean live; /* the source is */
  guint mask; /* id of the segmentation put on it */
  gint x, y, width, height; /* pixels: the picture in what the memory holds */
  guint8 *plane[4];         /* from the picture's first byte */
  gint stride[4];
  gsize size[4]; /* bytes of each plane, from its first row to its last */
  gsize row[4];  /* bytes of a row without padding */
  char why[160]; /* it was refused */
} AvidFrame;

typedef struct {
  GstBaseTransform parent;
  guintptr body; /* cgo handle, 0: the body could not be made */
  GstVideoInfo info;
  gint64 earliest; /* guarded by the object lock */
  gint live;       /* the source is, as a latency query said last; atomic */
  gboolean asked;  /* since the stream began; of its thread */
  GstSegment position;
  AvidFrame frame;
} AvidFilter;

GType avid_register (const AvidSpec *spec);
gboolean avid_element_register (GstPlugin *plugin, const char *name, guint rank,
    GType type);

/* What the classes of all kinds are made with. */
GType avid_register_type (const AvidSpec *spec, GType parent, GTypeInfo *info);
void avid_class_describe (GstElementClass *element, const AvidSpec *spec);
void avid_class_add_pad (GstElementClass *element, const AvidSpec *spec,
    const char *name, GstPadDirection direction);
const AvidSpec *avid_spec_of (gpointer klass);

/* Frame verbs. Each returns FALSE when the buffer cannot be mapped as the caps
 * say, and tells why in the frame. */
gboolean avid_frame_area (AvidFrame *frame);
gboolean avid_frame_map (AvidFrame *frame, gboolean write);
void avid_frame_unmap (AvidFrame *frame);
void avid_frame_make_writable (AvidFrame *frame);
gboolean avid_frame_is_writable (AvidFrame *frame);

/* How far the buffer is behind the pipeline's clock now, ns; -1: unknown, or
 * the source is not live. */
gint64 avid_frame_lag (const AvidFrame *frame);

/* Colour. */
const char *avid_range_name (const GstVideoInfo *info);
const char *avid_matrix_name (const GstVideoInfo *info);
void avid_converted_levels (GstPad *pad, const GstVideoInfo *info, int *black,
    int *white);

/* Metas. The frame must have been made writable. */
GstBuffer *avid_mask_new (const guint8 *mask, guint width, guint height);
gboolean avid_frame_add_mask (AvidFrame *frame, GstBuffer *mask,
    double confidence);
gboolean avid_frame_add_box (AvidFrame *frame, int id, int x, int y, int w,
    int h, double score, const char *zone, int zone_length);

/* Messages. */
void avid_post_error (GstElement *element, GQuark domain, int code,
    const char *text, const char *debug);
void avid_post_warning (GstElement *element, const char *text,
    const char *debug);
void avid_post_structure (GstElement *element, GstStructure *structure);
void avid_emit_structure (GstElement *element, const char *signal,
    GstStructure *structure);
gboolean avid_has_handler (GstElement *element, const char *signal);
gboolean avid_push_structure (GstElement *transform, GstStructure *structure);
void avid_post_latency (GstElement *element);
gboolean avid_is_playing (GstElement *element);
void avid_log (GstElement *element, int level, const char *text);
GstDebugLevel avid_threshold (void);

/* Structures. */
void avid_structure_set_array (GstStructure *structure, const char *name,
    GstStructure **items, guint count);
void avid_structure_set_uint64 (GstStructure *s, const char *name, guint64 v);
void avid_structure_set_uint (GstStructure *s, const char *name, guint v);
void avid_structure_set_int (GstStructure *s, const char *name, gint v);
void avid_structure_set_bool (GstStructure *s, const char *name, gboolean v);
void avid_structure_set_double (GstStructure *s, const char *name, double v);
void avid_structure_set_string (GstStructure *s, const char *name,
    const char *v);
void avid_structure_set_time (GstStructure *s, const char *name, guint64 v);

/* Where the code of this room was loaded from; NULL when not known. */
const char *avid_module_path (void);

#endif

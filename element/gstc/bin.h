/* bin.h: the other kind of class: a GstBin with one sink pad, whose inside is
 * made when the caps are known:
 *
 *   sink pad - clocksync - [chain] - fakesink
 *
 * The Go body names the chain, sees what is written on each frame where it
 * goes into the chain's work (the entry), and gets each frame that comes out
 * of the chain (the exit). */
#ifndef AVID_BIN_H
#define AVID_BIN_H

#include "clock.h"
#include "gstc.h"
#include "verdict.h"

/* The most boxes of a frame that are read: what avidfilter writes at most. */
#define AVID_MOST_BOXES 64

typedef struct {
  gint x, y, w, h;
  gfloat score;
} AvidBox;

/* What avidfilter wrote on a frame. Go reads the plain fields. */
typedef struct {
  gint64 pts; /* ns of running time, -1: unknown */
  gint64 lag; /* ns behind the clock, -1: unknown, or not live */
  gboolean judged;
  double confidence;
  gboolean spoken; /* verdict is the frame's */
  AvidVerdict verdict;
  gboolean fresh; /* another mask than that of the frame before */
  GstBuffer *mask; /* owned: of the last frame that had one */
  gboolean masked; /* this frame has it */
  gint mask_w, mask_h;
  guint n_boxes;
  AvidBox boxes[AVID_MOST_BOXES];
} AvidMarks;

/* A frame as it comes out. */
typedef struct {
  gint64 pts; /* ns of running time, -1: unknown */
  gboolean key;
  gsize size;
  const guint8 *data; /* only inside the call */
} AvidCoded;

typedef struct {
  GstBin parent;
  guintptr body;                      /* cgo handle, 0: could not be made */
  GstPad *pad;                        /* the bin's; owned by it */
  GstElement *clocksync, *exit_point; /* owned by the bin */
  GstElement *chain; /* owned by the bin; guarded by the object lock */
  GstPad *tap;       /* the entry, owned, with our probe */
  gulong tap_probe;

  /* Of the thread that pushes into the pad. */
  GstCaps *caps; /* that are being negotiated */
  gboolean refused;
  gboolean anchored; /* the first frame has been, since the start or a flush */
  GstClockTime asked;    /* running time of the last latency query */
  GstClockTime upstream; /* what it answered: the latency of what is upstream */

  GstClockTime latency; /* the pipeline's; guarded by the object lock */

  gint live;    /* the source is; atomic, written at the caps */
  gint resting; /* no frame goes into the chain; atomic */

  AvidMarks marks; /* of the entry's thread */
  AvidCoded coded; /* of the exit's */
} AvidBin;

GType avid_bin_register (const AvidSpec *spec);

/* The chain. avid_chain_parse gives NULL and why, to be freed, or a chain that
 * avid_chain_drop frees or avid_bin_take takes. */
GstElement *avid_chain_parse (const char *description, char **why);
gboolean avid_chain_set (GstElement *chain, const char *child,
    const char *property, const char *value);
gboolean avid_chain_open (GstElement *chain, GstCaps *caps, char **why);
gboolean avid_chain_try (GstElement *chain, GstCaps *caps, GstBus *bus,
    char **why);
char *avid_error_text (GstMessage *message);
void avid_chain_drop (GstElement *chain);
gboolean avid_bin_take (AvidBin *self, GstElement *chain);
gboolean avid_bin_accepts (AvidBin *self);
void avid_bin_clear (AvidBin *self);
gboolean avid_bin_set (AvidBin *self, const char *child, const char *property,
    const char *value);

/* The probes on the pad and on both ends of the chain. */
void avid_tap_input (AvidBin *self, GstPad *inner);
void avid_tap_entry (AvidBin *self, GstPad *pad);
void avid_tap_exit (AvidBin *self, GstPad *pad);

/* The latency that the pipeline allows for; what is later is late. */
void avid_bin_set_latency (AvidBin *self, GstClockTime latency);

/* What a buffer probe returns to end the flow: the buffer is gone. */
GstPadProbeReturn avid_refuse_buffer (GstPadProbeInfo *info, GstFlowReturn flow);

/* Upstream from the exit: a key frame, please. */
gboolean avid_bin_force_key (AvidBin *self);

/* Keeps frames out of the chain's work, behind the entry, or no longer. */
void avid_bin_rest (AvidBin *self, gboolean rest);

void avid_bin_emit (AvidBin *self, const char *signal, const char **params,
    guint n);

/* Reads what avidfilter wrote. The mask's pixels are copied to out, of size
 * bytes. */
void avid_marks_read (AvidMarks *marks, GstBuffer *buffer);
gboolean avid_marks_copy_mask (const AvidMarks *marks, guint8 *out, gsize size);

gboolean avid_has_element (const char *name);

#endif

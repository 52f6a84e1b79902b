/* verdict.h: the metadata of ours on a buffer: what avidfilter says of the frame
 * in numbers. It is a GstCustomMeta, so that programs in any language read it by
 * its name and its fields. It has no coordinates, and so no tags: what scales,
 * crops or encodes the picture passes it on. */
#ifndef AVID_VERDICT_H
#define AVID_VERDICT_H

#include <gst/gst.h>

#define AVID_VERDICT_META "AvidVerdict"

/* The name of a report on an event: of the filter's messages, and of the events
 * that it sends downstream. */
#define AVID_REPORT "avid-irregularity"

/* A boolean in the latter: the frame that follows carries the report too. */
#define AVID_REPORT_FRAMED "framed"

/* The same of a report on what keeps the stream from being judged. */
#define AVID_SCENE "avid-scene"

/* The longest reason and scene that are read back, with their ends. */
#define AVID_MOST_REASON 512
#define AVID_MOST_SCENE 32

/* An event as it stands with the frame. */
typedef struct {
  guint kind; /* 0: it goes on; else an index of kinds in verdict.c */
  guint64 id; /* 0: there is none */
  gint64 start, time, duration; /* ns of stream time */
  double score, peak;           /* logits */
} AvidEvent;

/* Go fills in and reads the plain fields. */
typedef struct {
  guint64 serial; /* 0: there is no verdict yet */
  double score, threshold; /* logits */
  guint state; /* index of states in verdict.c */
  char reason[AVID_MOST_REASON];
  char scene[AVID_MOST_SCENE]; /* what keeps it from being judged well; "" */
  AvidEvent event;
} AvidVerdict;

void avid_verdict_register (void);
gboolean avid_verdict_attach (GstBuffer *buffer, const AvidVerdict *verdict);
gboolean avid_verdict_read (GstBuffer *buffer, AvidVerdict *verdict);

#endif

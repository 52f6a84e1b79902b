/* reader.h: the third kind of class: an element that lets a stream of any caps
 * pass as it is, and hears what avidfilter reports of it. With side_caps it has a
 * second source pad, the side, for what its body makes of the stream: a sparse one
 * with the times of the frames. */
#ifndef AVID_READER_H
#define AVID_READER_H

#include "bin.h"
#include "gstc.h"

#define AVID_SIDE "meta"

/* A frame as it passes, and where what is made of it goes. Go reads the plain
 * fields, in avidGoReaderFrame alone. */
typedef struct {
  GstPad *pad; /* owned by the element; NULL: there is none */
  gint asked;  /* somebody wants all anew; atomic */

  /* Of the stream's thread. */
  gint64 pts, stream_time, running_time; /* ns, -1: unknown */
  gint64 now;       /* running time of the clock, ns; -1: it does not run */
  gint64 base;      /* the clock's time at running time 0, ns */
  gint64 reference; /* ns since 1970, as the source says; -1: it does not */
  gint width, height; /* of the caps, pixels; 0: they do not say */
  gboolean pushed;    /* a buffer, of this frame */
  AvidMarks marks;
} AvidSide;

typedef struct {
  GstBaseTransform parent;
  guintptr body; /* cgo handle, 0: the body could not be made */
  AvidSide side;
} AvidReader;

GType avid_reader_register (const AvidSpec *spec);

/* side.c */
void avid_side_class_init (GstElementClass *element, const AvidSpec *spec);
void avid_side_init (AvidReader *self, gpointer klass);
void avid_side_event (AvidReader *self, GstEvent *event);
void avid_side_frame (AvidReader *self, GstBuffer *buffer);

/* Pushes a copy of the data, of a time of day in ns since 1970; FALSE: nobody took it. It
 * may have to wait for the elements behind the pad. */
gboolean avid_side_push (AvidReader *self, const guint8 *data, gsize size, gint64 pts, gint64 utc);
gboolean avid_side_is_linked (AvidReader *self);
gboolean avid_side_asked (AvidReader *self);

#endif

/* gate.h: keeps what a host program's pipeline shows of a live source in time. */
#ifndef AVID_GATE_H
#define AVID_GATE_H

#include <gst/gst.h>

/* A property for elements of a factory, as gst-launch writes it. */
typedef struct {
  char *factory, *property, *value;
} AvidPreset;

typedef struct AvidGate AvidGate;

/* A gate that has taken the presets' strings; give it back with unref. */
AvidGate *avid_gate_new (AvidPreset *presets, guint n, gboolean force);
void avid_gate_unref (AvidGate *gate);

/* Puts the gate on all elements of the pipeline, those that it makes later too. */
void avid_gate_attach (AvidGate *gate, GstElement *pipeline);

/* How many encoded and how many raw frames were dropped so far. */
void avid_gate_count (AvidGate *gate, guint64 *encoded, guint64 *raw);

/* Whether elements of a factory decode video or pictures. */
gboolean avid_decodes_video (GstElementFactory *factory);

#endif

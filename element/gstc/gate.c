/* gate.c: keeps what a pipeline shows of a live source in time. What waits where
 * a machine is too slow is encoded video before the decoder, without a bound:
 * an RTSP source's jitter buffer keeps all that nobody takes.
 *
 *   source ... encoded gate - decoder ... queue "late" - raw gate - the rest
 *
 * The queue drops the oldest pictures where what follows is too slow, the raw
 * gate those that are too old already, and the encoded gate, where the decoder
 * does not catch up, all frames up to a key frame that is in time. */
#include "gate.h"
#include "clock.h"

#include <gst/video/video.h>

/* How old a frame may be beyond the latency that the source itself allows for.
 * With the 200 ms of an RTSP source, a picture is 1.5 s old at most when it goes
 * on, which leaves half a second of the two for what follows. */
#define RAW_MOST (1300 * GST_MSECOND)
/* A decoder that is behind for so long, in one piece, does not catch up by
 * itself. A network that stood still and sends all at once is no such case. */
#define PATIENCE GST_SECOND
/* A key frame to begin anew from is no older than this. */
#define ENCODED_FRESH (300 * GST_MSECOND)

/* The queue before the raw gate. */
#define QUEUE "late"

#define RECENT 8

struct AvidGate {
  gatomicrefcount references;
  AvidPreset *presets;
  guint n;
  gboolean force; /* take a source for live that does not say so */

  GMutex lock;     /* guards what follows; a leaf */
  guint64 encoded; /* frames dropped before a decoder */
  guint64 raw;     /* pictures dropped in the queue and behind it */
  /* The times of the buffers that came into the queue last, to know which comes
   * out. A queue of two holds none that is not among them. */
  GstClockTime recent[RECENT];
  guint64 came, last; /* buffers into the queue; which of them was the last out */
};

/* One place of the gate, of the thread of its pad. */
typedef struct {
  AvidGate *gate;
  GstElement *element;  /* whose clock it is; borrowed, as it owns the pad */
  gboolean live;        /* the source is */
  gboolean shut;        /* until a key frame that is in time */
  GstClockTime latency; /* that the source allows for */
  GstClockTime asked;   /* running time of the clock at the last question */
  GstClockTime behind;  /* since when it is too late, in one piece */
} Place;

AvidGate *
avid_gate_new (AvidPreset *presets, guint n, gboolean force)
{
  AvidGate *gate = g_new0 (AvidGate, 1);

  g_atomic_ref_count_init (&gate->references);
  gate->presets = presets;
  gate->n = n;
  gate->force = force;
  g_mutex_init (&gate->lock);
  return gate;
}

static AvidGate *
gate_ref (AvidGate *gate)
{
  g_atomic_ref_count_inc (&gate->references);
  return gate;
}

void
avid_gate_unref (AvidGate *gate)
{
  if (!g_atomic_ref_count_dec (&gate->references))
    return;
  for (guint i = 0; i < gate->n; i++) {
    g_free (gate->presets[i].factory);
    g_free (gate->presets[i].property);
    g_free (gate->presets[i].value);
  }
  g_free (gate->presets);
  g_mutex_clear (&gate->lock);
  g_free (gate);
}

static void
place_free (gpointer data)
{
  Place *place = data;

  avid_gate_unref (place->gate);
  g_free (place);
}

/* Asks once a second: a pipeline's latency may change as it plays. */
static void
ask (Place *place, GstPad *sink, GstClockTime now)
{
  if (GST_CLOCK_TIME_IS_VALID (place->asked) && now - place->asked < GST_SECOND)
    return;
  place->asked = now;
  avid_ask_latency (sink, &place->live, &place->latency);
}

/* How old a buffer is beyond the source's latency; below 0: not, not known, or
 * not of a live source. sink is the element's sink pad, pad the buffer's. */
static GstClockTimeDiff
lateness (Place *place, GstPad *sink, GstPad *pad, GstBuffer *buffer,
    GstClockTime now)
{
  gint64 lag;

  if (!GST_CLOCK_TIME_IS_VALID (now))
    return -1;
  ask (place, sink, now);
  if (!place->live && !place->gate->force)
    return -1;
  lag = avid_lag (place->element, avid_running_time (pad, buffer));
  return lag < 0 ? -1 : lag - (GstClockTimeDiff) place->latency;
}

static void
count (AvidGate *gate, guint64 *frames)
{
  g_mutex_lock (&gate->lock);
  (*frames)++;
  g_mutex_unlock (&gate->lock);
}

/* Whether the decoder has been behind for too long. */
static gboolean
fell_behind (Place *place, GstClockTimeDiff late, GstClockTime now)
{
  if (late <= (GstClockTimeDiff) RAW_MOST) {
    place->behind = GST_CLOCK_TIME_NONE;
    return FALSE;
  }
  if (!GST_CLOCK_TIME_IS_VALID (place->behind))
    place->behind = now;
  return now - place->behind >= PATIENCE;
}

/* Before a decoder. */
static GstPadProbeReturn
encoded_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Place *place = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstClockTime now = avid_clock_now (place->element);
  GstClockTimeDiff late = lateness (place, pad, pad, buffer, now);

  if (place->shut) {
    if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT) ||
        late > (GstClockTimeDiff) ENCODED_FRESH)
      goto drop;
    place->shut = FALSE;
    place->behind = GST_CLOCK_TIME_NONE;
  } else if (fell_behind (place, late, now)) {
    place->shut = TRUE;
    /* A camera that can makes one; others do not hear of it. */
    gst_pad_push_event (pad,
        gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
    goto drop;
  }
  return GST_PAD_PROBE_OK;

drop:
  count (place->gate, &place->gate->encoded);
  return GST_PAD_PROBE_DROP;
}

/* Into the queue. Only where the source keeps the time may it drop: else the
 * decoder runs ahead of the clock, and the queue holds it back. */
static GstPadProbeReturn
queue_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Place *place = data;
  AvidGate *gate = place->gate;

  g_mutex_lock (&gate->lock);
  gate->recent[gate->came++ % RECENT] =
      GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  g_mutex_unlock (&gate->lock);
  if (!GST_CLOCK_TIME_IS_VALID (place->asked)) {
    ask (place, pad, 0);
    if (place->live)
      gst_util_set_object_arg (G_OBJECT (place->element), "leaky", "downstream");
  }
  return GST_PAD_PROBE_OK;
}

/* Counts what the queue dropped before it gave the buffer of that time. */
static void
count_leaks (AvidGate *gate, GstClockTime pts)
{
  guint64 i;

  g_mutex_lock (&gate->lock);
  i = MAX (gate->last, gate->came - MIN (gate->came, RECENT));
  while (i < gate->came && gate->recent[i % RECENT] != pts)
    i++;
  if (i < gate->came) {
    gate->raw += i - gate->last;
    gate->last = i + 1;
  }
  g_mutex_unlock (&gate->lock);
}

/* Out of the queue. */
static GstPadProbeReturn
raw_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Place *place = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstPad *sink = gst_element_get_static_pad (place->element, "sink");
  GstClockTimeDiff late =
      lateness (place, sink, pad, buffer, avid_clock_now (place->element));

  gst_object_unref (sink);
  count_leaks (place->gate, GST_BUFFER_PTS (buffer));
  if (late <= (GstClockTimeDiff) RAW_MOST)
    return GST_PAD_PROBE_OK;
  count (place->gate, &place->gate->raw);
  return GST_PAD_PROBE_DROP;
}

static void
put (AvidGate *gate, GstElement *element, const char *name,
    GstPadProbeCallback probe)
{
  GstPad *pad = gst_element_get_static_pad (element, name);
  Place *place;

  if (pad == NULL)
    return;
  place = g_new0 (Place, 1);
  place->gate = gate_ref (gate);
  place->element = element;
  place->asked = place->behind = GST_CLOCK_TIME_NONE;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe, place, place_free);
  gst_object_unref (pad);
}

gboolean
avid_decodes_video (GstElementFactory *factory)
{
  return gst_element_factory_list_is_type (factory, GST_ELEMENT_FACTORY_TYPE_DECODER) &&
         (gst_element_factory_list_is_type (factory, GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO) ||
             gst_element_factory_list_is_type (factory,
                 GST_ELEMENT_FACTORY_TYPE_MEDIA_IMAGE));
}

static void
take_element (AvidGate *gate, GstElement *element)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  if (factory == NULL)
    return;
  for (guint i = 0; i < gate->n; i++) {
    const AvidPreset *p = &gate->presets[i];
    if (g_strcmp0 (GST_OBJECT_NAME (factory), p->factory) == 0 &&
        g_object_class_find_property (G_OBJECT_GET_CLASS (element), p->property) != NULL)
      gst_util_set_object_arg (G_OBJECT (element), p->property, p->value);
  }
  if (avid_decodes_video (factory))
    put (gate, element, "sink", encoded_probe);
  if (g_strcmp0 (GST_OBJECT_NAME (element), QUEUE) == 0) {
    put (gate, element, "sink", queue_probe);
    put (gate, element, "src", raw_probe);
  }
}

static void
element_added (GstBin *pipeline, GstBin *bin, GstElement *element, gpointer gate)
{
  (void) pipeline;
  (void) bin;
  take_element (gate, element);
}

static void
gate_free (gpointer gate, GClosure *closure)
{
  (void) closure;
  avid_gate_unref (gate);
}

static void
take_value (const GValue *value, gpointer gate)
{
  take_element (gate, g_value_get_object (value));
}

void
avid_gate_attach (AvidGate *gate, GstElement *pipeline)
{
  GstIterator *all = gst_bin_iterate_recurse (GST_BIN (pipeline));

  g_signal_connect_data (pipeline, "deep-element-added",
      G_CALLBACK (element_added), gate_ref (gate), gate_free, (GConnectFlags) 0);
  /* Nothing is added meanwhile: the pipeline has not been started. */
  gst_iterator_foreach (all, take_value, gate);
  gst_iterator_free (all);
}

void
avid_gate_count (AvidGate *gate, guint64 *encoded, guint64 *raw)
{
  g_mutex_lock (&gate->lock);
  *encoded = gate->encoded;
  *raw = gate->raw;
  g_mutex_unlock (&gate->lock);
}

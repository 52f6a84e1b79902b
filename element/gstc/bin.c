/* bin.c: the GType of a bin with one sink pad. */
#include "bin.h"
#include "fork.h"

#include "_cgo_export.h"

static gpointer parent_class;

static AvidBin *
self_of (gpointer object)
{
  return (AvidBin *) object;
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  AvidBin *self = self_of (element);
  GstStateChangeReturn result;

  if (avid_forked ()) {
    if (transition == GST_STATE_CHANGE_NULL_TO_READY && avid_refuse_fork (element))
      return GST_STATE_CHANGE_FAILURE;
    return GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  }
  if (transition == GST_STATE_CHANGE_NULL_TO_READY &&
      !avidGoStart (self->body, element))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    self->refused = FALSE;
    self->anchored = FALSE;
    g_atomic_int_set (&self->resting, FALSE);
    avid_bin_set_latency (self, 0);
  }
  result = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    avid_bin_clear (self);
    avidGoBinReset (self->body, element);
  }
  if (transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_NULL_TO_READY &&
          result == GST_STATE_CHANGE_FAILURE))
    avidGoStop (self->body, element);
  return result;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  (void) pspec;
  if (avid_forked ())
    return;
  avidGoSet (self_of (object)->body, GST_ELEMENT (object), id - 1,
      (GValue *) value);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  (void) pspec;
  if (avid_forked ())
    return;
  avidGoGet (self_of (object)->body, GST_ELEMENT (object), id - 1, value);
}

static void
finalize (GObject *object)
{
  AvidBin *self = self_of (object);

  if (!avid_forked ())
    avidGoFree (self->body);
  self->body = 0;
  gst_clear_buffer (&self->marks.mask);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
instance_init (GTypeInstance *instance, gpointer klass)
{
  AvidBin *self = self_of (instance);
  GstElement *element = GST_ELEMENT (instance);
  GstPad *inner;

  self->clocksync = gst_element_factory_make ("clocksync", "clock");
  self->exit_point = gst_element_factory_make ("fakesink", "exit");
  if (self->clocksync == NULL || self->exit_point == NULL) {
    gst_clear_object (&self->clocksync);
    gst_clear_object (&self->exit_point);
    return; /* without its core elements GStreamer is broken; start fails */
  }
  /* The clock is kept before the encoder, so that the exit need not; without a
   * frame there it must not hold up the pipeline's start. A file's first frame
   * comes when it comes, and is in time then. */
  g_object_set (self->clocksync, "qos", TRUE, NULL); /* input.c sets the rest */
  g_object_set (self->exit_point, "sync", FALSE, "async", FALSE,
      "enable-last-sample", FALSE, NULL);
  gst_bin_add_many (GST_BIN (self), self->clocksync, self->exit_point, NULL);
  gst_element_link (self->clocksync, self->exit_point);

  inner = gst_element_get_static_pad (self->clocksync, "sink");
  self->pad = gst_ghost_pad_new_from_template ("sink", inner,
      gst_element_class_get_pad_template (GST_ELEMENT_CLASS (klass), "sink"));
  avid_tap_input (self, inner);
  gst_object_unref (inner);
  gst_element_add_pad (element, self->pad);

  inner = gst_element_get_static_pad (self->exit_point, "sink");
  avid_tap_exit (self, inner);
  gst_object_unref (inner);
  if (!avid_forked ())
    self->body = avidGoBinNew (avid_spec_of (klass)->index, element);
}

static void
class_init (gpointer klass, gpointer data)
{
  const AvidSpec *spec = data;
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstCaps *caps = gst_caps_from_string (spec->caps);
  GType text[8] = { G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
    G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING };

  parent_class = g_type_class_peek_parent (klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  avid_class_describe (element, spec);
  for (guint i = 0; i < spec->n_signals; i++)
    g_signal_newv (spec->signals[i].name, G_TYPE_FROM_CLASS (klass),
        G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL, G_TYPE_NONE,
        MIN (spec->signals[i].n_params, G_N_ELEMENTS (text)), text);
  gst_element_class_add_pad_template (element,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
  element->change_state = change_state;
}

GType
avid_bin_register (const AvidSpec *spec)
{
  GTypeInfo info = { 0 };

  info.class_size = sizeof (GstBinClass);
  info.class_init = class_init;
  info.instance_size = sizeof (AvidBin);
  info.instance_init = instance_init;
  return avid_register_type (spec, GST_TYPE_BIN, &info);
}

void
avid_bin_emit (AvidBin *self, const char *signal, const char **params, guint n)
{
  guint id = g_signal_lookup (signal, G_OBJECT_TYPE (self));
  GValue values[9] = { G_VALUE_INIT };

  if (id == 0 || n > 8)
    return;
  g_value_init (&values[0], G_OBJECT_TYPE (self));
  g_value_set_object (&values[0], self);
  for (guint i = 0; i < n; i++) {
    g_value_init (&values[i + 1], G_TYPE_STRING);
    g_value_set_string (&values[i + 1], params[i]);
  }
  g_signal_emitv (values, id, 0, NULL);
  for (guint i = 0; i <= n; i++)
    g_value_unset (&values[i]);
}

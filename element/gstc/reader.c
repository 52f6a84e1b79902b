/* reader.c: the GType of an element that reads reports. In passthrough mode the base
 * class hands each buffer on untouched, whether transform_ip looks at it or not. */
#include "reader.h"

#include "fork.h"

#include "_cgo_export.h"

static gpointer parent_class;

static AvidReader *
self_of (gpointer object)
{
  return (AvidReader *) object;
}

static gboolean
reader_start (GstBaseTransform *trans)
{
  if (avid_refuse_fork (GST_ELEMENT (trans)))
    return FALSE;
  return avidGoStart (self_of (trans)->body, GST_ELEMENT (trans));
}

static gboolean
reader_stop (GstBaseTransform *trans)
{
  if (!avid_forked ())
    avidGoStop (self_of (trans)->body, GST_ELEMENT (trans));
  return TRUE;
}

/* Only of a class with a side. */
static GstFlowReturn
reader_frame (GstBaseTransform *trans, GstBuffer *buffer)
{
  if (!avid_forked ())
    avid_side_frame (self_of (trans), buffer);
  return GST_FLOW_OK;
}

static gboolean
reader_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_DOWNSTREAM && !avid_forked () &&
      (gst_event_has_name (event, AVID_REPORT) || gst_event_has_name (event, AVID_SCENE)))
    avidGoReaderReport (self_of (trans)->body, GST_ELEMENT (trans),
        (GstStructure *) gst_event_get_structure (event));
  if (self_of (trans)->side.pad != NULL && !avid_forked ())
    avid_side_event (self_of (trans), event);
  return GST_BASE_TRANSFORM_CLASS (parent_class)->sink_event (trans, event);
}

static void
reader_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  (void) pspec;
  if (!avid_forked ())
    avidGoSet (self_of (object)->body, GST_ELEMENT (object), id - 1, (GValue *) value);
}

static void
reader_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  (void) pspec;
  if (!avid_forked ())
    avidGoGet (self_of (object)->body, GST_ELEMENT (object), id - 1, value);
}

static void
reader_finalize (GObject *object)
{
  AvidReader *self = self_of (object);

  if (!avid_forked ())
    avidGoFree (self->body);
  self->body = 0;
  gst_clear_buffer (&self->side.marks.mask);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
reader_instance_init (GTypeInstance *instance, gpointer klass)
{
  AvidReader *self = self_of (instance);

  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (instance), TRUE);
  if (avid_spec_of (klass)->side_caps != NULL)
    avid_side_init (self, klass);
  if (!avid_forked ())
    self->body = avidGoReaderNew (avid_spec_of (klass)->index, GST_ELEMENT (instance));
}

static void
reader_class_init (gpointer klass, gpointer data)
{
  const AvidSpec *spec = data;
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans = GST_BASE_TRANSFORM_CLASS (klass);

  parent_class = g_type_class_peek_parent (klass);
  object->set_property = reader_set_property;
  object->get_property = reader_get_property;
  object->finalize = reader_finalize;
  avid_class_describe (element, spec);
  avid_class_add_pad (element, spec, "sink", GST_PAD_SINK);
  avid_class_add_pad (element, spec, "src", GST_PAD_SRC);
  trans->start = reader_start;
  trans->stop = reader_stop;
  trans->sink_event = reader_sink_event;
  if (spec->side_caps != NULL) {
    avid_side_class_init (element, spec);
    trans->transform_ip = reader_frame;
  }
}

GType
avid_reader_register (const AvidSpec *spec)
{
  GTypeInfo info = { 0 };

  info.class_size = sizeof (GstBaseTransformClass);
  info.class_init = reader_class_init;
  info.instance_size = sizeof (AvidReader);
  info.instance_init = reader_instance_init;
  return avid_register_type (spec, GST_TYPE_BASE_TRANSFORM, &info);
}

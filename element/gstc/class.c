/* class.c: the GType. It stays in passthrough mode, so that allocation goes
 * straight through and a buffer is copied only when there is something to put
 * on it: generate_output makes it writable then, not before. */
#include "clock.h"
#include "fork.h"
#include "gstc.h"
#include "query.h"
#include "verdict.h"

#include "_cgo_export.h"

GST_DEBUG_CATEGORY_STATIC (avid_debug);
#define GST_CAT_DEFAULT avid_debug

static gpointer parent_class;

static AvidFilter *
self_of (gpointer object)
{
  return (AvidFilter *) object;
}

static gboolean
avid_start (GstBaseTransform *trans)
{
  AvidFilter *self = self_of (trans);

  if (avid_refuse_fork (GST_ELEMENT (trans)))
    return FALSE;
  GST_OBJECT_LOCK (self);
  self->earliest = -1;
  GST_OBJECT_UNLOCK (self);
  g_atomic_int_set (&self->live, FALSE);
  self->asked = FALSE;
  return avidGoStart (self->body, GST_ELEMENT (trans));
}

static gboolean
avid_stop (GstBaseTransform *trans)
{
  if (!avid_forked ())
    avidGoStop (self_of (trans)->body, GST_ELEMENT (trans));
  return TRUE;
}

static gboolean
avid_set_caps (GstBaseTransform *trans, GstCaps *in, GstCaps *out)
{
  AvidFilter *self = self_of (trans);
  GstVideoInfo info;
  int black, white;

  (void) out;
  if (!gst_video_info_from_caps (&info, in)) {
    gchar *caps = gst_caps_to_string (in);
    avid_post_error (GST_ELEMENT (trans), GST_CORE_ERROR,
        GST_CORE_ERROR_NEGOTIATION,
        "These caps are no raw video that avidfilter can work on.", caps);
    g_free (caps);
    return FALSE;
  }
  if (avid_refuse_fork (GST_ELEMENT (trans)))
    return FALSE;
  avid_converted_levels (GST_BASE_TRANSFORM_SINK_PAD (trans), &info, &black,
      &white);
  if (!avidGoFormat (self->body, GST_ELEMENT (trans), &info, black, white))
    return FALSE;
  self->info = info;
  return TRUE;
}

/* Crops that only a meta tells are left to elements that have to copy anyway: what
 * reads the metas of ours downstream would have to know of them too. A buffer that
 * has one all the same is taken at its word. */
static gboolean
avid_propose_allocation (GstBaseTransform *trans, GstQuery *decide,
    GstQuery *query)
{
  guint at;

  if (!GST_BASE_TRANSFORM_CLASS (parent_class)
          ->propose_allocation (trans, decide, query))
    return FALSE;
  if (gst_query_find_allocation_meta (query, GST_VIDEO_CROP_META_API_TYPE, &at))
    gst_query_remove_nth_allocation_meta (query, at);
  return TRUE;
}

/* Nanoseconds as Go takes them; -1 stands for "not known". */
static gint64
time_of (guint64 t)
{
  return t > (guint64) G_MAXINT64 ? -1 : (gint64) t;
}

/* Whether the source is live. The pipeline's latency query says so as it passes,
 * but none need come before the first buffer. */
static gboolean
is_live (AvidFilter *self)
{
  GstClockTime latency;
  gboolean live;

  if (!self->asked) {
    self->asked = TRUE;
    if (avid_ask_latency (GST_BASE_TRANSFORM_SINK_PAD (self), &live, &latency))
      g_atomic_int_set (&self->live, live);
  }
  return g_atomic_int_get (&self->live);
}

gint64
avid_frame_lag (const AvidFrame *frame)
{
  return frame->live ? avid_lag (frame->element, frame->running_time) : -1;
}

static GstFlowReturn
avid_generate_output (GstBaseTransform *trans, GstBuffer **out)
{
  AvidFilter *self = self_of (trans);
  AvidFrame *frame = &self->frame;
  GstBuffer *buffer = trans->queued_buf;
  GstFlowReturn flow;
  GstClockTime pts;

  *out = NULL;
  trans->queued_buf = NULL;
  if (buffer == NULL)
    return GST_FLOW_OK;
  if (avid_refuse_fork (GST_ELEMENT (trans))) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }

  pts = GST_BUFFER_PTS_IS_VALID (buffer) ? GST_BUFFER_PTS (buffer)
                                         : GST_BUFFER_DTS (buffer);
  frame->element = GST_ELEMENT (trans);
  frame->live = is_live (self);
  frame->buffer = buffer;
  frame->info = &self->info;
  frame->pts = time_of (pts);
  frame->duration = time_of (GST_BUFFER_DURATION (buffer));
  frame->stream_time = frame->running_time = -1;
  if (trans->segment.format == GST_FORMAT_TIME && frame->pts >= 0) {
    frame->stream_time = time_of (
        gst_segment_to_stream_time (&trans->segment, GST_FORMAT_TIME, pts));
    frame->running_time = time_of (
        gst_segment_to_running_time (&trans->segment, GST_FORMAT_TIME, pts));
  }
  frame->discont = GST_BUFFER_IS_DISCONT (buffer);
  frame->gap = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  frame->corrupted = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  GST_OBJECT_LOCK (self);
  frame->earliest = self->earliest;
  GST_OBJECT_UNLOCK (self);
  if (!gst_base_transform_is_qos_enabled (trans))
    frame->earliest = -1;
  if (frame->stream_time >= 0)
    gst_object_sync_values (GST_OBJECT (self), (GstClockTime) frame->stream_time);

  flow = (GstFlowReturn) avidGoProcess (self->body, GST_ELEMENT (trans), frame);
  avid_frame_unmap (frame);
  buffer = frame->buffer;
  frame->buffer = NULL;
  if (flow != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return flow;
  }
  *out = buffer;
  return GST_FLOW_OK;
}

/* Which gstc.Event an event is; -1: none the body cares for. */
static int
event_kind (GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      return 0;
    case GST_EVENT_SEGMENT:
      return 1;
    case GST_EVENT_FLUSH_STOP:
      return 2;
    case GST_EVENT_GAP:
      return 3;
    case GST_EVENT_EOS:
      return 4;
    default:
      return -1;
  }
}

static gboolean
avid_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  AvidFilter *self = self_of (trans);
  int kind = event_kind (event);

  if (kind == 1) {
    GstSegment segment;
    gst_event_copy_segment (event, &segment);
    /* The same segment again, as some sources send it, changes nothing. */
    if (gst_segment_is_equal (&segment, &self->position))
      kind = -1;
    self->position = segment;
  } else if (kind == 0 || kind == 2) {
    gst_segment_init (&self->position, GST_FORMAT_UNDEFINED);
    GST_OBJECT_LOCK (self);
    self->earliest = -1;
    GST_OBJECT_UNLOCK (self);
    self->asked = self->asked && kind != 0;
  }
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START && !avid_forked ())
    avidGoInterrupt (self->body, GST_ELEMENT (trans), FALSE);
  if (kind >= 0 && !avid_forked ())
    avidGoEvent (self->body, GST_ELEMENT (trans), kind);
  return GST_BASE_TRANSFORM_CLASS (parent_class)->sink_event (trans, event);
}

/* The stream's thread is waited for on the way down, so whoever is in it must
 * hear first. */
static GstStateChangeReturn
avid_change_state (GstElement *element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY && !avid_forked ())
    avidGoInterrupt (self_of (element)->body, element, TRUE);
  return GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
}

/* QoS events end here. The base class would drop late buffers, and so would a
 * decoder upstream: both tear holes into the window. The body skips the
 * inference instead, which is what costs time. */
static gboolean
avid_src_event (GstBaseTransform *trans, GstEvent *event)
{
  AvidFilter *self = self_of (trans);
  GstClockTimeDiff diff;
  GstClockTime timestamp;

  if (GST_EVENT_TYPE (event) != GST_EVENT_QOS)
    return GST_BASE_TRANSFORM_CLASS (parent_class)->src_event (trans, event);

  gst_event_parse_qos (event, NULL, NULL, &diff, &timestamp);
  GST_OBJECT_LOCK (self);
  if (!GST_CLOCK_TIME_IS_VALID (timestamp)) {
    self->earliest = -1;
  } else {
    /* The rule of the base class: catch up twice what was lost. */
    gint64 earliest = (gint64) timestamp + (diff > 0 ? 2 * diff : diff);
    self->earliest = MAX (earliest, 0);
  }
  GST_OBJECT_UNLOCK (self);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
avid_query (GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
  AvidFilter *self = self_of (trans);
  GstClockTime min, max, ours;
  gboolean live;

  if (direction == GST_PAD_SRC && avid_answer_stats (GST_ELEMENT (trans), query))
    return TRUE;
  if (direction != GST_PAD_SRC || GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_BASE_TRANSFORM_CLASS (parent_class)
        ->query (trans, direction, query);

  if (!gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (trans), query))
    return FALSE;
  gst_query_parse_latency (query, &live, &min, &max);
  g_atomic_int_set (&self->live, live);
  ours = avid_forked ()
             ? 0
             : (GstClockTime) avidGoLatency (self->body, GST_ELEMENT (trans));
  min += ours;
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += ours;
  gst_query_set_latency (query, live, min, max);
  return TRUE;
}

static void
avid_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  (void) pspec;
  if (avid_forked ())
    return;
  avidGoSet (self_of (object)->body, GST_ELEMENT (object), id - 1,
      (GValue *) value);
}

static void
avid_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  (void) pspec;
  if (avid_forked ())
    return;
  avidGoGet (self_of (object)->body, GST_ELEMENT (object), id - 1, value);
}

static void
avid_finalize (GObject *object)
{
  AvidFilter *self = self_of (object);

  if (!avid_forked ())
    avidGoFree (self->body);
  self->body = 0;
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
avid_instance_init (GTypeInstance *instance, gpointer klass)
{
  AvidFilter *self = self_of (instance);
  GstBaseTransform *trans = GST_BASE_TRANSFORM (instance);
  const AvidSpec *spec = avid_spec_of (klass);

  self->earliest = -1;
  gst_segment_init (&self->position, GST_FORMAT_UNDEFINED);
  gst_video_info_init (&self->info);
  gst_base_transform_set_passthrough (trans, TRUE);
  gst_base_transform_set_qos_enabled (trans, TRUE);
  if (!avid_forked ())
    self->body = avidGoNew (spec->index, GST_ELEMENT (instance));
}

static GParamSpec *
make_pspec (const AvidProperty *p)
{
  GParamFlags flags = (GParamFlags) p->flags;

  switch (p->kind) {
    case AVID_KIND_BOOL:
      return g_param_spec_boolean (p->name, p->nick, p->blurb, p->def != 0,
          flags);
    case AVID_KIND_UINT:
      return g_param_spec_uint (p->name, p->nick, p->blurb, (guint) p->min,
          (guint) p->max, (guint) p->def, flags);
    case AVID_KIND_DOUBLE:
      return g_param_spec_double (p->name, p->nick, p->blurb, p->min, p->max,
          p->def, flags);
    case AVID_KIND_STRING:
      return g_param_spec_string (p->name, p->nick, p->blurb, p->text_def,
          flags);
    case AVID_KIND_FLAGS: {
      GType type = g_type_from_name (p->bits_name);
      if (type == 0)
        type = g_flags_register_static (p->bits_name, p->bits);
      gst_type_mark_as_plugin_api (type, 0);
      return g_param_spec_flags (p->name, p->nick, p->blurb, type,
          (guint) p->def, flags);
    }
    case AVID_KIND_STRUCTURE:
      return g_param_spec_boxed (p->name, p->nick, p->blurb, GST_TYPE_STRUCTURE,
          flags);
    case AVID_KIND_ENUM: {
      GType type = g_type_from_name (p->bits_name);
      if (type == 0)
        type = g_enum_register_static (p->bits_name, p->values);
      gst_type_mark_as_plugin_api (type, 0);
      return g_param_spec_enum (p->name, p->nick, p->blurb, type, (gint) p->def,
          flags);
    }
  }
  return NULL;
}

/* Installs the properties and says what the element is. */
void
avid_class_describe (GstElementClass *element, const AvidSpec *spec)
{
  for (guint i = 0; i < spec->n_properties; i++)
    g_object_class_install_property (G_OBJECT_CLASS (element), i + 1,
        make_pspec (&spec->properties[i]));
  gst_element_class_set_static_metadata (element, spec->long_name, spec->klass,
      spec->description, spec->author);
}

void
avid_class_add_pad (GstElementClass *element, const AvidSpec *spec, const char *name,
    GstPadDirection direction)
{
  GstCaps *caps = gst_caps_from_string (spec->caps);

  gst_element_class_add_pad_template (element,
      gst_pad_template_new (name, direction, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
}

static void
avid_class_init (gpointer klass, gpointer data)
{
  const AvidSpec *spec = data;
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans = GST_BASE_TRANSFORM_CLASS (klass);

  parent_class = g_type_class_peek_parent (klass);
  object->set_property = avid_set_property;
  object->get_property = avid_get_property;
  object->finalize = avid_finalize;
  avid_class_describe (element, spec);
  for (guint i = 0; i < spec->n_signals; i++)
    g_signal_new (spec->signals[i].name, G_TYPE_FROM_CLASS (klass),
        G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
        GST_TYPE_STRUCTURE);
  element->change_state = avid_change_state;
  avid_class_add_pad (element, spec, "sink", GST_PAD_SINK);
  avid_class_add_pad (element, spec, "src", GST_PAD_SRC);

  trans->start = avid_start;
  trans->stop = avid_stop;
  trans->set_caps = avid_set_caps;
  trans->propose_allocation = avid_propose_allocation;
  trans->generate_output = avid_generate_output;
  trans->sink_event = avid_sink_event;
  trans->src_event = avid_src_event;
  trans->query = avid_query;
}

GType
avid_register (const AvidSpec *spec)
{
  GTypeInfo info = { 0 };

  info.class_size = sizeof (GstBaseTransformClass);
  info.class_init = avid_class_init;
  info.instance_size = sizeof (AvidFilter);
  info.instance_init = avid_instance_init;
  return avid_register_type (spec, GST_TYPE_BASE_TRANSFORM, &info);
}

/* Makes the type if this process has none of that name yet. */
GType
avid_register_type (const AvidSpec *spec, GType parent, GTypeInfo *info)
{
  GType type = g_type_from_name (spec->type_name);

  GST_DEBUG_CATEGORY_INIT (avid_debug, "avid", 0, "avid elements");
  avid_verdict_register ();
  avid_fork_remember ();
  if (type != 0)
    return type;
  info->class_data = spec;
  type = g_type_register_static (parent, spec->type_name, info, (GTypeFlags) 0);
  if (type != 0)
    g_type_set_qdata (type, g_quark_from_static_string ("avid-spec"),
        (gpointer) spec);
  return type;
}

const AvidSpec *
avid_spec_of (gpointer klass)
{
  return g_type_get_qdata (G_TYPE_FROM_CLASS (klass),
      g_quark_from_static_string ("avid-spec"));
}

gboolean
avid_element_register (GstPlugin *plugin, const char *name, guint rank,
    GType type)
{
  return gst_element_register (plugin, name, rank, type);
}

void
avid_log (GstElement *element, int level, const char *text)
{
  if (element == NULL)
    GST_CAT_LEVEL_LOG (avid_debug, (GstDebugLevel) level, NULL, "%s", text);
  else
    GST_CAT_LEVEL_LOG (avid_debug, (GstDebugLevel) level, element, "%s", text);
}

GstDebugLevel
avid_threshold (void)
{
  return avid_debug == NULL ? GST_LEVEL_NONE
                            : gst_debug_category_get_threshold (avid_debug);
}

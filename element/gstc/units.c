/* units.c: reads what a pipeline has encoded, on its way: a probe before the decoder
 * costs a copy of the encoded frame, and nothing waits for whoever takes it. A tee
 * there is no way: decodebin makes parser and decoder by itself. */
#include "units.h"

#include "clock.h"
#include "gate.h"
#include "_cgo_export.h"

struct AvidUnits {
  gatomicrefcount references;
  guintptr handle;
  char *at; /* NULL: before decoders */
};

/* One place. */
typedef struct {
  AvidUnits *units;
  GstElement *element; /* borrowed, as it owns the pad */
} Place;

static AvidUnits *
units_ref (AvidUnits *units)
{
  g_atomic_ref_count_inc (&units->references);
  return units;
}

static void
units_unref (AvidUnits *units)
{
  if (!g_atomic_ref_count_dec (&units->references))
    return;
  avidGoUnitsFree (units->handle);
  g_free (units->at);
  g_free (units);
}

static void
place_free (gpointer data)
{
  Place *place = data;

  units_unref (place->units);
  g_free (place);
}

/* When the frame came, as its running time has it: what waited since is no part of
 * it. The whole pipeline's clock says so, as decodebin's elements play only once
 * their first picture is there. */
static gint64
wall (GstElement *element, gint64 running)
{
  GstObject *top = gst_object_ref (GST_OBJECT (element));
  GstObject *parent;
  gint64 lag;

  while ((parent = gst_object_get_parent (top)) != NULL) {
    gst_object_unref (top);
    top = parent;
  }
  lag = avid_lag (GST_ELEMENT (top), running);
  gst_object_unref (top);
  return g_get_real_time () * 1000 - MAX (lag, 0);
}

/* The caps' codec_data, mapped and borrowed; NULL where there is none. */
static GstBuffer *
read_caps (AvidUnit *unit, GstCaps *caps, GstMapInfo *config)
{
  GstStructure *s = gst_caps_get_structure (caps, 0);
  const GValue *value = gst_structure_get_value (s, "codec_data");

  unit->media = gst_structure_get_name (s);
  unit->form = gst_structure_get_string (s, "stream-format");
  if (value == NULL || !GST_VALUE_HOLDS_BUFFER (value) ||
      !gst_buffer_map (gst_value_get_buffer (value), config, GST_MAP_READ))
    return NULL;
  unit->config = config->data;
  unit->config_size = config->size;
  return gst_value_get_buffer (value);
}

static GstPadProbeReturn
unit_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Place *place = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GstBuffer *header;
  GstMapInfo map, config;
  AvidUnit unit = { 0 };

  if (caps == NULL)
    return GST_PAD_PROBE_OK;
  header = read_caps (&unit, caps, &config);
  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    unit.data = map.data;
    unit.size = map.size;
    unit.pts = avid_running_time (pad, buffer);
    unit.wall = wall (place->element, unit.pts);
    avidGoUnit (place->units->handle, place->element, &unit);
    gst_buffer_unmap (buffer, &map);
  }
  if (header != NULL)
    gst_buffer_unmap (header, &config);
  gst_caps_unref (caps);
  return GST_PAD_PROBE_OK;
}

static void
take_element (AvidUnits *units, GstElement *element)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  GstPad *pad;
  Place *place;

  if (factory == NULL || !(units->at == NULL
                                 ? avid_decodes_video (factory)
                                 : g_strcmp0 (GST_OBJECT_NAME (element), units->at) == 0))
    return;
  pad = gst_element_get_static_pad (element, "sink");
  if (pad == NULL)
    return;
  place = g_new0 (Place, 1);
  place->units = units_ref (units);
  place->element = element;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, unit_probe, place, place_free);
  gst_object_unref (pad);
}

static void
element_added (GstBin *pipeline, GstBin *bin, GstElement *element, gpointer units)
{
  (void) pipeline;
  (void) bin;
  take_element (units, element);
}

static void
closure_free (gpointer units, GClosure *closure)
{
  (void) closure;
  units_unref (units);
}

static void
take_value (const GValue *value, gpointer units)
{
  take_element (units, g_value_get_object (value));
}

void
avid_units_attach (GstElement *pipeline, const char *at, guintptr handle)
{
  AvidUnits *units = g_new0 (AvidUnits, 1);
  GstIterator *all = gst_bin_iterate_recurse (GST_BIN (pipeline));

  g_atomic_ref_count_init (&units->references);
  units->handle = handle;
  units->at = g_strdup (at);
  g_signal_connect_data (pipeline, "deep-element-added",
      G_CALLBACK (element_added), units_ref (units), closure_free, (GConnectFlags) 0);
  /* Nothing is added meanwhile: the pipeline has not been started. */
  gst_iterator_foreach (all, take_value, units);
  gst_iterator_free (all);
  units_unref (units);
}

/* message.c: what an element says on the bus. */
#define _GNU_SOURCE
#include "gstc.h"

#include <dlfcn.h>

/* The element's name in the registry, as the place that a message names. */
static const char *
place_of (GstElement *element)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  return factory != NULL ? GST_OBJECT_NAME (factory) : "avid";
}

void
avid_post_error (GstElement *element, GQuark domain, int code, const char *text,
    const char *debug)
{
  gst_element_message_full (element, GST_MESSAGE_ERROR, domain, code,
      g_strdup (text), g_strdup (debug), "avid", place_of (element), 0);
}

void
avid_post_warning (GstElement *element, const char *text, const char *debug)
{
  gst_element_message_full (element, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR,
      GST_LIBRARY_ERROR_SETTINGS, g_strdup (text), g_strdup (debug), "avid",
      place_of (element), 0);
}

void
avid_post_structure (GstElement *element, GstStructure *structure)
{
  gst_element_post_message (element,
      gst_message_new_element (GST_OBJECT (element), structure));
}

/* Whether anybody hears a signal. */
gboolean
avid_has_handler (GstElement *element, const char *signal)
{
  guint id = g_signal_lookup (signal, G_OBJECT_TYPE (element));

  return id != 0 && g_signal_has_handler_pending (element, id, 0, TRUE);
}

/* Takes the structure; handlers borrow it. */
void
avid_emit_structure (GstElement *element, const char *signal,
    GstStructure *structure)
{
  guint id = g_signal_lookup (signal, G_OBJECT_TYPE (element));

  if (id != 0)
    g_signal_emit (element, id, 0, structure);
  gst_structure_free (structure);
}

/* Takes the structure. Serialized, so that it keeps its place among the frames. */
gboolean
avid_push_structure (GstElement *transform, GstStructure *structure)
{
  return gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (transform),
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, structure));
}

void
avid_post_latency (GstElement *element)
{
  gst_element_post_message (element,
      gst_message_new_latency (GST_OBJECT (element)));
}

gboolean
avid_is_playing (GstElement *element)
{
  gboolean playing;

  GST_OBJECT_LOCK (element);
  playing = GST_STATE (element) == GST_STATE_PLAYING;
  GST_OBJECT_UNLOCK (element);
  return playing;
}

/* Takes the items, not the array that holds them. */
void
avid_structure_set_array (GstStructure *structure, const char *name,
    GstStructure **items, guint count)
{
  GValue list = G_VALUE_INIT;

  gst_value_array_init (&list, count);
  for (guint i = 0; i < count; i++) {
    GValue item = G_VALUE_INIT;
    g_value_init (&item, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&item, items[i]);
    gst_value_array_append_and_take_value (&list, &item);
  }
  gst_structure_take_value (structure, name, &list);
}

void
avid_structure_set_uint64 (GstStructure *s, const char *name, guint64 v)
{
  gst_structure_set (s, name, G_TYPE_UINT64, v, NULL);
}

void
avid_structure_set_uint (GstStructure *s, const char *name, guint v)
{
  gst_structure_set (s, name, G_TYPE_UINT, v, NULL);
}

void
avid_structure_set_int (GstStructure *s, const char *name, gint v)
{
  gst_structure_set (s, name, G_TYPE_INT, v, NULL);
}

void
avid_structure_set_bool (GstStructure *s, const char *name, gboolean v)
{
  gst_structure_set (s, name, G_TYPE_BOOLEAN, v, NULL);
}

void
avid_structure_set_double (GstStructure *s, const char *name, double v)
{
  gst_structure_set (s, name, G_TYPE_DOUBLE, v, NULL);
}

void
avid_structure_set_string (GstStructure *s, const char *name, const char *v)
{
  gst_structure_set (s, name, G_TYPE_STRING, v, NULL);
}

void
avid_structure_set_time (GstStructure *s, const char *name, guint64 v)
{
  gst_structure_set (s, name, GST_TYPE_CLOCK_TIME, v, NULL);
}

const char *
avid_module_path (void)
{
  Dl_info info;

  if (dladdr ((void *) (guintptr) avid_module_path, &info) == 0)
    return NULL;
  return info.dli_fname;
}

/* query.c: stats by query, so that one element shows what another counts. */
#include "query.h"

#define NAME "avid-stats"

static gboolean
copy_field (const GstIdStr *field, const GValue *value, gpointer to)
{
  gst_structure_id_str_set_value (to, field, value);
  return TRUE;
}

gboolean
avid_answer_stats (GstElement *element, GstQuery *query)
{
  GstStructure *stats = NULL;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CUSTOM ||
      !gst_structure_has_name (gst_query_get_structure (query), NAME) ||
      !gst_query_is_writable (query) ||
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), "stats") == NULL)
    return FALSE;
  g_object_get (element, "stats", &stats, NULL);
  if (stats == NULL)
    return FALSE;
  gst_structure_foreach_id_str (stats, copy_field,
      gst_query_writable_structure (query));
  gst_structure_free (stats);
  return TRUE;
}

GstQuery *
avid_ask_stats (GstPad *pad)
{
  GstQuery *query =
      gst_query_new_custom (GST_QUERY_CUSTOM, gst_structure_new_empty (NAME));

  if (gst_pad_peer_query (pad, query))
    return query;
  gst_query_unref (query);
  return NULL;
}

gboolean
avid_query_number (GstQuery *query, const char *field, double *value)
{
  const GValue *v =
      gst_structure_get_value (gst_query_get_structure (query), field);
  GValue number = G_VALUE_INIT;
  gboolean ok;

  if (v == NULL)
    return FALSE;
  g_value_init (&number, G_TYPE_DOUBLE);
  ok = g_value_transform (v, &number);
  if (ok)
    *value = g_value_get_double (&number);
  g_value_unset (&number);
  return ok;
}

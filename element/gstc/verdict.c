/* verdict.c: writes the metadata of verdict.h and reads it again. */
#include "verdict.h"

/* In the order of gstc.State. */
static const char *const states[] = { "filling", "judging", "blind", "silent", "held" };

/* In the order of gstc.EventKind. */
static const char *const kinds[] = { "", "begin", "change", "end" };

/* Registers the metadata, once in a process. */
void
avid_verdict_register (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    /* Another copy of this code, in a host program, may have done it. */
    if (gst_meta_get_info (AVID_VERDICT_META) == NULL)
      gst_meta_register_custom_simple (AVID_VERDICT_META);
    g_once_init_leave (&once, 1);
  }
}

/* The buffer's metadata must be writable. A verdict that is there, of a filter
 * before this one, gives way. */
gboolean
avid_verdict_attach (GstBuffer *buffer, const AvidVerdict *v)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, AVID_VERDICT_META);
  GstStructure *s;

  if (v->state >= G_N_ELEMENTS (states) || v->event.kind >= G_N_ELEMENTS (kinds))
    return FALSE;
  if (meta != NULL)
    gst_buffer_remove_meta (buffer, (GstMeta *) meta);
  meta = gst_buffer_add_custom_meta (buffer, AVID_VERDICT_META);
  if (meta == NULL)
    return FALSE;
  s = gst_custom_meta_get_structure (meta);
  gst_structure_set (s, "state", G_TYPE_STRING, states[v->state], NULL);
  if (v->reason[0] != '\0')
    gst_structure_set (s, "reason", G_TYPE_STRING, v->reason, NULL);
  if (v->scene[0] != '\0')
    gst_structure_set (s, "scene", G_TYPE_STRING, v->scene, NULL);
  if (v->serial > 0)
    gst_structure_set (s, "serial", G_TYPE_UINT64, v->serial, "score",
        G_TYPE_DOUBLE, v->score, "threshold", G_TYPE_DOUBLE, v->threshold, NULL);
  if (v->event.id > 0)
    gst_structure_set (s, "event-id", G_TYPE_UINT64, v->event.id, "event-kind",
        G_TYPE_STRING, kinds[v->event.kind], "event-start", G_TYPE_UINT64,
        (guint64) v->event.start, "event-time", G_TYPE_UINT64,
        (guint64) v->event.time, "event-duration", G_TYPE_UINT64,
        (guint64) v->event.duration, "event-score", G_TYPE_DOUBLE,
        v->event.score, "event-peak", G_TYPE_DOUBLE, v->event.peak, NULL);
  return TRUE;
}

/* The place of a text in a list; 0 where it is not in it. */
static guint
index_of (const char *text, const char *const *list, guint n)
{
  for (guint i = 0; text != NULL && i < n; i++)
    if (g_str_equal (list[i], text))
      return i;
  return 0;
}

/* ns as Go takes them. */
static gint64
read_time (const GstStructure *s, const char *name)
{
  guint64 t = 0;

  gst_structure_get_uint64 (s, name, &t);
  return (gint64) MIN (t, (guint64) G_MAXINT64);
}

/* FALSE: the buffer has none. */
gboolean
avid_verdict_read (GstBuffer *buffer, AvidVerdict *v)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, AVID_VERDICT_META);
  const char *reason, *scene;
  GstStructure *s;

  if (meta == NULL)
    return FALSE;
  s = gst_custom_meta_get_structure (meta);
  *v = (AvidVerdict) { 0 };
  v->state = index_of (gst_structure_get_string (s, "state"), states, G_N_ELEMENTS (states));
  reason = gst_structure_get_string (s, "reason");
  if (reason != NULL)
    g_strlcpy (v->reason, reason, sizeof v->reason);
  scene = gst_structure_get_string (s, "scene");
  if (scene != NULL)
    g_strlcpy (v->scene, scene, sizeof v->scene);
  if (gst_structure_get_uint64 (s, "serial", &v->serial)) {
    gst_structure_get_double (s, "score", &v->score);
    gst_structure_get_double (s, "threshold", &v->threshold);
  }
  if (gst_structure_get_uint64 (s, "event-id", &v->event.id)) {
    v->event.kind = index_of (gst_structure_get_string (s, "event-kind"), kinds, G_N_ELEMENTS (kinds));
    v->event.start = read_time (s, "event-start");
    v->event.time = read_time (s, "event-time");
    v->event.duration = read_time (s, "event-duration");
    gst_structure_get_double (s, "event-score", &v->event.score);
    gst_structure_get_double (s, "event-peak", &v->event.peak);
  }
  return TRUE;
}

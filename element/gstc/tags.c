/* tags.c: what the stream at a pad says of itself. */
#include "host.h"

/* The moment that a list of tags names, in seconds since 1970; FALSE: it names
 * none, or a day without the time of day. */
static gboolean
date_of (const GstTagList *tags, gint64 *seconds)
{
  GstDateTime *date = NULL;
  GDateTime *moment = NULL;

  if (!gst_tag_list_get_date_time (tags, GST_TAG_DATE_TIME, &date))
    return FALSE;
  if (gst_date_time_has_time (date))
    moment = gst_date_time_to_g_date_time (date);
  gst_date_time_unref (date);
  if (moment == NULL)
    return FALSE;
  *seconds = g_date_time_to_unix (moment);
  g_date_time_unref (moment);
  return TRUE;
}

gboolean
avid_recorded (GstElement *element, gint64 *seconds)
{
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  gboolean known = FALSE;
  GstEvent *event;

  if (pad == NULL)
    return FALSE;
  /* A pad keeps one for the stream and one for the whole file. */
  for (guint i = 0; !known && (event = gst_pad_get_sticky_event (pad, GST_EVENT_TAG, i)) != NULL; i++) {
    GstTagList *tags;
    gst_event_parse_tag (event, &tags);
    known = date_of (tags, seconds);
    gst_event_unref (event);
  }
  gst_object_unref (pad);
  return known;
}

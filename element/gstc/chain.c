/* chain.c: what is between a bin's clocksync and its fakesink: parsed, opened,
 * put in place, taken out. */
#include "bin.h"

#include <gst/video/video-event.h>

GstElement *
avid_chain_parse (const char *description, char **why)
{
  GError *error = NULL;
  GstElement *chain = gst_parse_bin_from_description_full (description, TRUE,
      NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);

  *why = NULL;
  if (chain != NULL)
    return gst_object_ref_sink (chain);
  *why = g_strdup (error != NULL ? error->message : "no elements");
  g_clear_error (&error);
  return NULL;
}

/* Sets a property as gst-launch does; FALSE when there is none. */
gboolean
avid_chain_set (GstElement *chain, const char *child, const char *property,
    const char *value)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (chain), child);
  gboolean known = element != NULL &&
                   g_object_class_find_property (G_OBJECT_GET_CLASS (element),
                       property) != NULL;

  if (known)
    gst_util_set_object_arg (G_OBJECT (element), property, value);
  gst_clear_object (&element);
  return known;
}

/* The text of an error message, to be freed. */
char *
avid_error_text (GstMessage *message)
{
  GError *error = NULL;
  char *text;

  gst_message_parse_error (message, &error, NULL);
  text = g_strdup (error->message);
  g_error_free (error);
  return text;
}

/* Brings the chain to a state; FALSE gives the first error on the bus. */
static gboolean
reaches (GstElement *chain, GstState state, GstBus *bus, char **why)
{
  GstMessage *message;

  if (gst_element_set_state (chain, state) != GST_STATE_CHANGE_FAILURE)
    return TRUE;
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  *why = message != NULL ? avid_error_text (message) : g_strdup ("it does not start");
  gst_clear_message (&message);
  return FALSE;
}

static gboolean
takes_caps (GstElement *chain, GstCaps *caps)
{
  GstPad *pad = gst_element_get_static_pad (chain, "sink");
  GstCaps *taken;
  gboolean ok;

  if (pad == NULL)
    return FALSE;
  taken = gst_pad_query_caps (pad, caps);
  ok = !gst_caps_is_empty (taken);
  gst_caps_unref (taken);
  gst_object_unref (pad);
  return ok;
}

/* Whether it takes them; FALSE gives why. */
static gboolean
fits (GstElement *chain, GstCaps *caps, char **why)
{
  char *text;

  if (takes_caps (chain, caps))
    return TRUE;
  text = gst_caps_to_string (caps);
  *why = g_strconcat ("it does not take ", text, NULL);
  g_free (text);
  return FALSE;
}

static gboolean
is_raw (GstCaps *caps)
{
  return gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw");
}

/* Opens the chain's devices and libraries, asks whether it takes the caps, and
 * tries it with a picture where they are raw video. It is PAUSED then, which
 * without a sink in it waits for nothing. What it posts until then is for
 * nobody else to hear. FALSE gives why, to be freed. */
gboolean
avid_chain_open (GstElement *chain, GstCaps *caps, char **why)
{
  GstBus *bus = gst_bus_new ();
  gboolean ok;

  *why = NULL;
  gst_element_set_bus (chain, bus);
  ok = reaches (chain, GST_STATE_READY, bus, why) && fits (chain, caps, why) &&
       reaches (chain, GST_STATE_PAUSED, bus, why);
  if (ok && is_raw (caps))
    ok = avid_chain_try (chain, caps, bus, why) &&
         reaches (chain, GST_STATE_READY, bus, why) &&
         reaches (chain, GST_STATE_PAUSED, bus, why);
  gst_element_set_bus (chain, NULL);
  gst_object_unref (bus);
  return ok;
}

void
avid_chain_drop (GstElement *chain)
{
  gst_element_set_state (chain, GST_STATE_NULL);
  gst_object_unref (chain);
}

/* Puts an open chain in place. It is taken in any case; FALSE: nothing else has
 * changed. */
gboolean
avid_bin_take (AvidBin *self, GstElement *chain)
{
  GstElement *entry = gst_bin_get_by_name (GST_BIN (chain), "entry");
  GstPad *pad = gst_element_get_static_pad (
      entry != NULL ? entry : self->clocksync, "src");

  gst_clear_object (&entry);
  if (!gst_bin_add (GST_BIN (self), chain)) { /* our reference stays ours */
    gst_object_unref (pad);
    avid_chain_drop (chain);
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  self->chain = chain;
  GST_OBJECT_UNLOCK (self);
  gst_element_unlink (self->clocksync, self->exit_point);
  avid_tap_entry (self, pad);
  gst_object_unref (pad);
  if (gst_element_link_many (self->clocksync, chain, self->exit_point, NULL) &&
      gst_element_sync_state_with_parent (chain))
    return TRUE;
  avid_bin_clear (self);
  return FALSE;
}

/* Whether the chain in place takes the caps that are being negotiated. */
gboolean
avid_bin_accepts (AvidBin *self)
{
  return self->chain != NULL && takes_caps (self->chain, self->caps);
}

/* Takes the chain out; the stream must have stopped, or be our caller. */
void
avid_bin_clear (AvidBin *self)
{
  GstElement *chain;

  if (self->tap != NULL) {
    gst_pad_remove_probe (self->tap, self->tap_probe);
    gst_clear_object (&self->tap);
  }
  gst_clear_buffer (&self->marks.mask);
  GST_OBJECT_LOCK (self);
  chain = self->chain;
  self->chain = NULL;
  GST_OBJECT_UNLOCK (self);
  if (chain == NULL)
    return;
  gst_element_set_locked_state (chain, TRUE);
  gst_element_set_state (chain, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), chain);
  gst_object_unref (chain);
  gst_element_link (self->clocksync, self->exit_point);
}

static GstElement *
chain_of (AvidBin *self)
{
  GstElement *chain;

  GST_OBJECT_LOCK (self);
  chain = self->chain != NULL ? gst_object_ref (self->chain) : NULL;
  GST_OBJECT_UNLOCK (self);
  return chain;
}

gboolean
avid_bin_set (AvidBin *self, const char *child, const char *property,
    const char *value)
{
  GstElement *chain = chain_of (self);
  gboolean ok = chain != NULL && avid_chain_set (chain, child, property, value);

  gst_clear_object (&chain);
  return ok;
}

gboolean
avid_bin_force_key (AvidBin *self)
{
  GstPad *pad = gst_element_get_static_pad (self->exit_point, "sink");
  gboolean ok = gst_pad_push_event (pad,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));

  gst_object_unref (pad);
  return ok;
}

void
avid_bin_rest (AvidBin *self, gboolean rest)
{
  g_atomic_int_set (&self->resting, rest);
}

gboolean
avid_has_element (const char *name)
{
  GstElementFactory *factory = gst_element_factory_find (name);

  if (factory == NULL)
    return FALSE;
  gst_object_unref (factory);
  return TRUE;
}

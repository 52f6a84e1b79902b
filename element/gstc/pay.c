/* pay.c: the GType of a payloader. */
#include "pay.h"

#include <gst/rtp/gstrtpbasepayload.h>
#include <gst/rtp/gstrtpbuffer.h>

/* Hz, as ONVIF's Streaming Specification has it ("RTP for Metadata stream"). */
#define CLOCK_RATE 90000

static gboolean
pay_set_caps (GstRTPBasePayload *pay, GstCaps *caps)
{
  const AvidSpec *spec = avid_spec_of (G_OBJECT_GET_CLASS (pay));

  (void) caps;
  gst_rtp_base_payload_set_options (pay, "application", TRUE, spec->encoding, CLOCK_RATE);
  return gst_rtp_base_payload_set_outcaps (pay, NULL);
}

/* A packet with a part of the buffer, whose memory it shares. */
static GstBuffer *
packet (GstRTPBasePayload *pay, GstBuffer *buffer, gsize at, gsize size, gboolean last)
{
  GstBuffer *out = gst_rtp_base_payload_allocate_output_buffer (pay, 0, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  if (gst_rtp_buffer_map (out, GST_MAP_WRITE, &rtp)) {
    gst_rtp_buffer_set_marker (&rtp, last);
    gst_rtp_buffer_unmap (&rtp);
  }
  GST_BUFFER_PTS (out) = GST_BUFFER_PTS (buffer);
  GST_BUFFER_DTS (out) = GST_BUFFER_DTS (buffer);
  return gst_buffer_append (out,
      gst_buffer_copy_region (buffer, GST_BUFFER_COPY_MEMORY, at, (gssize) size));
}

static GstFlowReturn
pay_handle_buffer (GstRTPBasePayload *pay, GstBuffer *buffer)
{
  gsize room = gst_rtp_buffer_calc_payload_len (GST_RTP_BASE_PAYLOAD_MTU (pay), 0, 0);
  gsize size = gst_buffer_get_size (buffer);
  GstBufferList *list = gst_buffer_list_new ();

  for (gsize at = 0; at < size; at += room) {
    gsize part = MIN (room, size - at);
    gst_buffer_list_add (list, packet (pay, buffer, at, part, at + part == size));
  }
  gst_buffer_unref (buffer);
  return gst_rtp_base_payload_push_list (pay, list);
}

static void
pay_class_init (gpointer klass, gpointer data)
{
  const AvidSpec *spec = data;
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstRTPBasePayloadClass *pay = GST_RTP_BASE_PAYLOAD_CLASS (klass);
  GstCaps *caps = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      "application", "payload", GST_TYPE_INT_RANGE, 96, 127, "clock-rate", G_TYPE_INT,
      CLOCK_RATE, "encoding-name", G_TYPE_STRING, spec->encoding, NULL);

  avid_class_describe (element, spec);
  avid_class_add_pad (element, spec, "sink", GST_PAD_SINK);
  gst_element_class_add_pad_template (element,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
  pay->set_caps = pay_set_caps;
  pay->handle_buffer = pay_handle_buffer;
}

GType
avid_pay_register (const AvidSpec *spec)
{
  GTypeInfo info = { 0 };

  info.class_size = sizeof (GstRTPBasePayloadClass);
  info.class_init = pay_class_init;
  info.instance_size = sizeof (GstRTPBasePayload);
  return avid_register_type (spec, GST_TYPE_RTP_BASE_PAYLOAD, &info);
}

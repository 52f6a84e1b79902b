/* plugin.c: the entry that GStreamer looks for in libgstavid.so. */
#include <gst/gst.h>

#include "_cgo_export.h"

#define PACKAGE "avid"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return avidPluginInit (plugin) != 0;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, avid,
    "Irregularity detection in video from fixed cameras", plugin_init, "0.1.0",
    "MIT/X11", "avid", "avid")

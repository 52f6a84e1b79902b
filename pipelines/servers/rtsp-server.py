#!/usr/bin/python3
"""A camera with its marks and its ONVIF metadata, as an RTSP server of one's own.

Usage: rtsp-server.py [INPUT [BUNDLE [PORT]]], from the checkout's root; INPUT is a
file or rtsp://…. Each client sees rtsp://127.0.0.1:PORT/marked: the video, and a track
with what was found (docs/onvif.md). Events are also printed as JSON, by the signal
irregularity of avidfilter.
"""
import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

LINE = (
    'uridecodebin uri="{uri}" ! queue ! avidfilter name=filter model="{bundle}" ! '
    "avidonvif name=onvif camera=camera1 ! queue ! "
    "videoconvert ! x264enc tune=zerolatency speed-preset=veryfast key-int-max=20 ! "
    "rtph264pay name=pay0 config-interval=-1 pt=96 "
    "onvif.meta ! queue ! avidonvifpay name=pay1 pt=107"
)


def tell(_element, event):
    fields = {f: event.get_value(f) for f in ("kind", "id", "peak", "threshold")}
    print(json.dumps(fields), flush=True)


def configured(_factory, media):
    media.get_element().get_by_name("filter").connect("irregularity", tell)


def main():
    source, bundle, port = (sys.argv[1:] + ["demo/walkway.mp4", "demo/walkway.avid", "8754"][len(sys.argv) - 1:])[:3]
    Gst.init(None)
    factory = GstRtspServer.RTSPMediaFactory()
    uri = source if "://" in source else Gst.filename_to_uri(source)
    factory.set_launch(LINE.format(uri=uri, bundle=bundle))
    factory.set_shared(True)  # judged once, however many watch
    factory.connect("media-configure", configured)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
    server.get_mount_points().add_factory("/marked", factory)
    if not server.attach(None):
        sys.exit(f"rtsp-server.py: port {port} is taken")
    print(f"rtsp://127.0.0.1:{port}/marked", flush=True)
    GLib.MainLoop().run()


main()

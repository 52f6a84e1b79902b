#!/usr/bin/env bash
# Two cameras, each with its own bundle, side by side in one window.
# Usage: two-cameras.sh URL BUNDLE URL BUNDLE
exec gst-launch-1.0 \
	compositor name=both sink_1::xpos=640 ! videoconvert ! autovideosink \
	rtspsrc location="${1:-rtsp://left.example/stream}" latency=200 drop-on-latency=true ! \
	rtph264depay ! h264parse ! avdec_h264 ! queue leaky=downstream max-size-buffers=2 ! \
	avidfilter model="${2:-left.avid}" ! videoscale ! \
	video/x-raw,width=640,height=480 ! queue ! both.sink_0 \
	rtspsrc location="${3:-rtsp://right.example/stream}" latency=200 drop-on-latency=true ! \
	rtph264depay ! h264parse ! avdec_h264 ! queue leaky=downstream max-size-buffers=2 ! \
	avidfilter model="${4:-right.avid}" ! videoscale ! \
	video/x-raw,width=640,height=480 ! queue ! both.sink_1

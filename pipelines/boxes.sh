#!/usr/bin/env bash
# The boxes of avidfilter drawn by GStreamer's own objectdetectionoverlay.
# Usage: boxes.sh [INPUT [BUNDLE [OUTPUT]]]
# test: run
exec gst-launch-1.0 -e \
	filesrc location="${1:-demo/walkway.mp4}" ! decodebin ! queue ! videoconvert ! \
	avidfilter model="${2:-demo/walkway.avid}" overlay=none ! \
	videoconvert ! objectdetectionoverlay ! \
	videoconvert ! x264enc speed-preset=veryfast ! h264parse ! mp4mux ! \
	filesink location="${3:-out/boxes.mp4}"

#!/usr/bin/env bash
# The boxes of avidfilter drawn by GStreamer's own objectdetectionoverlay.
# Usage: boxes.sh [INPUT [BUNDLE [OUTPUT]]]
# test: run
root=$(dirname "$0")/..
output=${3:-$root/out/boxes.mp4}
mkdir -p "$(dirname "$output")"
exec gst-launch-1.0 -e \
	filesrc location="${1:-$root/demo/walkway.mp4}" ! decodebin ! queue ! \
	avidfilter model="${2:-$root/demo/walkway.avid}" overlay=none ! \
	videoconvert ! objectdetectionoverlay ! \
	videoconvert ! x264enc speed-preset=veryfast ! h264parse ! mp4mux ! \
	filesink location="$output"

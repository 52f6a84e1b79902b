#!/usr/bin/env bash
# How irregular each pixel is, as a heat map with the score, into a Matroska file.
# Usage: heat.sh [INPUT [BUNDLE [OUTPUT]]]
# test: run
exec gst-launch-1.0 -e \
	filesrc location="${1:-demo/walkway.mp4}" ! decodebin ! queue ! videoconvert ! \
	avidfilter model="${2:-demo/walkway.avid}" overlay=heat+score opacity=0.6 ! \
	videoconvert ! x264enc speed-preset=veryfast ! h264parse ! matroskamux ! \
	filesink location="${3:-out/heat.mkv}"

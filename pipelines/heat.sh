#!/usr/bin/env bash
# How irregular each pixel is, as a heat map with the score, into a Matroska file.
# Usage: heat.sh [INPUT [BUNDLE [OUTPUT]]]
# test: run
root=$(dirname "$0")/..
output=${3:-$root/out/heat.mkv}
mkdir -p "$(dirname "$output")"
exec gst-launch-1.0 -e \
	filesrc location="${1:-$root/demo/walkway.mp4}" ! decodebin ! queue ! \
	avidfilter model="${2:-$root/demo/walkway.avid}" overlay=heat+score opacity=0.6 ! \
	videoconvert ! x264enc speed-preset=veryfast ! h264parse ! matroskamux ! \
	filesink location="$output"

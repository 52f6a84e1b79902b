#!/usr/bin/env bash
# A video file in, the same video with the irregularities marked out, as MP4.
# Usage: file.sh [INPUT [BUNDLE [OUTPUT]]]
# test: run
root=$(dirname "$0")/..
output=${3:-$root/out/file.mp4}
mkdir -p "$(dirname "$output")"
exec gst-launch-1.0 -e \
	filesrc location="${1:-$root/demo/walkway.mp4}" ! decodebin ! queue ! \
	avidfilter model="${2:-$root/demo/walkway.avid}" ! \
	videoconvert ! x264enc speed-preset=veryfast ! h264parse ! mp4mux ! \
	filesink location="$output"

#!/usr/bin/env bash
# A video file in, the same video with the irregularities marked out, as MP4.
# Usage: file.sh [INPUT [BUNDLE [OUTPUT]]]
# test: run
exec gst-launch-1.0 -e \
	filesrc location="${1:-demo/walkway.mp4}" ! decodebin ! queue ! videoconvert ! \
	avidfilter model="${2:-demo/walkway.avid}" ! \
	videoconvert ! x264enc speed-preset=veryfast ! h264parse ! mp4mux ! \
	filesink location="${3:-out/file.mp4}"

#!/usr/bin/env bash
# A video file at its own speed in a window.
# Usage: window.sh [INPUT [BUNDLE]]
root=$(dirname "$0")/..
exec gst-launch-1.0 \
	filesrc location="${1:-$root/demo/walkway.mp4}" ! decodebin ! queue ! \
	avidfilter model="${2:-$root/demo/walkway.avid}" ! \
	videoconvert ! autovideosink

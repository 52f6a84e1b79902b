#!/usr/bin/env bash
# A video file at its own speed in a window.
# Usage: window.sh [INPUT [BUNDLE]]
exec gst-launch-1.0 \
	filesrc location="${1:-demo/walkway.mp4}" ! decodebin ! queue ! videoconvert ! \
	avidfilter model="${2:-demo/walkway.avid}" ! \
	videoconvert ! autovideosink

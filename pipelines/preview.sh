#!/usr/bin/env bash
# Live in a browser, with outlines, score and events: http://127.0.0.1:8889/
# Usage: preview.sh [INPUT [BUNDLE]]
root=$(dirname "$0")/..
exec gst-launch-1.0 \
	filesrc location="${1:-$root/demo/walkway.mp4}" ! decodebin ! queue ! \
	avidfilter model="${2:-$root/demo/walkway.avid}" overlay=none ! \
	avidwebrtcsink

#!/usr/bin/env bash
# No picture: prints a message as each irregularity begins, changes and ends.
# Usage: messages.sh [INPUT [BUNDLE]]
# test: run
root=$(dirname "$0")/..
gst-launch-1.0 -m \
	filesrc location="${1:-$root/demo/walkway.mp4}" ! decodebin ! queue ! \
	avidfilter model="${2:-$root/demo/walkway.avid}" overlay=none attach-meta=false ! \
	fakesink sync=false | grep --line-buffered avid-irregularity

#!/usr/bin/env bash
# No picture: prints a message as each irregularity begins, changes and ends.
# Usage: messages.sh [INPUT [BUNDLE]]
# test: run
exec gst-launch-1.0 -m \
	filesrc location="${1:-demo/walkway.mp4}" ! decodebin ! queue ! \
	avidfilter model="${2:-demo/walkway.avid}" overlay=none attach-meta=false ! \
	fakesink sync=false

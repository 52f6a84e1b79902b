#!/usr/bin/env bash
# A camera on this machine, with its marks, to a media server by WHIP.
# Usage: whip.sh ENDPOINT [TOKEN-FILE [BUNDLE [DEVICE]]]
exec gst-launch-1.0 \
	v4l2src device="${4:-/dev/video0}" ! queue leaky=downstream max-size-buffers=2 ! \
	avidfilter model="${3:-cam.avid}" ! \
	avidwebrtcsink whip-endpoint="${1:-http://127.0.0.1:8889/cam/whip}" ${2:+token-file="$2"}

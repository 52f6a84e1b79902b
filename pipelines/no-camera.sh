#!/usr/bin/env bash
# A test picture through the filter as fast as it goes, to see that all is in place.
# Usage: no-camera.sh [BUNDLE]
# test: run
root=$(dirname "$0")/..
exec gst-launch-1.0 \
	videotestsrc num-buffers=100 ! video/x-raw,format=I420,width=1280,height=720,framerate=10/1 ! \
	avidfilter model="${1:-$root/demo/walkway.avid}" ! fakesink sync=false

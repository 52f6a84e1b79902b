#!/usr/bin/env bash
# A clip as a network camera: an MP4 file of H.264, sent to an RTSP server again and again.
# Usage: camera.sh [CLIP [URL]]
root=$(dirname "$0")/..
film=$(mktemp)
gst-launch-1.0 -q filesrc location="${1:-$root/demo/walkway.mp4}" ! qtdemux ! \
	h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! \
	filesink location="$film"
exec 3<"$film" # nothing is left of it when this ends, however it does
rm "$film"
exec gst-launch-1.0 -q multifilesrc location=/dev/fd/3 loop=true ! h264parse ! avdec_h264 ! \
	x264enc tune=zerolatency speed-preset=veryfast bitrate=1500 key-int-max=20 ! h264parse ! \
	rtspclientsink protocols=tcp location="${2:-rtsp://127.0.0.1:8554/door}"

#!/usr/bin/env bash
# A network camera, recorded with its marks in files of ten minutes.
# Usage: rtsp.sh URL BUNDLE [PATTERN]
exec gst-launch-1.0 -e -m \
	rtspsrc location="${1:-rtsp://camera.example/stream}" latency=200 ! \
	rtph264depay ! h264parse ! avdec_h264 ! queue ! videoconvert ! \
	avidfilter model="${2:-cam.avid}" ! \
	queue ! videoconvert ! x264enc tune=zerolatency key-int-max=50 ! h264parse ! \
	splitmuxsink location="${3:-out/camera-%05d.mp4}" max-size-time=600000000000

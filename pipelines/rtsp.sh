#!/usr/bin/env bash
# A network camera, recorded with its marks in files of ten minutes, printing the messages.
# Usage: rtsp.sh URL BUNDLE [PATTERN]
output=${3:-out/camera-%05d.mp4}
mkdir -p "$(dirname "$output")"
# grep ignores Ctrl-C, so that the recording can still be finished. A kill loses seconds
# only: the file is in fragments of a second, and nothing of it waits to be written.
exec gst-launch-1.0 -e -m \
	rtspsrc location="${1:-rtsp://camera.example/stream}" latency=200 drop-on-latency=true ! \
	rtph264depay ! h264parse ! avdec_h264 ! queue leaky=downstream max-size-buffers=2 ! \
	avidfilter model="${2:-cam.avid}" ! \
	queue ! videoconvert ! x264enc tune=zerolatency key-int-max=50 ! h264parse ! \
	splitmuxsink location="$output" max-size-time=600000000000 \
	muxer="mp4mux fragment-duration=1000" sink="filesink buffer-mode=unbuffered" \
	> >(trap '' INT && exec grep --line-buffered avid-irregularity)

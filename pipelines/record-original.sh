#!/usr/bin/env bash
# A network camera: its own stream recorded untouched, marks in a window, messages printed.
# Usage: record-original.sh URL BUNDLE [OUTPUT]
output=${3:-out/original.mkv}
mkdir -p "$(dirname "$output")"
# grep ignores Ctrl-C, so that the recording can still be finished.
exec gst-launch-1.0 -e -m \
	rtspsrc location="${1:-rtsp://camera.example/stream}" latency=200 ! \
	rtph264depay ! h264parse ! tee name=camera \
	camera. ! queue ! matroskamux ! filesink location="$output" buffer-mode=unbuffered \
	camera. ! queue leaky=downstream max-size-buffers=0 max-size-bytes=0 max-size-time=2000000000 ! \
	avdec_h264 ! queue leaky=downstream max-size-buffers=2 ! \
	avidfilter model="${2:-cam.avid}" ! videoconvert ! autovideosink \
	> >(trap '' INT && exec grep --line-buffered avid-irregularity)

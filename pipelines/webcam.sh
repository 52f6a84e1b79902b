#!/usr/bin/env bash
# A camera on this machine in a window; an old frame is dropped, not waited for.
# Usage: webcam.sh BUNDLE [DEVICE]
exec gst-launch-1.0 \
	v4l2src device="${2:-/dev/video0}" ! queue leaky=downstream max-size-buffers=2 ! \
	avidfilter model="${1:-cam.avid}" ! \
	queue max-size-buffers=2 leaky=downstream ! videoconvert ! autovideosink

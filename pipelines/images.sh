#!/usr/bin/env bash
# A numbered series of JPEG pictures in, marked JPEG pictures out.
# Usage: images.sh PATTERN BUNDLE [OUTPUT-PATTERN]
output=${3:-out/%04d.jpg}
mkdir -p "$(dirname "$output")"
exec gst-launch-1.0 \
	multifilesrc location="${1:-frames/%04d.jpg}" caps=image/jpeg,framerate=10/1 ! jpegdec ! \
	avidfilter model="${2:-cam.avid}" overlay=mask+outline+score ! \
	videoconvert ! jpegenc ! multifilesink location="$output"

#!/usr/bin/env bash
# Makes demo/walkway.mp4 and demo/walkway.avid again, and docs/demo.png: a
# synthetic walkway, a bundle trained on its ordinary hours, the demo's picture.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$root"

work=build/demo-assets
mkdir -p "$work" demo docs
# Sides that are multiples of 16: gst-libav 1.26 can abort on others when it
# decodes H.264 with several threads ("video meta uses 368x240 instead of ...").
build/avid synth --normal --size 240x352 --seed 1 --seconds 180 -o "$work/normal.mp4"
build/avid synth --size 240x352 --seed 2 --seconds 40 -o "$work/walkway.mp4"
build/avid train --normal "$work/normal.mp4" --seed 1 --name walkway -o "$work/walkway.avid"
place "$work/walkway.mp4" demo/walkway.mp4
place "$work/walkway.avid" demo/walkway.avid

bytes=$(cat demo/walkway.mp4 demo/walkway.avid | wc -c)
[ "$bytes" -lt 6000000 ] || die "clip and bundle are $bytes bytes: 6 MB is the most this repository takes"
scripts/demo.sh
place out/snapshot.png docs/demo.png

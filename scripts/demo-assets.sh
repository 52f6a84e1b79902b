#!/usr/bin/env bash
# Makes demo/walkway.mp4 and demo/walkway.avid again, and docs/demo.png: a
# synthetic walkway, a bundle trained on its ordinary hours, the demo's picture.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$root"

work=build/demo-assets
mkdir -p "$work" demo docs
build/avid synth --normal --seed 1 --seconds 180 -o "$work/normal.mp4"
build/avid synth --seed 2 --seconds 40 --irregular cyclist,cart,runner -o "$work/walkway.mp4"
# Half the usual channels and one network for D: the bundle must be small, the
# scene is simple. Somebody looks at it, so it may be wrong four times an hour.
build/avid train --normal "$work/normal.mp4" --seed 1 --width 12 --ensemble 1 --mirror=false --steps 850 --false-alarms-per-day 100 --name walkway -o "$work/walkway.avid"
bytes=$(cat "$work/walkway.mp4" "$work/walkway.avid" | wc -c)
[ "$bytes" -lt 6000000 ] || die "clip and bundle are $bytes bytes: 6 MB is the most this repository takes"
place "$work/walkway.mp4" demo/walkway.mp4
place "$work/walkway.avid" demo/walkway.avid
scripts/demo.sh
place out/snapshot.png docs/demo.png

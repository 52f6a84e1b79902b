#!/usr/bin/env bash
# The demo: the filter on the shipped clip with the shipped bundle, into out/.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$root"

for f in demo/walkway.mp4 demo/walkway.avid; do
	[ -f "$f" ] || die "$f is missing from this checkout: make demo-assets makes it"
done
mkdir -p out
rm -f out/annotated.mp4 out/snapshot.png out/events.jsonl
build/avid run demo/walkway.mp4 -m demo/walkway.avid -o out/ </dev/null
for f in annotated.mp4 snapshot.png events.jsonl; do
	[ -s "out/$f" ] || die "the demo did not make out/$f"
done

cat <<'END'
Look at   out/snapshot.png (what was marked) and out/annotated.mp4 (the whole clip).
Read      out/events.jsonl: one line as an irregularity begins, changes and ends.
Try next  make, which builds the GStreamer plugin too, and the pipelines of README.md
          build/avid train --normal YOUR_VIDEO -o cam.avid, then build/avid run YOUR_VIDEO -m cam.avid -o out/
END

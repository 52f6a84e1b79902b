#!/usr/bin/env bash
# mediamtx.sh: builds the pinned MediaMTX (MIT) into build/bin from its Go module,
# where it is not there; says nothing when it is.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

target=$root/build/bin/mediamtx
! [ -x "$target" ] || [ "$("$target" --version 2>/dev/null)" != "$MEDIAMTX_VERSION" ] || exit 0

go=$("$root/scripts/find-go.sh") log=$root/build/mediamtx.log
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "building MediaMTX $MEDIAMTX_VERSION (minutes the first time)"
(cd "$work" && "$go" mod download -json "github.com/bluenviron/mediamtx@$MEDIAMTX_VERSION") 3> >(patience "fetching it") >"$log" 2>&1 || {
	cat "$log" >&2
	die "MediaMTX could not be fetched"
}
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\{0,1\}$/\1/p" "$log"; }
[ "$(field Sum)" = "$MEDIAMTX_SUM" ] ||
	die "MediaMTX $MEDIAMTX_VERSION has the sum $(field Sum), not $MEDIAMTX_SUM as scripts/versions.sh has it"

# Its releases embed files that are not in the module: its version, and a player for
# HLS in a browser, which we do without. Of a Raspberry Pi's camera likewise.
cp -r "$(field Dir)" "$work/src"
chmod -R u+w "$work/src"
printf %s "$MEDIAMTX_VERSION" >"$work/src/internal/core/VERSION"
: >"$work/src/internal/servers/hls/hls.min.js"
for bits in 32 64; do
	mkdir -p "$work/src/internal/staticsources/rpicamera/mtxrpicam_$bits"
	: >"$work/src/internal/staticsources/rpicamera/mtxrpicam_$bits/none"
done
(cd "$work/src" && GOFLAGS=-buildvcs=false "$go" build -tags nomsgpack -ldflags '-s -w' -o "$work/mediamtx" .) 3> >(patience "building it") >"$log" 2>&1 || {
	cat "$log" >&2
	die "MediaMTX could not be built"
}
place "$work/mediamtx" "$target" 0755

#!/usr/bin/env bash
# media-servers.sh: builds the pinned MediaMTX and go2rtc (both MIT) into build/bin from
# their Go modules, where they are not there; says nothing when they are.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/find-go.sh") log=$root/build/media-servers.log
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

# build NAME MODULE VERSION SUM [FLAG…]: builds the program NAME with flags of go build.
# It builds in a copy, which prepare_NAME may change: `go install` would ask the module
# proxy for the list of all versions too, which not every proxy gives out.
# Without cgo, which go2rtc's C files, that are no part of the program, would stop.
build() {
	local name=$1 module=$2@$3 version=$3 sum=$4 target=$root/build/bin/$1
	shift 4
	[[ ! -x $target || " $("$target" --version 2>/dev/null) " != *[!0-9.]"${version#v}"[!0-9.]* ]] || return 0
	say "building $name $version (a minute or more the first time)"
	(cd "$work" && "$go" mod download -json "$module") 3> >(patience "fetching it") >"$log" 2>&1 || {
		cat "$log" >&2
		die "$name could not be fetched"
	}
	[ "$(field Sum)" = "$sum" ] || die "$name $version has the sum $(field Sum), not $sum as scripts/versions.sh has it"
	cp -r "$(field Dir)" "$work/$name"
	chmod -R u+w "$work/$name"
	"prepare_$name" "$work/$name" "$version"
	(cd "$work/$name" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false "$go" build -ldflags '-s -w' "$@" -o "$work/program" .) 3> >(patience "building it") >"$log" 2>&1 || {
		cat "$log" >&2
		die "$name could not be built"
	}
	place "$work/program" "$target" 0755
}

# field NAME: of what `go mod download` said.
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\{0,1\}$/\1/p" "$log"; }

# MediaMTX's releases embed files that are not in the module: its version, and a player
# for HLS in a browser, which we do without. Of a Raspberry Pi's camera likewise.
prepare_mediamtx() {
	printf %s "$2" >"$1/internal/core/VERSION"
	: >"$1/internal/servers/hls/hls.min.js"
	for bits in 32 64; do
		mkdir -p "$1/internal/staticsources/rpicamera/mtxrpicam_$bits"
		: >"$1/internal/staticsources/rpicamera/mtxrpicam_$bits/none"
	done
}

prepare_go2rtc() { :; } # its module is whole

build mediamtx github.com/bluenviron/mediamtx "$MEDIAMTX_VERSION" "$MEDIAMTX_SUM" -tags nomsgpack
build go2rtc github.com/AlexxIT/go2rtc "$GO2RTC_VERSION" "$GO2RTC_SUM"

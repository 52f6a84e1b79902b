#!/usr/bin/env bash
# Puts the pinned ONNX Runtime library at build/lib/libonnxruntime.so.1, checked
# by its SHA-256: from $AVID_ONNXRUNTIME_FROM (a copy of it, for machines
# without a network), the cache of an earlier run, or the npm package, which the
# npm client fetches from the registry it is configured for.
# With --offline, only what needs no network.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

machine=$(uname -m)
member=ORT_MEMBER_$machine sum=ORT_SHA256_$machine
member=${!member-} sum=${!sum-}
[ "$(uname -s)" = Linux ] || sum=
[ -n "$sum" ] ||
	die "there is no pinned ONNX Runtime $ORT_VERSION for $(uname -s) on $machine: build one, and give its path in AVID_ONNXRUNTIME"

target=$root/build/lib/libonnxruntime.so.1
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/avid/onnxruntime-$ORT_VERSION-$machine.so

sha256_is "$target" "$sum" && exit 0

given=${AVID_ONNXRUNTIME_FROM-}
if [ -n "$given" ]; then
	sha256_is "$given" "$sum" || die "$given is not the pinned ONNX Runtime $ORT_VERSION (SHA-256 $sum)"
	place "$given" "$target" 0755
	exit 0
fi
if sha256_is "$cache" "$sum"; then
	place "$cache" "$target" 0755
	exit 0
fi
[ "${1-}" != --offline ] || exit 1

have npm || die "npm is needed to fetch ONNX Runtime $ORT_VERSION (or give a copy of it in AVID_ONNXRUNTIME_FROM)"
say "fetching ONNX Runtime $ORT_VERSION (114 MB, the npm package ${ORT_PACKAGE%@*})"
mkdir -p "$root/build"
work=$(mktemp -d "$root/build/onnxruntime.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --loglevel=error --ignore-scripts "$ORT_PACKAGE" >npm.log 2>&1) || {
	cat "$work/npm.log" >&2
	die "npm could not fetch $ORT_PACKAGE"
}
tar -xzf "$work"/onnxruntime-node-*.tgz -C "$work" "$member"
sha256_is "$work/$member" "$sum" || die "the library in $ORT_PACKAGE does not have the pinned SHA-256 $sum: not installed"

# The cache only saves the next checkout the fetch: without one, go on.
(place "$work/$member" "$cache") 2>/dev/null || complain "no cache at $cache"
place "$work/$member" "$target" 0755
say "ONNX Runtime $ORT_VERSION is at build/lib/libonnxruntime.so.1"

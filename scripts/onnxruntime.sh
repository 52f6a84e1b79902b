#!/usr/bin/env bash
# Puts the pinned ONNX Runtime library at build/lib/libonnxruntime.so.1, checked
# by its SHA-256: from $AVID_ONNXRUNTIME_FROM (a copy of it, for machines
# without a network), the cache of an earlier run, or what pip, else npm, fetches
# from the index or registry that it is configured for.
# With --offline, only what needs no network.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

machine=$(uname -m)
wheel_sum=ORT_WHEEL_SHA256_$machine npm_sum=ORT_NPM_SHA256_$machine
wheel_sum=${!wheel_sum-} npm_sum=${!npm_sum-}
if [ "$(uname -s)" != Linux ] || [ -z "$wheel_sum" ]; then
	die "there is no pinned ONNX Runtime $ORT_VERSION for $(uname -s) on $machine: build one, and give its path in AVID_ONNXRUNTIME"
fi

target=$root/build/lib/libonnxruntime.so.1
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/avid/onnxruntime-$ORT_VERSION-$machine.so

# pinned FILE: it is one of the two libraries.
pinned() { sha256_is "$1" "$wheel_sum" || sha256_is "$1" "$npm_sum"; }

# from_wheel: work/library, out of the wheel. Of which Python it is does not matter.
from_wheel() {
	say "fetching ONNX Runtime $ORT_VERSION (24 MB, the wheel onnxruntime)"
	3> >(patience "fetching it") pip_download --only-binary=:all: \
		--implementation cp --python-version 312 --abi cp312 --platform "manylinux_2_28_$machine" \
		-d "$work" "onnxruntime==$ORT_VERSION" >"$work/log" 2>&1 || return 1
	python3 -m zipfile -e "$work"/onnxruntime-*.whl "$work/wheel"
	mv "$work/wheel/onnxruntime/capi/libonnxruntime.so.$ORT_VERSION" "$work/library"
}

# from_npm: the same out of the npm package.
from_npm() {
	local folder=x64
	[ "$machine" = x86_64 ] || folder=arm64
	say "fetching ONNX Runtime $ORT_VERSION (114 MB, the npm package onnxruntime-node)"
	(cd "$work" && npm pack --loglevel=error --ignore-scripts "onnxruntime-node@$ORT_VERSION") 3> >(patience "fetching it") >"$work/log" 2>&1 || return 1
	tar -xzf "$work"/onnxruntime-node-*.tgz -C "$work" "package/bin/napi-v6/linux/$folder/libonnxruntime.so.1"
	mv "$work/package/bin/napi-v6/linux/$folder/libonnxruntime.so.1" "$work/library"
}

! pinned "$target" || exit 0

given=${AVID_ONNXRUNTIME_FROM-}
if [ -n "$given" ]; then
	pinned "$given" || die "$given is not the pinned ONNX Runtime $ORT_VERSION (SHA-256 $wheel_sum)"
	place "$given" "$target" 0755
	exit 0
fi
if pinned "$cache"; then
	place "$cache" "$target" 0755
	exit 0
fi
[ "${1-}" != --offline ] || exit 1

client=npm fetch=from_npm
! have_pip || client=pip fetch=from_wheel
[ "$client" = pip ] || have npm ||
	die "pip (of python3) or npm is needed to fetch ONNX Runtime $ORT_VERSION; or give a copy of the library in AVID_ONNXRUNTIME_FROM"
mkdir -p "$root/build"
work=$(mktemp -d "$root/build/onnxruntime.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$fetch" || {
	cat "$work/log" >&2
	die "$client could not fetch ONNX Runtime $ORT_VERSION: is the network there? Run this again then, or give a copy of the library in AVID_ONNXRUNTIME_FROM"
}
pinned "$work/library" || die "the library that $client fetched does not have the pinned SHA-256: not installed"

# The cache only saves the next checkout the fetch: without one, go on.
(place "$work/library" "$cache") 2>/dev/null || complain "no cache at $cache"
place "$work/library" "$target" 0755
say "ONNX Runtime $ORT_VERSION is at build/lib/libonnxruntime.so.1"

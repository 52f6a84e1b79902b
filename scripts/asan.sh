#!/usr/bin/env bash
# Runs the tests of the C code, and of the elements over it, with the C code under
# the address sanitizer (files sanitize.go). Leaks are looked for by GStreamer's
# own tracer (element/pipeline), since GLib keeps much to the end of the process.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$root"
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS-}
exec scripts/go-test.sh asan -tags sanitize -timeout 20m ./element/gstc/... ./element/avidfilter/... ./element/avidonvif/... ./element/avidonvifpay/... ./element/avidpublish/... ./element/avidwebrtcsink/...

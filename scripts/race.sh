#!/usr/bin/env bash
# race.sh [pure]: runs the tests under the race detector: those of runtime/ that need
# no C, but for what computes for minutes in one goroutine; without "pure" also those
# of element/, and of the engine and of training, whose tests mostly compute and would
# take an hour under it, what shares state between goroutines.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$root"
go=${GO:-go}
mapfile -t packages < <("$go" list ./runtime/... | grep -vE '/runtime/(engine|steady)$')
scripts/go-test.sh race -race -timeout 20m -skip '^TestGuard$' "${packages[@]}"
[ "${1-}" != pure ] || exit 0
# Beside the 80 s of the above these take 150 and 100 s on two hyperthreads, and their
# binaries 90 s, or some minutes more where go-gst was never built for the detector.
scripts/go-test.sh race-elements -race -timeout 25m ./element/...
exec scripts/go-test.sh race-computing -race -timeout 15m \
	-run 'Together|Waiting|Shared|Interrupt|Patience|Query|Leaves|Supply|Looped|Cancel' ./runtime/engine ./models/train

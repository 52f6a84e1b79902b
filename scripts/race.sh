#!/usr/bin/env bash
# Runs the tests under the race detector: all of runtime/ and element/, and of the
# two packages whose tests mostly compute, which takes an hour under it, those of
# what shares state between goroutines.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$root"
go=${GO:-go}
mapfile -t packages < <("$go" list ./runtime/... ./element/... | grep -v /runtime/engine$)
scripts/go-test.sh race -race -timeout 25m "${packages[@]}"
exec scripts/go-test.sh race-computing -race -timeout 15m \
	-run 'Together|Waiting|Shared|Interrupt|Patience|Query|Leaves|Supply|Looped|Cancel' ./runtime/engine ./models/train

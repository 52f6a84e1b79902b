#!/usr/bin/env bash
# race.sh: runs tests under the race detector: those of runtime/ and of element/, and of
# the engine and of training, whose tests mostly compute and would take an hour under it,
# those of what goroutines share.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$root"
mapfile -t packages < <("${GO:-go}" list ./runtime/... ./element/... | grep -vE '/runtime/(engine|steady)$')
# TestGuard and TestDay compute for minutes in one goroutine. TestPaced... hold what comes
# of a real bundle at the pace of a clock: under the detector a machine with other work
# falls behind, and then windows and frames are rightly left out. make test has them; the
# goroutines that they use are those of the other tests of avidwebrtcsink.
scripts/go-test.sh race -race -timeout 25m -skip '^(TestGuard|TestDay|TestPaced.*)$' "${packages[@]}"
exec scripts/go-test.sh race-computing -race -timeout 15m \
	-run 'Together|Waiting|Shared|Interrupt|Patience|Query|Leaves|Supply|Looped|Cancel' ./runtime/engine ./models/train

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
scripts/go-test.sh race -race -timeout 20m -skip '^(TestGuard|TestDay)$' "${packages[@]}"
[ "${1-}" != pure ] || exit 0
# Beside the 80 s of the above these take 50, 80 and 100 s on two hyperthreads, and their
# binaries 90 s, or some minutes more where go-gst was never built for the detector.
mapfile -t packages < <("$go" list ./element/... | grep -v '/avidwebrtcsink$')
scripts/go-test.sh race-elements -race -timeout 25m "${packages[@]}"
# Left out are the tests of avidwebrtcsink that hold what comes of a real bundle at the
# pace of a clock: under the detector a machine with other work falls behind, and then
# windows and frames are rightly left out. make test has them; the goroutines that they
# use are those of TestMarksOnEncoded, TestSilentCamera, TestViewer and TestManyViewers.
paced='^(TestSameEvents|TestMarks|TestLate|TestNumbersSurvive)$'
scripts/go-test.sh race-sink -race -timeout 25m -skip "$paced" ./element/avidwebrtcsink
exec scripts/go-test.sh race-computing -race -timeout 15m \
	-run 'Together|Waiting|Shared|Interrupt|Patience|Query|Leaves|Supply|Looped|Cancel' ./runtime/engine ./models/train

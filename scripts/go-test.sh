#!/usr/bin/env bash
# go-test.sh NAME [go test arguments] : runs go test, and fails too when no
# test ran. Prints 'NAME: N passed, N failed', counting packages. make lint vets, once.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

name=$1
shift
log=$root/build/test-$name.log
mkdir -p "$root/build"
# Many tests wait, for a stream's pace, a browser or a server, so that on two cores
# two packages at a time, Go's default, would leave a core without work.
jobs=$(nproc)
"${GO:-go}" test -count=1 -vet=off -p "$((jobs > 4 ? jobs : 4))" "$@" 2>&1 | tee "$log"
rc=${PIPESTATUS[0]}

passed=$(grep '^ok[[:space:]]' "$log" | grep -vc '\[no tests to run\]$' || true)
failed=$(grep -c '^FAIL[[:space:]]' "$log" || true)
[ "$rc" = 0 ] || [ "$failed" != 0 ] || failed=1 # it did not come to a test
echo "$name: $passed passed, $failed failed"
[ "$passed" -gt 0 ] || die "no test ran"
exit "$rc"

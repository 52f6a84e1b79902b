#!/usr/bin/env bash
# fuzz.sh TIME: runs every fuzz target of the module for TIME.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$root"

go=${GO:-go} ran=0
while read -r package; do
	while read -r target; do
		say "$package $target"
		"$go" test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-10s}" -fuzzminimizetime 1s "$package" </dev/null
		ran=$((ran + 1))
	done < <("$go" test -list '^Fuzz' "$package" </dev/null | grep '^Fuzz' || true)
done < <(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n 1 dirname | sort -u)
[ "$ran" -gt 0 ] || die "no fuzz target ran"

#!/usr/bin/env bash
# npm.sh TARGET…: has npm install Biome and axe, pinned by tools/package-lock.json,
# so that the files are at the TARGETs, below build/npm. The lock has their sums.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

npm=$root/build/npm log=$root/build/npm.log
have npm || die "npm is needed to fetch Biome, which make lint and make format use, and axe, which tests use"
mkdir -p "$npm"
cp --remove-destination "$root/tools/package.json" "$root/tools/package-lock.json" "$npm"
say "fetching the pinned Biome and axe"
(cd "$npm" && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund 3> >(patience "fetching them") >"$log" 2>&1) || {
	cat "$log" >&2
	die "npm could not fetch Biome and axe"
}
for target; do touch "$root/$target"; done

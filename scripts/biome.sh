#!/usr/bin/env bash
# biome.sh TARGET: has npm install Biome, pinned by tools/package-lock.json, so
# that the command is at TARGET, below build/npm. The lock has the files' sums.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

target=$1 npm=$root/build/npm log=$root/build/npm.log
have npm || die "npm is needed to fetch Biome, which make lint and make format use"
mkdir -p "$npm"
cp "$root/tools/package.json" "$root/tools/package-lock.json" "$npm"
say "fetching the pinned Biome"
(cd "$npm" && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund >"$log" 2>&1) || {
	cat "$log" >&2
	die "npm could not fetch Biome"
}
touch "$root/$target"

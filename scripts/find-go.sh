#!/usr/bin/env bash
# Prints the path of a Go command that can build avid: one as new as go.mod
# asks, else one that fetches that version by itself. Exits 1 if there is none.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

version_of() { (cd / && GOTOOLCHAIN=local "$1" version 2>/dev/null) | sed -n 's/^go version go\([0-9.]*\).*/\1/p'; }

want=$(required_go)
bootstrap=
for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go/bin/go /usr/lib/go-*/bin/go; do
	[ -x "$go" ] || continue
	v=$(version_of "$go")
	[ -n "$v" ] || continue
	if at_least "$v" "$want"; then
		echo "$go"
		exit 0
	fi
	if [ -z "$bootstrap" ] && at_least "$v" "$GO_BOOTSTRAP_MIN"; then
		bootstrap=$go
	fi
done
[ -n "$bootstrap" ] || exit 1
echo "$bootstrap"

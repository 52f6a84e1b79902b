# Helpers of the other scripts. Sourced, not run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/versions.sh
. "$root/scripts/versions.sh"

say() { printf 'avid: %s\n' "$*"; }
complain() { printf 'avid: %s\n' "$*" >&2; }
die() {
	complain "$@"
	exit 1
}

# patience WHAT: says every 20 s that WHAT goes on, until its input ends. As the first
# redirection of a command, 3> >(patience WHAT), it lasts as long as the command.
patience() {
	local got start=$SECONDS
	while :; do
		got=0
		read -r -t 20 _ || got=$?
		[ "$got" != 1 ] || return 0 # the end; above 128: nothing came in time
		[ "$got" = 0 ] || say "still $1 ($((SECONDS - start)) s)"
	done
}

# have NAME... : every command is on the PATH.
have() {
	local c
	for c; do
		command -v "$c" >/dev/null 2>&1 || return 1
	done
}

# have_pip: Python's pip, which Debian has apart from Python.
have_pip() { have python3 && python3 -m pip --version >/dev/null 2>&1; }

# at_least HAVE WANT: version HAVE is not older than WANT.
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# sha256_is FILE SUM
sha256_is() {
	[ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$2" ]
}

# place SOURCE TARGET [MODE]: copies a file so that TARGET is never half written.
# It runs in a shell of its own, so that the caller keeps its own trap; && and not
# set -e, which a caller's || turns off.
place() (
	mkdir -p "$(dirname "$2")" && part=$(mktemp "$2.XXXXXX") || exit
	trap 'rm -f "$part"' EXIT
	cat "$1" >"$part" && chmod "${3:-0644}" "$part" && mv -f "$part" "$2"
)

# pip_download ARGUMENT...: of the named packages the wheels alone, and no second copy in a
# cache.
pip_download() { python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps "$@"; }

# required_go: the version that go.mod names, as 1.26.0.
required_go() { sed -n 's/^go \([0-9.]*\)$/\1/p' "$root/go.mod"; }

#!/usr/bin/env bash
# Installs what avid needs and this machine lacks; says nothing when that is
# nothing. System packages need root, on Debian >= 12 or Ubuntu >= 25.04;
# elsewhere it says what is missing and exits 1.
#   setup.sh           everything
#   setup.sh --tests   and the browsers and servers that tests drive
#   setup.sh --servers and the servers of docs/servers.md
#   setup.sh --lint    and the formatters and linters of C and of shell scripts
#   setup.sh --system  only the system packages (for sudo)
#   setup.sh --check   only says what is missing
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/needs.sh
. "$root/scripts/needs.sh"

# supported: apt can give all of it here.
supported() {
	have apt-get || return 1
	case ${ID-} in
	debian) at_least "${VERSION_ID:-99}" 12 ;; # testing and sid have no number
	ubuntu) at_least "${VERSION_ID:-0}" 25.04 ;;
	*) false ;;
	esac
}

tell() {
	complain "missing on this machine (${PRETTY_NAME:-unknown system}):"
	printf '  - %s\n' "${missing_what[@]}" >&2
	if ! supported; then
		complain "make setup installs them on Debian 12 and 13 and on Ubuntu 25.04 and later; here, install them with this system's own package manager."
		complain "On Debian these packages hold them: ${missing_packages[*]}"
	elif [ "$(id -u)" != 0 ]; then
		complain "they need root: sudo $root/scripts/setup.sh --system"
		complain "which runs: apt-get install --no-install-recommends ${missing_packages[*]}"
	else
		complain "make setup installs them: ${missing_packages[*]}"
	fi
}

# system [--check] [KIND…]: the packages, those of further kinds too.
system() {
	if [ "${1-}" = --check ] || ! supported || [ "$(id -u)" != 0 ]; then
		missing
		[ ${#missing_what[@]} -gt 0 ] || return 0
		tell
		exit 1
	fi
	missing optional "$@"
	[ ${#missing_what[@]} -gt 0 ] || return 0
	"$root/scripts/apt.sh" "${missing_packages[@]}"
	hash -r
	missing optional "$@"
	[ ${#missing_what[@]} -eq 0 ] || {
		complain "still missing after the packages were installed:"
		printf '  - %s\n' "${missing_what[@]}" >&2
		exit 1
	}
}

# go_toolchain has Go fetch the version that go.mod names if it is older. It
# checks what it fetches against the checksum database.
go_toolchain() {
	local go want got
	go=$("$root/scripts/find-go.sh") want=$(required_go)
	export GOTOOLCHAIN=auto
	got=$(cd "$root" && GOPROXY=off "$go" env GOVERSION 2>/dev/null) || { # it is not there yet
		say "fetching the Go that go.mod names (72 MB)"
		got=$(cd "$root" && "$go" env GOVERSION 3> >(patience "fetching it" >&2)) ||
			die "$go could not fetch Go $want, which go.mod names: is the network there? Run this again then"
	}
	at_least "${got#go}" "$want" || die "$go gives $got, and go.mod names $want"
}

# go_modules fetches what the build needs of other modules, so that it needs no network.
go_modules() {
	local go
	go=$("$root/scripts/find-go.sh")
	export GOTOOLCHAIN=auto
	! (cd "$root" && GOPROXY=off "$go" list -deps ./cmd/avid ./plugin) >/dev/null 2>&1 || return 0
	say "fetching the Go modules that avid is built from"
	(cd "$root" && "$go" list -deps ./cmd/avid ./plugin) 3> >(patience "fetching them") >/dev/null 2>"$root/build/modules.log" || {
		tail -n 3 "$root/build/modules.log" >&2
		die "$go could not fetch them: is the network there? Run this again then (all of it is in $root/build/modules.log)"
	}
}

[ ! -r /etc/os-release ] || . /etc/os-release
mkdir -p "$root/build"
if have flock; then # two at once take turns
	exec 9>"$root/build/.setup.lock"
	flock 9
fi
case ${1-} in
--check) system --check ;;
--system) system ;;
"" | --tests | --servers | --lint)
	kinds=(${1:+"${1#--}"})
	[ "${1-}" != --tests ] || kinds+=(servers)
	system "${kinds[@]}"
	go_toolchain
	go_modules
	"$root/scripts/onnxruntime.sh"
	"$root/scripts/features.sh"
	[[ " ${kinds[*]-} " != *" servers "* ]] || "$root/scripts/media-servers.sh"
	;;
*) die "usage: setup.sh [--tests|--servers|--lint|--system|--check]" ;;
esac

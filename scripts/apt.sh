#!/usr/bin/env bash
# apt.sh PACKAGE... : installs packages on Debian >= 12 and Ubuntu >= 25.04, as
# root. On Debian 12, whose GStreamer is 1.22, suite trixie becomes a second
# source first: same mirror, same key, pinned at 100.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

etc=${AVID_APT_ETC:-/etc/apt} # another folder in tests only
mkdir -p "$root/build"
source_file=$etc/sources.list.d/avid-trixie.sources
pin_file=$etc/preferences.d/avid-trixie
log=$root/build/setup.log

# sources: every enabled binary source of this machine, one a line:
# suite <tab> URI <tab> Signed-By. Reads both forms that apt knows.
sources() {
	local f
	for f in "$etc/sources.list" "$etc"/sources.list.d/*.list; do
		[ -f "$f" ] || continue
		# deb [options] URI suite component...
		sed -n 's/#.*//; s/^[[:space:]]*deb[[:space:]]\{1,\}//p' "$f" |
			while read -r line; do
				local options='' key=''
				if [[ $line == \[* ]]; then
					options=${line%%\]*} line=${line#*\]}
					key=$(tr '[:blank:][' '\n' <<<"$options" | sed -n 's/^signed-by=//p' | tr ',' ' ')
				fi
				# shellcheck disable=SC2086 # into words
				set -- $line
				if [ $# -ge 3 ] && [[ " ${*:3} " == *" main "* ]]; then
					printf '%s\t%s\t%s\n' "$2" "$1" "$key"
				fi
			done
	done
	for f in "$etc"/sources.list.d/*.sources; do
		[ -f "$f" ] || continue
		awk '
			function flush(   i, n, suites) {
				if (v["types"] ~ /(^| )deb( |$)/ && v["components"] ~ /(^| )main( |$)/ && tolower(v["enabled"]) !~ /^(no|false|0)$/) {
					n = split(v["suites"], suites, " ")
					split(v["uris"], uri, " ")
					for (i = 1; i <= n; i++) printf "%s\t%s\t%s\n", suites[i], uri[1], v["signed-by"]
				}
				delete v; key = ""
			}
			/^#/ { next }
			/^[ \t]*$/ { flush(); next }
			# A key in the file itself goes on over indented lines; \001 stands for their line ends.
			/^[ \t]/ { sub(/^[ \t]+/, ""); v[key] = v[key] (key == "signed-by" ? "\001" : " ") $0; next }
			{ key = tolower($0); sub(/:.*/, "", key); sub(/^[^:]*:[ \t]*/, ""); v[key] = $0 }
			END { flush() }
		' "$f"
	done
}

# stanza SUITE NEW: the source of SUITE, written for suite NEW.
stanza() {
	local uri key
	IFS=$'\t' read -r uri key < <(sed -n "s/^$1\t//p" <<<"$all_sources") || true
	[ -n "$uri" ] || return 1
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$2"
	[ -z "$key" ] || printf 'Signed-By: %s\n' "${key//$'\001'/$'\n '}"
}

pin() { printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$1"; }

# is_bookworm: this is Debian 12, or was until a package of trixie told
# otherwise: apt's own sources are bookworm's and not trixie's.
is_bookworm() {
	[ "$ID" = debian ] || return 1
	[ -e "$source_file" ] && return 0
	grep -q '^bookworm	' <<<"$all_sources" && ! grep -q '^\(trixie\|stable\)	' <<<"$all_sources"
}

add_trixie() {
	[ ! -e "$source_file" ] || return 0
	say "Debian 12 has GStreamer 1.22 and avid needs $GSTREAMER_MIN: adding Debian 13 (trixie) as a second package source."
	say "It is pinned at priority 100, so only what avid needs comes from it, with the libraries below that (the C library among them)."
	say "Files: $source_file and $pin_file; without them apt is as before, the installed packages stay."
	local new=$root/build/apt.new
	stanza bookworm trixie >"$new" ||
		die "no source of suite bookworm, component main, in $etc: cannot tell the mirror. Add suite trixie yourself and run this again"
	pin trixie >"$new.pin"
	if security=$(stanza bookworm-security trixie-security); then
		printf '\n%s\n' "$security" >>"$new"
		{ echo && pin trixie-security; } >>"$new.pin"
	fi
	place "$new.pin" "$pin_file" # the pin first: never trixie without it
	place "$new" "$source_file"
	rm -f "$new" "$new.pin"
}

run() {
	"$@" >>"$log" 2>&1 </dev/null || {
		tail -n 20 "$log" >&2
		die "failed: $* (all of it is in $log)"
	}
}

# progress: reads apt's status lines, and says every 20 s how far it is.
progress() {
	local last=$SECONDS kind share
	while IFS=: read -r kind _ share _; do
		[ $((SECONDS - last)) -ge 20 ] || continue
		last=$SECONDS
		case $kind in
		dlstatus) say "apt has fetched ${share%.*} %" ;;
		pmstatus) say "apt has installed ${share%.*} %" ;;
		esac
	done
}

main() {
	mkdir -p "$root/build"
	: >"$log"
	local target=()
	if is_bookworm; then
		add_trixie
		target=(-t trixie)
	fi
	say "installing with apt, which takes some minutes: $*"
	export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
	run apt-get update -q -o DPkg::Lock::Timeout=300
	run apt-get install -y -q --no-install-recommends "${target[@]}" \
		-o DPkg::Lock::Timeout=300 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
		-o APT::Status-Fd=3 "$@" 3> >(progress)
}

. /etc/os-release
all_sources=$(sources)
if [ "${1-}" = --trixie-source-only ]; then
	add_trixie
else
	main "$@"
fi

#!/usr/bin/env bash
# lint.sh: what make lint checks beside Go: the look and the faults of the C
# code, of the preview's page (with Biome at $BIOME), and of the shell scripts.
#   lint.sh --format  formats the C code and the page instead
# What is not on a machine that apt does not serve is said and left out.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$root"
clang=clang-format-$CLANG_FORMAT page=runtime/preview/page failed=0

mapfile -t c < <(find element plugin runtime \( -name '*.c' -o -name '*.h' \) | sort)
[ ${#c[@]} -gt 0 ] || die "no C code found"

absent() { complain "no $1 here: $2 not checked"; }

# check COMMAND...: goes on to the next where it finds something.
check() { "$@" || failed=1; }

if [ "${1-}" = --format ]; then
	have "$clang" || die "no $clang here, which formats the C code"
	"$clang" -i "${c[@]}"
	"$BIOME" check --write --log-level=warn "$page"
	exit
fi

if have "$clang"; then
	check "$clang" --dry-run --Werror "${c[@]}"
else
	absent "$clang" "the look of the C code"
fi
# The classes style and information are left to the C compiler's warnings.
if have cppcheck; then
	check cppcheck --quiet --std=c11 --library=gtk -I element/gstc --check-level=exhaustive \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 "${c[@]}"
else
	absent cppcheck "the C code"
fi
check "$BIOME" check --error-on-warnings --log-level=warn "$page"
if have shellcheck; then
	check shellcheck .ci/run scripts/*.sh pipelines/*.sh
else
	absent shellcheck "shell scripts"
fi
exit "$failed"

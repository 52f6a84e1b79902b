#!/usr/bin/env bash
# patiently.sh WHAT COMMAND…: runs the command, and says every 20 s that WHAT goes on.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

what=$1
shift
"$@" 3> >(patience "$what")

#!/usr/bin/env bash
# element-reference.sh ELEMENT: the element's reference as Markdown, from what
# gst-inspect-1.0 says of it, so that it cannot differ from the code.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

element=$1
export LC_ALL=C.UTF-8
text=$(gst-inspect-1.0 --no-colors "$element") || die "gst-inspect-1.0 does not know $element"
awk -v element="$element" '
	BEGIN {
		print "# " element
		print ""
		print "<!-- Written by `make docs` from gst-inspect-1.0; do not edit. -->"
	}
	# A heading at the margin begins a section; what we do not print is skipped.
	/^[A-Za-z]/ {
		section = $0
		sub(/:.*/, "", section)
		if (section == "Pad Templates") print "\n## Pads\n"
		if (section == "Element Properties") print "\n## Properties"
		next
	}
	section == "Factory Details" && $1 == "Description" {
		sub(/^ *Description */, "")
		print "\n" $0 "."
		next
	}
	section == "Pad Templates" && /template:/ { gsub(/\047/, "", $3); print "- **" $3 "**"; next }
	section == "Pad Templates" && /^ +[a-z]+\/[a-z0-9.-]+/ { print "  - `" $1 "`"; next }
	section == "Pad Templates" && /^ +[a-z-]+: / {
		sub(/^ +/, "")
		name = $0; sub(/:.*/, "", name); sub(/^[^:]*: */, ""); gsub(/\(string\)/, "")
		print "  - " name ": `" $0 "`"
		next
	}
	section != "Element Properties" { next }
	# "  name    : what it is"; what GstObject and GstBin bring is left out.
	/^  [a-z][a-z0-9-]* *: / {
		name = $1; sub(/:$/, "", name)
		skip = name ~ /^(name|parent|qos|async-handling|message-forward)$/
		if (skip) next
		sub(/^  [a-z][a-z0-9-]* *: /, "")
		print "\n### " name "\n\n" $0 ".\n"
		next
	}
	skip || /^ *$/ { next }
	{ sub(/^ +/, "") }
	/^flags: / { sub(/^flags: (readable(, )?)?/, ""); print "- " ($0 == "" ? "read only" : $0); next }
	/^\(0x[0-9a-f]+\): / || /^\([0-9]+\): / { sub(/^[^:]*: /, ""); nick = $1; sub(/^[^ ]+ +- /, ""); print "  - `" nick "`: " $0; next }
	{ gsub(/  +/, " "); sub(/ $/, ""); print "- " $0 }
' <<<"$text"

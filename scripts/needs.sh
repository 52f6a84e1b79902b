# What avid needs from the system, and how to tell whether it is there.
# Sourced by setup.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# Each need is 'what it is|check and its arguments|Debian and Ubuntu packages';
# with '|optional' it is installed where apt can, and not missed elsewhere;
# '|tests', '|servers' and '|lint' are the same for setup.sh --tests, --servers and
# --lint; --tests has what --servers has too.
needs=(
	"a C compiler with headers|has_cc|gcc libc6-dev"
	"pkg-config|have pkg-config|pkg-config"
	"make|have make|make"
	"git|have git|git|optional"
	"trusted root certificates|has_certificates|ca-certificates"
	"Go $(required_go) or newer, or one that fetches it|has_go|golang-go"
	"GStreamer >= $GSTREAMER_MIN with development files|has_module gstreamer-1.0 gstreamer-check-1.0|libgstreamer1.0-dev"
	"GStreamer's base libraries, development files|has_module gstreamer-video-1.0 gstreamer-app-1.0 gstreamer-rtp-1.0|libgstreamer-plugins-base1.0-dev"
	"GStreamer's analytics library, development files|has_module gstreamer-analytics-1.0|libgstreamer-plugins-bad1.0-dev"
	"gst-launch-1.0 and gst-inspect-1.0|have gst-launch-1.0 gst-inspect-1.0|gstreamer1.0-tools"
	"GStreamer's base plugins|has_element videoconvert decodebin videotestsrc|gstreamer1.0-plugins-base"
	"GStreamer's good plugins|has_element qtdemux avidemux jpegdec pngenc rtspsrc vp8enc|gstreamer1.0-plugins-good"
	"GStreamer's bad plugins|has_element h264parse objectdetectionoverlay|gstreamer1.0-plugins-bad"
	"GStreamer's H.264 encoder|has_element x264enc|gstreamer1.0-plugins-ugly"
	"GStreamer's decoders from FFmpeg|has_element avdec_h264|gstreamer1.0-libav"
	"GStreamer's ICE elements|has_element nicesrc|gstreamer1.0-nice|optional"
	"Chromium, which tests of the preview drive|has_browser chromium chromium-browser google-chrome google-chrome-stable|chromium|tests"
	"xmllint, which holds ONVIF's documents against their schema|have xmllint|libxml2-utils|tests"
	"Python's bindings of GStreamer, which a test uses|has_python_gst|python3-gi gir1.2-gstreamer-1.0|tests"
	"Mosquitto, a broker of MQTT|has_mosquitto|mosquitto|servers"
	"Mosquitto's clients|have mosquitto_sub|mosquitto-clients|servers"
	"GStreamer's client that sends to an RTSP server|has_element rtspclientsink|gstreamer1.0-rtsp|servers"
	"GStreamer's RTSP server for Python|has_rtsp_server|python3-gi gir1.2-gst-rtsp-server-1.0|servers"
	"Firefox, which tests of the preview drive|has_browser firefox-esr firefox|firefox-esr|tests"
	"shellcheck|have shellcheck|shellcheck|lint"
	"clang-format $CLANG_FORMAT|have clang-format-$CLANG_FORMAT|clang-format-$CLANG_FORMAT|lint"
	"cppcheck|have cppcheck|cppcheck|lint"
	"npm, which fetches Biome|have npm|npm|lint"
	"npm, which fetches axe, which tests of the preview use|have npm|npm|tests"
)

has_python_gst() { /usr/bin/python3 -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst' >/dev/null 2>&1; }

has_rtsp_server() { /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer' >/dev/null 2>&1; }

# Debian has it in /usr/sbin, which is not in the PATH of all users.
has_mosquitto() { have mosquitto || [ -x /usr/sbin/mosquitto ]; }

has_cc() { have gcc && echo '#include <stdio.h>' | gcc -E -x c - >/dev/null 2>&1; }

has_module() {
	local m
	for m; do
		pkg-config --atleast-version="$GSTREAMER_MIN" "$m" 2>/dev/null || return 1
	done
}

has_element() {
	local e
	for e; do
		gst-inspect-1.0 --exists "$e" >/dev/null 2>&1 || return 1
	done
}

# Ubuntu has browsers as snaps only, which containers cannot install.
has_browser() {
	local b
	for b; do
		! have "$b" || return 0
	done
	[ "${ID-}" = ubuntu ]
}

has_go() { "$root/scripts/find-go.sh" >/dev/null; }

has_certificates() {
	[ -s "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" ] ||
		[ -s /etc/pki/tls/certs/ca-bundle.crt ]
}

# pip only fetches ONNX Runtime, so it is needed only until that is there. npm serves
# as well, but Debian's takes 350 packages.
has_fetcher_or_library() { have_pip || have npm || "$root/scripts/onnxruntime.sh" --offline >/dev/null 2>&1; }
needs+=("pip, which fetches ONNX Runtime $ORT_VERSION|has_fetcher_or_library|python3-pip")

# missing KIND…: fills the arrays missing_what and missing_packages, with the
# needs of a kind only when asked.
missing() {
	local n what check packages kind
	missing_what=() missing_packages=()
	for n in "${needs[@]}"; do
		IFS='|' read -r what check packages kind <<<"$n"
		[ -z "$kind" ] || [[ " $* " == *" $kind "* ]] || continue
		# shellcheck disable=SC2086 # a command and its arguments
		if ! $check; then
			missing_what+=("$what")
			# shellcheck disable=SC2206 # several packages
			missing_packages+=($packages)
		fi
	done
}

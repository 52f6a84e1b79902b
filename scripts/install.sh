#!/usr/bin/env bash
# install.sh install|uninstall PREFIX: the plugin where GStreamer looks for
# plugins, the tool in PREFIX/bin, ONNX Runtime in PREFIX/lib/avid and, as a
# link, beside the plugin, the weights of the feature network with it; what make setup-cuda fetched goes into folders in
# PREFIX/lib/avid. Everything is put below $DESTDIR when that is set.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

verb=$1 prefix=${2%/}
[ -n "$prefix" ] || die "PREFIX is empty: is GStreamer there (make setup)?"
case $prefix in /*) ;; *) die "PREFIX must be an absolute path, not $prefix" ;; esac
dest=${DESTDIR-}
have pkg-config || die "pkg-config is missing: make setup"

own=$(pkg-config --variable=prefix gstreamer-1.0)
own_plugins=$(pkg-config --variable=pluginsdir gstreamer-1.0)
user_data=${XDG_DATA_HOME:-${HOME:-/root}/.local/share}
if [ "$prefix" = "$own" ]; then
	plugins=$own_plugins
elif [ "$prefix/share" = "$user_data" ]; then
	plugins=$user_data/gstreamer-1.0/plugins # GStreamer looks there for this user
else
	plugins=$prefix/${own_plugins#"$own/"}
fi
plugin=$plugins/libgstavid.so
tool=$prefix/bin/avid
library=$prefix/lib/avid/libonnxruntime.so.1
features=$prefix/lib/avid/efficientnet-lite0.pth
beside=$plugins/avid/libonnxruntime.so.1
# GStreamer never looks in /usr/local by itself: a link leads it there.
link=
[ "$prefix" != /usr/local ] || [ -n "$dest" ] || link=$own_plugins/libgstavid.so

# place_folder NAME: build/lib/NAME into PREFIX/lib/avid, where it is not there yet
# as it is. It is gigabytes: copied beside and renamed.
place_folder() (
	from=$root/build/lib/$1 to=$dest$prefix/lib/avid/$1
	[ -f "$from/versions.txt" ] || exit 0
	if diff -q <(cd "$from" && stat -c '%n %s' -- *) <(cd "$to" 2>/dev/null && stat -c '%n %s' -- *) >/dev/null &&
		cmp -s "$from/versions.txt" "$to/versions.txt"; then
		exit 0
	fi
	rm -rf "$to.part"
	trap 'rm -rf "$to.part"' EXIT
	mkdir -p "$to.part"
	cp "$from"/* "$to.part/"
	rm -rf "$to"
	mv "$to.part" "$to"
	say "installed $to"
)

install_all() {
	local f
	for f in build/gstreamer-1.0/libgstavid.so build/avid build/lib/libonnxruntime.so.1; do
		[ -f "$root/$f" ] || die "$f is missing: make setup, then make"
	done
	place "$root/build/lib/libonnxruntime.so.1" "$dest$library"
	[ ! -f "$root/build/lib/efficientnet-lite0.pth" ] || place "$root/build/lib/efficientnet-lite0.pth" "$dest$features"
	place "$root/build/avid" "$dest$tool" 0755
	place_folder cuda
	place_folder tensorrt
	mkdir -p "$dest$plugins/avid"
	ln -sfn "$(realpath -m --relative-to="$plugins/avid" "$library")" "$dest$beside"
	place "$root/build/gstreamer-1.0/libgstavid.so" "$dest$plugin"
	say "installed $dest$plugin, $dest$tool and $dest$library"
	if [ -n "$link" ]; then
		ln -sfn "$plugin" "$link"
		say "GStreamer does not look below /usr/local: $link links to the plugin"
	elif [ "$prefix" != "$own" ] && [ "$plugins" = "${plugins#"$user_data"}" ]; then
		say "GStreamer will not look there by itself: export GST_PLUGIN_PATH=$plugins"
	fi
	case ":$PATH:" in
	*":$prefix/bin:"*) ;;
	*) say "the tool's folder is not on your PATH: export PATH=$prefix/bin:\$PATH" ;;
	esac
}

uninstall_all() {
	local f
	for f in "$plugin" "$beside" "$library" "$features" "$tool"; do
		rm -f "$dest$f"
	done
	rm -rf "$dest$prefix/lib/avid/cuda" "$dest$prefix/lib/avid/tensorrt"
	[ -z "$link" ] || [ ! -L "$link" ] || rm -f "$link"
	rmdir --ignore-fail-on-non-empty "$dest$plugins/avid" "$dest$prefix/lib/avid" 2>/dev/null || true
	say "removed from $dest$prefix"
}

case $verb in
install) install_all ;;
uninstall) uninstall_all ;;
*) die "usage: install.sh install|uninstall PREFIX" ;;
esac

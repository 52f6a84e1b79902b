#!/usr/bin/env bash
# Puts ONNX Runtime's build for NVIDIA GPUs, with CUDA's and cuDNN's libraries, into
# build/lib/cuda: 1.7 GB, taken out of the wheels that cuda-requirements.txt pins by
# hash. Says nothing when they are there.
#   cuda.sh                   from the package index that pip is configured for, or
#                             from wheels in $AVID_CUDA_FROM, without a network
#   TENSORRT=1 cuda.sh        TensorRT as well, into build/lib/tensorrt
#   cuda.sh --wheels FOLDER   only fetches the wheels, for AVID_CUDA_FROM elsewhere
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

requirements=$root/scripts/cuda-requirements.txt
# The pip client may run on another Python than the wheel is for, or another machine.
wheel_tags=(--only-binary=:all: --implementation cp --python-version 312 --abi cp312)
for tag in _2_28 _2_27 _2_17 2014 _2_12 2010; do
	wheel_tags+=(--platform "manylinux${tag}_x86_64")
done

# The files wanted, as Python's fnmatch has them, and for TensorRT.
cuda_files=('libonnxruntime.so.*' libonnxruntime_providers_shared.so libonnxruntime_providers_cuda.so
	libonnxruntime_providers_tensorrt.so 'libcublas.so.*' 'libcublasLt.so.*' 'libcudart.so.*'
	'libcurand.so.*' 'libnvrtc.so.*' 'libnvrtc-builtins.so.*' 'libcudnn.so.*' 'libcudnn_*.so.*')
tensorrt_files=('libnvinfer.so.*' 'libnvinfer_plugin.so.*' 'libnvinfer_builder_resource*.so.*' 'libnvonnxparser.so.*')

# pins FILE: 'name version' of each requirement.
pins() { sed -n 's/^\([a-z0-9-]*\)==\([^ ]*\).*/\1 \2/p' "$1"; }

# complete FOLDER VERSIONS PATTERN... : the folder is of these versions, none lacks.
complete() {
	local folder=$1 versions=$2 p
	shift 2
	[ "$(cat "$folder/versions.txt" 2>/dev/null)" = "$versions" ] || return 1
	for p; do
		case $p in 'libonnxruntime.so.*') p=libonnxruntime.so.1 ;; esac
		compgen -G "$folder/$p" >/dev/null || return 1
	done
}

# room KILOBYTES WHERE
room() {
	local free
	free=$(df -Pk "$2" | awk 'END { print $4 }')
	[ "$free" -ge "$1" ] ||
		die "too little disk: $2 has $((free / 1024)) MB free, and $(($1 / 1024)) MB are needed"
}

# fetch FOLDER ARGUMENT... : pip download into it.
fetch() {
	local folder=$1 source=()
	shift
	[ -z "${AVID_CUDA_FROM-}" ] || source=(--no-index --find-links "$AVID_CUDA_FROM")
	# The temporary files where the room was looked for.
	TMPDIR=$folder pip_download \
		"${source[@]}" "${wheel_tags[@]}" -d "$folder" "$@" >"$folder/pip.log" 2>&1 || {
		cat "$folder/pip.log" >&2
		die "pip could not get the wheels${AVID_CUDA_FROM:+ from $AVID_CUDA_FROM (scripts/cuda.sh --wheels FOLDER, where there is a network, fills such a folder)}"
	}
}

# unpack WORK PATTERN... : the wanted files of all wheels in WORK, flat into
# WORK/lib; each wheel is removed once it is done, to save room.
unpack() {
	python3 - "$@" <<'PYTHON'
import fnmatch, glob, os, shutil, sys, zipfile
work, patterns = sys.argv[1], sys.argv[2:]
os.makedirs(work + "/lib")
for wheel in sorted(glob.glob(work + "/*.whl")):
    with zipfile.ZipFile(wheel) as z:
        for entry in z.namelist():
            name = os.path.basename(entry)
            if not any(fnmatch.fnmatch(name, p) for p in patterns):
                continue
            if fnmatch.fnmatch(name, "libonnxruntime.so.*"):
                name = "libonnxruntime.so.1"  # its soname, which avid looks for
            with z.open(entry) as source, open(work + "/lib/" + name, "xb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            os.chmod(work + "/lib/" + name, 0o755)
    os.remove(wheel)
PYTHON
}

# resolved FOLDER... : what the libraries in the first need is in these or in the
# system, but for the driver's own, which may come later, and TensorRT's.
resolved() {
	local folders found
	folders=$(IFS=: && echo "$*")
	found=$(LD_LIBRARY_PATH=$folders ldd "$1"/*.so* 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found$/\1/p' |
		grep -v -e '^libcuda\.so\.1$' -e '^libnv\(infer\|onnxparser\)' | sort -u | tr '\n' ' ' || true)
	[ -z "$found" ] || die "what was fetched needs libraries that are not on this machine: $found"
}

# replace NEW TARGET
replace() {
	rm -rf "$2.old"
	[ ! -e "$2" ] || mv "$2" "$2.old"
	mv "$1" "$2"
	rm -rf "$2.old"
}

# install_from WHAT TARGET VERSIONS FOLDER PATTERN... : from the wheels in FOLDER.
install_from() {
	local what=$1 target=$2 versions=$3 from=$4
	shift 4
	unpack "$from" "$@"
	printf '%s\n' "$versions" >"$from/lib/versions.txt"
	complete "$from/lib" "$versions" "$@" || die "the wheels of $what lack a library that was expected: not installed"
	resolved "$from/lib" "$root/build/lib/cuda"
	replace "$from/lib" "$target"
	say "$what is in build/lib/${target##*/}; it needs NVIDIA's driver $CUDA_DRIVER_MIN or newer"
}

usable() {
	[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] ||
		die "there are pinned CUDA libraries for Linux on x86_64 alone, and this is $(uname -s) on $(uname -m): build ONNX Runtime for it, and give its path in AVID_ONNXRUNTIME"
	python3 -m pip --version >/dev/null 2>&1 ||
		die "pip is needed to get the CUDA libraries: apt install python3-pip"
	[ -z "${AVID_CUDA_FROM-}" ] || [ -d "$AVID_CUDA_FROM" ] || die "AVID_CUDA_FROM is no folder: $AVID_CUDA_FROM"
}

case ${1-} in
--wheels)
	[ -n "${2-}" ] || die "usage: cuda.sh --wheels FOLDER"
	usable
	mkdir -p "$2"
	room 1500000 "$2"
	fetch "$2" --require-hashes -r "$requirements"
	rm -f "$2/pip.log"
	exit 0
	;;
"") ;;
*) die "usage: cuda.sh [--wheels FOLDER]" ;;
esac

cuda=$root/build/lib/cuda tensorrt=$root/build/lib/tensorrt
cuda_versions=$(pins "$requirements") tensorrt_versions="tensorrt $TENSORRT_VERSION"
[ "$(awk '$1 == "onnxruntime-gpu" { print $2 }' <<<"$cuda_versions")" = "$ORT_VERSION" ] ||
	die "scripts/cuda-requirements.txt and scripts/versions.sh name two versions of ONNX Runtime"
mkdir -p "$root/build/lib"
if have flock; then # two at once take turns
	exec 9>"$root/build/.cuda.lock"
	flock 9
fi
want_tensorrt=${TENSORRT-}
[ "$want_tensorrt" != 0 ] || want_tensorrt=
missing_cuda='' missing_tensorrt=''
complete "$cuda" "$cuda_versions" "${cuda_files[@]}" || missing_cuda=1
[ -z "$want_tensorrt" ] || complete "$tensorrt" "$tensorrt_versions" "${tensorrt_files[@]}" || missing_tensorrt=1
[ -n "$missing_cuda$missing_tensorrt" ] || exit 0

usable
rm -rf "$root"/build/lib/fetch.?????? # of a run that was killed
work=$(mktemp -d "$root/build/lib/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -n "$missing_cuda" ]; then
	room 3200000 "$work"
	say "getting ONNX Runtime $ORT_VERSION for NVIDIA GPUs, CUDA and cuDNN (1.2 GB of wheels, 1.7 GB on disk)"
	mkdir "$work/cuda"
	fetch "$work/cuda" --require-hashes -r "$requirements"
	install_from "CUDA" "$cuda" "$cuda_versions" "$work/cuda" "${cuda_files[@]}"
fi
if [ -n "$missing_tensorrt" ]; then
	room 10000000 "$work"
	say "getting TensorRT $TENSORRT_VERSION from NVIDIA's own index (several GB)"
	mkdir "$work/tensorrt"
	# The wheels are in NVIDIA's index alone; that of Python has only what leads there.
	fetch "$work/tensorrt" --index-url https://pypi.nvidia.com "tensorrt-cu13-libs==$TENSORRT_VERSION"
	install_from "TensorRT" "$tensorrt" "$tensorrt_versions" "$work/tensorrt" "${tensorrt_files[@]}"
fi

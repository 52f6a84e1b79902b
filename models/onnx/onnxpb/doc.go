// Package onnxpb holds the Go form of the official ONNX protobuf messages.
//
// onnx-ml.proto is the file of that name in the PyPI package onnx 1.23.2
// (Apache-2.0), unchanged. The Go code is made by protoc 3.21.12 (Debian's
// protobuf-compiler) and protoc-gen-go v1.36.12.
package onnxpb

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go_opt=Monnx-ml.proto=avid/models/onnx/onnxpb onnx-ml.proto

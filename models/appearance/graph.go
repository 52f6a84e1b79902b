package appearance

import (
	"fmt"
	"math"

	"avid/models/onnx"
)

// enlarge is how many times larger the feature network sees the picture than I and D do.
// Its features are of things of the size that it was taught with: on a picture of the
// model's size they tell next to nothing (docs/accuracy.md).
const enlarge = 2.8125

// cellSide is the side in pixels of the enlarged picture of a cell that has features.
const cellSide = 16

// channels is how many features a cell has: of an eighth and a sixteenth of the picture.
var channels = stages[fineStage].out + stages[coarseStage].out

// Cells is how many rows and columns of cells a picture of h×w pixels of the model has.
func Cells(h, w int) (rows, cols int) {
	along := func(n int) int { return max(int(math.Round(enlarge*float64(n)/cellSide)), 1) }
	return along(h), along(w)
}

// Names of the inputs and outputs of the graphs.
const (
	frameName    = "frame"
	featuresName = "features"
	cellsName    = "cells"
	nearestName  = "nearest"
)

// Features is the graph of the feature network:
//
//	frame    uint8 [1,1,H,W]        a grey frame
//	features [Rows·Cols,channels]   of each cell, times scale
//
// scale has a value for each channel.
func (w *Weights) Features(h, wide int, scale []float32) (*onnx.Graph, error) {
	rows, cols := Cells(h, wide)
	if len(scale) != channels {
		return nil, fmt.Errorf("appearance: %d scales for %d channels", len(scale), channels)
	}
	g := onnx.NewGraph("avid appearance")
	x := g.Cast(g.Input(frameName, onnx.Uint8, 1, 1, h, wide), onnx.Float)
	x = g.MatMul(g.Floats(cubic(h, cellSide*rows, 1), int64(cellSide*rows), int64(h)), x)
	// The network was taught with (grey − 127) / 128.
	x = g.MatMul(x, g.Transpose(g.Floats(cubic(wide, cellSide*cols, 1./128), int64(cellSide*cols), int64(wide)), 1, 0))
	x = g.Sub(x, g.Scalar(127./128))
	var inputs, taps []*onnx.Value
	for _, c := range w.convs {
		inputs = append(inputs, x)
		x = convolve(g, x, c)
		if c.from >= 0 {
			x = g.Add(x, inputs[c.from])
		}
		if c.tap {
			taps = append(taps, x)
		}
	}
	// The mean over the four finer cells that are one coarser.
	fine := int64(stages[fineStage].out)
	mean := make([]float32, fine*4)
	for i := range mean {
		mean[i] = scale[i/4] / 4
	}
	a := g.Conv(taps[0], g.Floats(mean, fine, 1, 2, 2), nil, onnx.ConvOptions{Stride: 2, Group: int(fine)})
	b := g.Mul(taps[1], g.Floats(scale[fine:], 1, int64(channels)-fine, 1, 1))
	all := g.Reshape(g.Concat(1, a, b), int64(channels), int64(rows*cols))
	g.Output(featuresName, g.Transpose(all, 1, 0))
	return g, g.Err()
}

// convolve applies a convolution: the output is as large as the input, or half of it,
// as TensorFlow pads it.
func convolve(g *onnx.Graph, x *onnx.Value, c conv) *onnx.Value {
	before, after := int64((c.kernel-1)/2), int64((c.kernel-1)/2)
	if c.stride == 2 { // of an even size
		before, after = int64((c.kernel-2)/2), int64((c.kernel-1)/2)
	}
	k := int64(c.kernel)
	x = g.Op("Conv", onnx.Attrs{"strides": []int64{int64(c.stride), int64(c.stride)}, "pads": []int64{before, before, after, after}, "group": int64(c.group)},
		x, g.Floats(c.w, int64(c.out), int64(c.in/c.group), k, k), g.Floats(c.b, int64(c.out)))
	if c.relu6 {
		x = g.Clip(x, 0, 6)
	}
	return x
}

// cubic is the matrix that resamples n values to m by cubic convolution (Keys, 1981,
// a = −0.75), values at the border repeated, times scale: m rows of n.
func cubic(n, m int, scale float64) []float32 {
	const a = -0.75
	out := make([]float32, m*n)
	for i := range m {
		at := (float64(i)+0.5)*float64(n)/float64(m) - 0.5
		first := int(math.Floor(at)) - 1
		for k := first; k < first+4; k++ {
			d := math.Abs(at - float64(k))
			var v float64
			switch {
			case d < 1:
				v = ((a+2)*d-(a+3))*d*d + 1
			case d < 2:
				v = a * (((d-5)*d+8)*d - 4)
			}
			out[i*n+min(max(k, 0), n-1)] += float32(scale * v)
		}
	}
	return out
}

// nearest is how many of the nearest features the distance is a mean of.
const nearest = 3

// chunk is how many cells a run of the memory's graph looks up.
const chunk = 32

// memoryGraph looks up what a memory of n features [n,channels] has nearest:
//
//	cells   [chunk,channels]   features
//	nearest [chunk,nearest]    |q|² less the squared distance to each of the nearest
func memoryGraph(memory []float32) (*onnx.Graph, error) {
	n := len(memory) / channels
	across, square := make([]float32, len(memory)), make([]float32, n)
	for i := range n {
		for c := range channels {
			v := memory[i*channels+c]
			across[c*n+i] = 2 * v
			square[i] += v * v
		}
	}
	g := onnx.NewGraph("avid appearance memory")
	q := g.Input(cellsName, onnx.Float, chunk, channels)
	// |q − m|² = |q|² − (2·q·m − |m|²)
	near := g.Sub(g.MatMul(q, g.Floats(across, int64(channels), int64(n))), g.Floats(square, int64(n)))
	g.Output(nearestName, g.Top(near, nearest))
	return g, g.Err()
}

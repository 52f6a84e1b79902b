package nets

import (
	"fmt"
	"slices"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/onnx"
)

// ConvLayer is one convolution of D.
type ConvLayer struct {
	Out    int `json:"out"`
	Kernel int `json:"kernel"`
	Stride int `json:"stride"`
	Pad    int `json:"pad"`
}

// maxEnsemble is the most networks that D is made of, mirror images included.
const maxEnsemble = 16

// ConvDetector is the detector of the paper: a list of convolutions with ReLU
// between them and none after the last, whose single channel is the logit of O.
type ConvDetector struct {
	Layers []ConvLayer `json:"layers"`
	// Box is the side in pixels of the region B_i that O_i judges; 0 means the
	// receptive field.
	Box int `json:"box"`
	// EnsembleSize is how many networks of these layers D is made of; its logit is the
	// mean of theirs. 0 means 1.
	EnsembleSize int `json:"members,omitempty"`
	// MinRegions is how many regions must be irregular for the frame to be; 0 means 1.
	MinRegions int `json:"least,omitempty"`
	// Where is D's second head, which says of each pixel whether something irregular
	// is there now.
	Where Where `json:"where,omitzero"`
}

// DefaultDetector has a receptive field of 32 pixels, about one person at the
// default size, and one region every 8 pixels. Three networks do better than
// one network of the same work (docs/accuracy.md).
func DefaultDetector() ConvDetector {
	return ConvDetector{Box: 16, EnsembleSize: 3, Where: Where{Width: 48}, Layers: []ConvLayer{
		{48, 6, 2, 2}, {48, 4, 2, 1}, {48, 6, 2, 2}, {96, 1, 1, 0}, {192, 1, 1, 0}, {192, 1, 1, 0}, {1, 1, 1, 0},
	}}
}

// PaperDetector is the detector of the paper's figure 2, layer by layer: 224
// pixels give 11×11 regions, receptive field 51, centres at 25+16k.
func PaperDetector() ConvDetector {
	return ConvDetector{Layers: []ConvLayer{
		{96, 11, 4, 0}, {96, 1, 1, 0}, {96, 1, 1, 0}, {96, 3, 2, 0}, {96, 1, 1, 0}, {96, 1, 1, 0},
		{256, 5, 2, 0}, {512, 1, 1, 0}, {1024, 1, 1, 0}, {1024, 1, 1, 0}, {1, 1, 1, 0},
	}}
}

// GridDetector judges the cells of a grid of 20 pixels, such as IR-MNIST's, one
// by one: 220 pixels give 11×11 regions with centres at 9.5+20k and a receptive
// field of 34, a cell and a little of its neighbours.
func GridDetector() ConvDetector {
	return ConvDetector{Box: 20, Layers: []ConvLayer{
		{48, 4, 2, 1}, {64, 4, 2, 1}, {64, 3, 1, 1}, {128, 5, 5, 0}, {192, 1, 1, 0}, {192, 1, 1, 0}, {1, 1, 1, 0},
	}}
}

// Validate checks ranges.
func (d ConvDetector) Validate() error {
	if len(d.Layers) < 2 || len(d.Layers) > 64 {
		return fmt.Errorf("nets: detector of %d layers, want 2 to 64", len(d.Layers))
	}
	for i, l := range d.Layers {
		if l.Out < 1 || l.Out > 4096 || l.Kernel < 1 || l.Kernel > 31 || l.Stride < 1 || l.Stride > 8 || l.Pad < 0 || l.Pad >= l.Kernel {
			return fmt.Errorf("nets: detector layer %d is out of range: %+v", i, l)
		}
	}
	if d.Layers[len(d.Layers)-1].Out != 1 {
		return fmt.Errorf("nets: detector ends in %d channels, want 1", d.Layers[len(d.Layers)-1].Out)
	}
	if d.EnsembleSize < 0 || d.EnsembleSize > maxEnsemble {
		return fmt.Errorf("nets: detector of %d networks, want 0 to %d", d.EnsembleSize, maxEnsemble)
	}
	if d.MinRegions < 0 {
		return fmt.Errorf("nets: at least %d regions, want 0 or more", d.MinRegions)
	}
	if err := d.whereFits(); err != nil {
		return err
	}
	if r, _, _ := d.field(); d.Box < 0 || d.Box > r {
		return fmt.Errorf("nets: region box %d, want 0 to the receptive field %d", d.Box, r)
	}
	return nil
}

// field is the receptive field, stride and centre of output 0, in input
// pixels (Dumoulin and Visin, 2016, relationship 14, composed).
func (d ConvDetector) field() (size, stride int, centre float64) {
	size, stride = 1, 1
	for _, l := range d.Layers {
		centre += float64(stride) * (float64(l.Kernel-1)/2 - float64(l.Pad))
		size += (l.Kernel - 1) * stride
		stride *= l.Stride
	}
	return size, stride, centre
}

// Kind is Moving: the detector scores windows of frames in time.
func (d ConvDetector) Kind() Kind { return Moving }

// ReceptiveField is the side in pixels of what one output of D sees.
func (d ConvDetector) ReceptiveField() int { size, _, _ := d.field(); return size }

// Regions places the outputs of D on an input of h×w pixels.
func (d ConvDetector) Regions(h, w int) (bundle.Regions, error) {
	size, stride, centre := d.field()
	box := d.Box
	if box == 0 {
		box = size
	}
	rows, cols := h, w
	for _, l := range d.Layers {
		rows, cols = (rows+2*l.Pad-l.Kernel)/l.Stride+1, (cols+2*l.Pad-l.Kernel)/l.Stride+1
	}
	if rows < 1 || cols < 1 {
		return bundle.Regions{}, fmt.Errorf("nets: %d×%d pixels (width × height) are too few for the detector", w, h)
	}
	if d.MinRegions > rows*cols {
		return bundle.Regions{}, fmt.Errorf("nets: at least %d regions of %d×%d", d.MinRegions, rows, cols)
	}
	return bundle.Regions{Stride: stride, Rows: rows, Cols: cols, Center: centre, Box: float64(box), MinRegions: d.MinRegions}, nil
}

// Layout lists the weights of D.
func (d ConvDetector) Layout() Layout {
	g := onnx.NewGraph("layout")
	r := &recorder{g: g}
	size := 2 * whereStride * d.ReceptiveField()
	x := g.Input("x", onnx.Float, 1, average.Channels, size, size)
	if !d.Where.There() {
		d.Forward(g, r, x)
	} else {
		d.ForwardWhere(g, r, x, g.Input("front", onnx.Float, 1, 1, size, size))
	}
	return r.list
}

// Forward adds the logits of O [N,1,n1,n2] for x [N,3,H,W] in [0,1]:
// O = σ(logit), 1 = normal, 0 = irregular.
func (d ConvDetector) Forward(g *onnx.Graph, p Params, x *onnx.Value) *onnx.Value {
	logits, _ := d.networks(&builder{Graph: g, p: p}, x)
	return logits
}

// networks adds the logits of O, and gives the layers of each member before its last.
func (d ConvDetector) networks(b *builder, x *onnx.Value) (logits *onnx.Value, layers [][]*onnx.Value) {
	// Centred input keeps the first layer's gradients from being dominated by
	// the picture's mean grey.
	x = b.Sub(x, b.Scalar(0.5))
	for m := range max(d.EnsembleSize, 1) {
		name := "conv"
		if m > 0 {
			name = fmt.Sprintf("member%d.conv", m)
		}
		own, before := d.member(b, name, x)
		if layers = append(layers, before); m == 0 {
			logits = own
		} else {
			logits = b.Add(logits, own)
		}
	}
	if d.EnsembleSize > 1 {
		logits = b.Scale(logits, 1/float32(d.EnsembleSize))
	}
	return logits, layers
}

// Mirrored returns D with a mirror image of each member besides. The width w, in
// pixels, must leave no remainder in any layer, so that the grid of regions is
// symmetric, and 2 × EnsembleSize must not exceed maxEnsemble; the error says which fails.
func (d ConvDetector) Mirrored(w int) (ConvDetector, error) {
	n := w
	for i, l := range d.Layers {
		if (n+2*l.Pad-l.Kernel)%l.Stride != 0 {
			return d, fmt.Errorf("nets: the detector cannot judge mirror images %d pixels wide: its layer %d, of stride %d, has columns left over", w, i, l.Stride)
		}
		n = (n+2*l.Pad-l.Kernel)/l.Stride + 1
	}
	own := max(d.EnsembleSize, 1)
	if d.Where.There() {
		d.Where.EnsembleSize = own // mirrored ones lie the other way round
	}
	if d.EnsembleSize = 2 * own; d.EnsembleSize > maxEnsemble {
		return d, fmt.Errorf("nets: %d detectors and as many mirrored are more than %d", own, maxEnsemble)
	}
	return d, nil
}

// WithMirrors are the weights of Mirrored: its logits are the mean of those of a
// window and, mirrored back, of the window mirrored.
func (d ConvDetector) WithMirrors(weights []float32) ([]float32, error) {
	layout := d.Layout()
	if int64(len(weights)) != layout.Len() {
		return nil, fmt.Errorf("nets: %d weights of a detector with %d", len(weights), layout.Len())
	}
	head := weights[d.memberWeights():] // it comes last, and judges no mirror images
	weights = weights[:d.memberWeights()]
	both := append(make([]float32, 0, 2*len(weights)+len(head)), weights...)
	for len(weights) > 0 {
		p := layout[0]
		layout = layout[1:]
		part := slices.Clone(weights[:p.Len()])
		weights = weights[p.Len():]
		if len(p.Shape) == 4 { // a kernel, its columns last
			for row := range slices.Chunk(part, int(p.Shape[3])) {
				slices.Reverse(row)
			}
		}
		both = append(both, part...)
	}
	return append(both, head...), nil
}

// member adds the logits of one member, and gives its layers before them.
func (d ConvDetector) member(b *builder, name string, h *onnx.Value) (logits *onnx.Value, layers []*onnx.Value) {
	for i, l := range d.Layers {
		h = b.conv(fmt.Sprintf("%s%d", name, i), h, l.Out, l.Kernel, onnx.ConvOptions{Stride: l.Stride, Pad: l.Pad})
		if i < len(d.Layers)-1 {
			h = b.Relu(h)
			layers = append(layers, h)
		}
	}
	return h, layers
}

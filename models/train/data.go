package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/calib"
	"avid/models/pseudo"
)

// Clip is one run of consecutive grey frames at model size, sampled at the
// configured frame rate, or, when Still, a picture that stands alone, given six
// times.
type Clip struct {
	Name   string
	Frames [][]byte // each H·W bytes
	Still  bool
}

// irregularities makes what D is taught with.
func (c Config) irregularities(clips []pseudo.Clip, r bundle.Regions) pseudo.Generator {
	g := unknown(clips, c.Height, c.Width, r, c.Still)
	g.Counts = c.Counts()
	g.Shapes, g.PasteShare, g.SkipShare = false, c.PasteShare, c.SkipShare
	g.MinSpeed, g.MaxSpeed = speeds(c.Height, 1, 5)
	if r.Box == float64(r.Stride) { // the regions are the cells of a grid
		g.Cell = r.Stride
	}
	return g
}

// grounds are those of clips, where I is to return the ground.
func (c Config) grounds(clips []pseudo.Clip) (all []pseudo.Ground) {
	if c.Inpainter.Ground == "" {
		return nil
	}
	for _, clip := range clips {
		all = append(all, pseudo.GroundOf(clip))
	}
	return all
}

// unknown makes irregularities that D is not taught with, to choose and
// calibrate by: drawn shapes, or pieces of a still picture turned about. They
// are slow: fast ones are told by every checkpoint, so they choose none.
func unknown(clips []pseudo.Clip, h, w int, r bundle.Regions, still bool) pseudo.Generator {
	g := pseudo.Generator{H: h, W: w, Clips: clips, Shapes: true, Still: still, MinSide: 0.3 * r.Box, MaxSide: 0.8 * r.Box}
	g.MinSpeed, g.MaxSpeed = speeds(h, 0.8, 2)
	return g
}

// speeds are in pixels a frame, given for a model of 128 rows.
func speeds(h int, least, most float64) (lo, hi float64) {
	return least * float64(h) / 128, most * float64(h) / 128
}

// Labels of a region, by how much the pseudo frame differs from the clean one
// around it, in grey levels of [0,1]: irregular above, normal below, not judged
// between (found in experiments on Ped2).
const (
	differs = 0.02
	agrees  = 0.006
)

// movingAt is the change between the channels of X that counts as motion, in
// grey levels of [0,1].
const movingAt = 0.05

// gainSpread is how far the exposure of a window is varied, so that D does not
// take a cloud for an irregularity.
const gainSpread = 0.15

// noisePool is how many normal variates are drawn once and used again from
// random places: drawing them anew would cost more than the data is worth.
const noisePool = 1 << 20

// feeder fills batches.
type feeder struct {
	c       Config
	regions bundle.Regions
	gen     pseudo.Generator
	rng     *rand.Rand
	noise   []float32
	sample  *pseudo.Sample
	diff    []float64 // summed-area table of the difference
	motion  []float32
	whole   [2][]byte // the ground of all clips, and mirrored; nil where samples have none
	field   []float32 // light over the picture
	clear   []byte    // the sample's ground in no weather
}

func newFeeder(c Config, r bundle.Regions, gen pseudo.Generator, rng *rand.Rand) *feeder {
	f := &feeder{c: c, regions: r, gen: gen, rng: rng, sample: pseudo.NewSample(c.Height, c.Width),
		diff: make([]float64, (c.Height+1)*(c.Width+1)), motion: make([]float32, c.Height*c.Width)}
	f.gen.Grounds = c.grounds(gen.Clips)
	f.setWhole()
	f.noise = make([]float32, noisePool)
	normal := rand.New(rand.NewPCG(c.Seed, noiseStream))
	for i := range f.noise {
		f.noise[i] = float32(c.Sigma * normal.NormFloat64())
	}
	return f
}

// fill draws a whole batch.
func (f *feeder) fill(b *batch) {
	for i := range f.c.Batch {
		f.gen.Draw(f.rng, f.sample)
		f.clear = append(f.clear[:0], f.sample.Ground...)
		f.weather()
		f.one(b, i)
	}
	balance(b.target.F32, b.judged.F32)
	if b.near != nil {
		balance(b.thing.F32, b.near.F32)
	}
}

// one writes sample i of a batch.
func (f *feeder) one(b *batch, i int) {
	size := f.c.Height * f.c.Width
	at := i * average.Channels * size
	clean := b.clean.F32[at : at+average.Channels*size]
	pseudoX := b.pseudo.F32[at : at+average.Channels*size]
	noisy := b.noisy.F32[at : at+average.Channels*size]
	gain := float32(1)
	if f.c.AuxiliaryWeight > 0 && !f.c.Still { // the paper's recipe takes the footage as it is
		gain = float32(1 + gainSpread*(2*f.rng.Float64()-1))
	}
	average.Stack(clean, f.sample.Clean, gain)
	average.Stack(pseudoX, f.sample.Pseudo, gain)
	f.corrupt(noisy, pseudoX)
	f.weigh(b.weight.F32[i*size:(i+1)*size], clean, pseudoX)
	cells := f.regions.Rows * f.regions.Cols
	f.label(b.target.F32[i*cells:(i+1)*cells], b.judged.F32[i*cells:(i+1)*cells], clean, pseudoX)
	if b.ground != nil {
		f.before(b, i, gain)
	}
}

// corrupt writes X̃ = X + γ·η, and hides blocks so that I must fill them in.
func (f *feeder) corrupt(dst, src []float32) {
	gamma := float32(f.c.Gamma)
	if !f.c.FixedGamma {
		gamma *= f.rng.Float32()
	}
	at := f.rng.IntN(noisePool)
	for i, v := range src {
		dst[i] = v + gamma*f.noise[(at+i)&(noisePool-1)]
	}
	if f.c.FixedGamma || f.rng.IntN(3) > 0 {
		return
	}
	h, w := f.c.Height, f.c.Width
	for range 1 + f.rng.IntN(3) {
		bh, bw := h/16+f.rng.IntN(h/8), w/24+f.rng.IntN(w/12)
		y0, x0 := f.rng.IntN(h-bh), f.rng.IntN(w-bw)
		for c := range average.Channels {
			for y := y0; y < y0+bh; y++ {
				row := dst[(c*h+y)*w+x0:]
				for x := range bw {
					row[x] = 0.5 + f.noise[(at+x+y*bw)&(noisePool-1)]
				}
			}
		}
	}
}

// weigh gives moving pixels more weight in the reconstruction; mean 1.
func (f *feeder) weigh(dst, clean, pseudoX []float32) {
	size := len(dst)
	var sum float32
	for i := range dst {
		d := max(abs(clean[i]-clean[2*size+i]), abs(pseudoX[i]-clean[i]), abs(pseudoX[2*size+i]-clean[2*size+i]))
		dst[i] = 1
		if d > movingAt {
			dst[i] += f.c.MotionWeight
		}
		sum += dst[i]
	}
	for i := range dst {
		dst[i] *= float32(size) / sum
	}
}

// label compares the pseudo frame with the clean one around each region.
func (f *feeder) label(target, judged, clean, pseudoX []float32) {
	h, w := f.c.Height, f.c.Width
	size := h * w
	for y := range h {
		var row float64
		for x := range w {
			i := y*w + x
			row += float64(max(abs(clean[i]-pseudoX[i]), abs(clean[size+i]-pseudoX[size+i]), abs(clean[2*size+i]-pseudoX[2*size+i])))
			f.diff[(y+1)*(w+1)+x+1] = f.diff[y*(w+1)+x+1] + row
		}
	}
	half := min(float64(f.regions.Stride), f.regions.Box/2)
	for r := range f.regions.Rows {
		y0, y1 := span(f.regions.Center+float64(r*f.regions.Stride), half, h)
		for c := range f.regions.Cols {
			x0, x1 := span(f.regions.Center+float64(c*f.regions.Stride), half, w)
			d := f.diff[y1*(w+1)+x1] - f.diff[y0*(w+1)+x1] - f.diff[y1*(w+1)+x0] + f.diff[y0*(w+1)+x0]
			d /= float64(max((y1-y0)*(x1-x0), 1))
			i := r*f.regions.Cols + c
			target[i], judged[i] = 0, 1
			if d < differs {
				target[i] = f.c.RealLabel
				if d > agrees {
					judged[i] = 0
				}
			}
		}
	}
}

// span is the half-open range of pixels within half of the centre.
func span(centre, half float64, size int) (lo, hi int) {
	lo = min(max(int(math.Ceil(centre-half)), 0), size-1)
	hi = min(max(int(math.Floor(centre+half))+1, lo+1), size)
	return lo, hi
}

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}

// ErrFootage says that the clips cannot be learnt from.
var ErrFootage = fmt.Errorf("train: footage is not usable")

// divide splits each clip into a part to learn from and the last share of it
// to validate and calibrate with. A clip too short for both is learnt from
// whole. Of pictures that stand alone, the last share of them is held back.
func divide(c Config, clips []Clip) (learn []pseudo.Clip, held []Clip, err error) {
	for i, clip := range clips {
		for k, f := range clip.Frames {
			if len(f) != c.Height*c.Width {
				return nil, nil, fmt.Errorf("%w: %s frame %d has %d bytes, want %d×%d", ErrFootage, clip.Name, k, len(f), c.Width, c.Height)
			}
		}
		if clip.Still != c.Still {
			return nil, nil, fmt.Errorf("%w: %s: the recipe for still pictures is for them alone, and the others are for film", ErrFootage, clip.Name)
		}
		n := len(clip.Frames)
		keep := int(math.Round(float64(n) * (1 - c.Validation)))
		switch {
		case c.Still && float64(i) < float64(len(clips))*(1-c.Validation):
			keep = n
		case c.Still:
			keep = 0
		case n-keep < 2*average.Frames || keep < 2*average.Frames:
			keep = n
		}
		if keep >= average.Frames {
			learn = append(learn, clip.Frames[:keep])
		}
		if keep < n {
			held = append(held, Clip{clip.Name, clip.Frames[keep:], clip.Still})
		}
	}
	if len(learn) == 0 || blocks(held, c.FrameRate) < calib.MinBlocks {
		return nil, nil, fmt.Errorf("%w: at %g frames/s %s are needed, so that a part can be held back to calibrate with",
			ErrFootage, c.FrameRate, c.least())
	}
	return learn, held, nil
}

// blocks is how many blocks held footage gives to calibrate with. Pictures that
// stand alone count as frames that follow each other.
func blocks(held []Clip, rate float64) (n int) {
	stills := 0
	for _, clip := range held {
		if clip.Still {
			stills++
			continue
		}
		n += calib.Blocks(len(clip.Frames)-average.Frames+1, rate)
	}
	return n + calib.Blocks(stills, rate)
}

// LeastSeconds is how long footage in one piece must be, at rate frames/s, so that a
// part of it can be held back to calibrate with.
func LeastSeconds(c Config, rate float64) float64 {
	return (calib.MinBlocks + average.Frames/max(rate, bundle.MinRate)) / c.Validation
}

// least says how much footage is needed.
func (c Config) least() string {
	if c.Still {
		return fmt.Sprintf("%.0f or more pictures", math.Ceil(calib.MinBlocks*c.FrameRate/c.Validation))
	}
	return fmt.Sprintf("%.0f s or more of footage in one piece", math.Ceil(LeastSeconds(c, c.FrameRate)))
}

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/synth"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// Bounds on how far a device may be from the CPU. In half precision they are
// wider: its own rounding is 5·10⁻⁴.
var bounds = map[string]struct{ mask, relative float64 }{
	bundle.FP32: {0.999, 1e-3},
	bundle.FP16: {0.995, 2e-2},
}

// likeness is how near two runs of the same windows are.
type likeness struct {
	pixels, same int
	marked       int      // pixels that the first run marks
	errors       relative // of E
	regions      relative // of O
}

// relative gathers ‖a − b‖ / ‖a‖ over vectors.
type relative struct{ difference, size float64 }

func (r *relative) add(a, b []float32) {
	for i, v := range a {
		d := float64(v) - float64(b[i])
		r.difference += d * d
		r.size += float64(v) * float64(v)
	}
}

func (r relative) value() float64 {
	if r.size == 0 {
		return math.Inf(1) // nothing was compared
	}
	return math.Sqrt(r.difference / r.size)
}

func (l *likeness) add(a, b *verdict.Verdict) {
	for i, m := range a.Mask {
		l.pixels++
		if m == b.Mask[i] {
			l.same++
		}
		if m != 0 {
			l.marked++
		}
	}
	l.errors.add(a.Error, b.Error)
	l.regions.add(a.Regions, b.Regions)
}

func (l likeness) agreement() float64 { return float64(l.same) / float64(l.pixels) }

// within tells whether it keeps the bounds, and that it compared something:
// masks that are all empty or all full agree whatever was computed.
func (l likeness) within(precision string) bool {
	limit := bounds[precision]
	// D's second head lets little through, the cyclist above all.
	return l.marked > l.pixels/5000 && l.marked < l.pixels*99/100 &&
		l.agreement() >= limit.mask && l.errors.value() <= limit.relative && l.regions.value() <= limit.relative
}

// agreement compares the device with the CPU, whose results in fp32 count.
func agreement(out io.Writer, b *bundle.Bundle, on engine.Options) (ok bool, err error) {
	fmt.Fprintf(out, "\n%-10s %15s %15s %15s   (against the CPU in fp32)\n", "precision", "mask agrees", "E, relative", "O, relative")
	windows, err := scene(b.Manifest.Height, b.Manifest.Width)
	if err != nil {
		return false, err
	}
	ok = true
	for _, precision := range []string{bundle.FP32, bundle.FP16} {
		other, err := nets.InPrecision(b, precision)
		if err != nil {
			return false, err
		}
		l, err := compare(b, other, on, windows)
		if err != nil {
			return false, err
		}
		word := "ok"
		if !l.within(precision) {
			word, ok = "FAILED", false
		}
		fmt.Fprintf(out, "%-10s %13.4f %% %15.2e %15.2e   %s\n", precision, 100*l.agreement(), l.errors.value(), l.regions.value(), word)
	}
	return ok, nil
}

// compare runs a on the CPU and b on the device.
func compare(a, b *bundle.Bundle, on engine.Options, windows [][]byte) (l likeness, err error) {
	cpu, err := engine.Open(context.Background(), a, engine.Options{Device: engine.CPU, Library: on.Library})
	if err != nil {
		return l, err
	}
	defer func() { _ = cpu.Close() }() // nothing is lost with it
	device, err := engine.Open(context.Background(), b, on)
	if err != nil {
		return l, err
	}
	defer func() { _ = device.Close() }()
	want, got := cpu.NewVerdict(), device.NewVerdict()
	th := verdict.Thresholds{}
	for i, w := range windows {
		if err := cpu.Infer(context.Background(), w, th, want); err != nil {
			return l, err
		}
		if err := device.Infer(context.Background(), w, th, got); err != nil {
			return l, err
		}
		if i == 0 {
			// Thresholds in the middle of what there is, so that masks have both
			// marked and unmarked pixels; this window itself is not compared.
			th = middle(want)
			cpu.Restart()
			device.Restart()
			continue
		}
		l.add(want, got)
	}
	return l, nil
}

func middle(r *verdict.Verdict) verdict.Thresholds {
	mid := func(v []float32) float64 { return float64(slices.Sorted(slices.Values(v))[len(v)/2]) }
	return verdict.Thresholds{Alpha: mid(r.Error), Zeta: min(max(mid(r.Regions), 1e-6), 1-1e-6)}
}

// scene are windows of the synthetic walkway with a cyclist, h×w pixels.
func scene(h, w int) ([][]byte, error) {
	c := synth.DefaultConfig()
	c.Height, c.Width, c.Frames, c.Irregular = h, w, 60, []synth.Kind{synth.Cyclist}
	s, err := synth.New(c)
	if err != nil {
		return nil, fmt.Errorf("a scene of %d×%d pixels: %w", h, w, err)
	}
	var film []byte
	var f synth.Frame
	var windows [][]byte
	size := h * w
	for k := range c.Frames {
		if err := s.Render(k, &f); err != nil {
			return nil, err
		}
		if film = append(film, f.Gray...); k >= average.Frames-1 {
			windows = append(windows, film[(k-average.Frames+1)*size:(k+1)*size])
		}
	}
	return windows, nil
}

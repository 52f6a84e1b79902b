package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// fifths are the ticks of an axis of shares.
var fifths = plot.ConstantTicks{
	{Value: 0, Label: "0"}, {Value: 0.2, Label: "0.2"}, {Value: 0.4, Label: "0.4"},
	{Value: 0.6, Label: "0.6"}, {Value: 0.8, Label: "0.8"}, {Value: 1, Label: "1"},
}

// evenTicks gives the multiples of 1, 2 or 5 × 10^k, no closer together than minStep
// and no more than maxTicks of them.
type evenTicks struct {
	maxTicks int
	minStep  float64
	never    bool // the low end of the axis stands for -Inf
}

// Ticks is as plot.Ticker has it.
func (e evenTicks) Ticks(low, high float64) []plot.Tick {
	if !(low < high) {
		return nil
	}
	step, power := e.step(low, high)
	var out []plot.Tick
	if e.never {
		out = append(out, plot.Tick{Value: low, Label: "−∞"})
		low += (high - low) * 0.08 // leaves room for it
	}
	for n := math.Ceil(low / step); n*step <= high; n++ {
		v := n*step + 0 // no -0
		out = append(out, plot.Tick{Value: v, Label: label(v, power)})
	}
	return out
}

// label is v with as many digits as steps of a power of ten need.
func label(v float64, power int) string {
	if power > 5 {
		return minus(strconv.FormatFloat(v, 'g', 6, 64))
	}
	return minus(strconv.FormatFloat(v, 'f', max(0, -power), 64))
}

// step is the distance and its power of ten.
func (e evenTicks) step(low, high float64) (step float64, power int) {
	power = int(math.Floor(math.Log10(max((high-low)/float64(e.maxTicks), e.minStep))))
	for {
		for _, m := range []float64{1, 2, 5} {
			step = m * math.Pow10(power)
			if step >= e.minStep && (high-low)/step <= float64(e.maxTicks) {
				return step, power
			}
		}
		power++
	}
}

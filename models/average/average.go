// Package average makes the networks' input X of consecutive grey frames
// (section 3.5 of the paper): three channels ⟨I'(t−4), I'(t−2), I'(t)⟩ with
// I'(t) = ½(I(t) + I(t−1)). It is the one place that says how many frames there
// are and how they are weighted; training makes X by Stack, the fused graph by a
// convolution with Kernel.
package average

const (
	// Channels is the number of channels of X.
	Channels = 3
	// each is how many frames a channel is the mean of.
	each = 2
	// Frames is the number of consecutive grey frames that X is made of.
	Frames = Channels * each
	// White is the grey level that becomes 1 in X.
	White = 255
)

// Kernel is the weight of each frame, oldest first, in each channel:
// Channels·Frames values that turn grey levels of 0 to White into X of 0 to 1.
func Kernel() []float32 {
	k := make([]float32, Channels*Frames)
	for c := range Channels {
		for i := range each {
			k[c*Frames+c*each+i] = 1. / each / White
		}
	}
	return k
}

// Stack writes X, Channels planes as large as a frame, from frames of grey
// levels, oldest first, times gain and at most 1.
func Stack(dst []float32, frames [Frames][]byte, gain float32) {
	size := len(frames[0])
	for c := range Channels {
		a, b, d := frames[each*c], frames[each*c+1], dst[c*size:(c+1)*size]
		for i := range d {
			d[i] = min(gain*float32(int(a[i])+int(b[i]))/(each*White), 1)
		}
	}
}

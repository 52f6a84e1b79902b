package window

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// at is the times of n frames of a stream.
func at(rate float64, n int, start time.Duration) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = start + time.Duration(float64(i)*float64(time.Second)/rate)
	}
	return out
}

// taken is the indices of the frames that a sampler takes.
func taken(s *Sampler, times []time.Duration) []int {
	var out []int
	for i, t := range times {
		if s.Offer(t) != Between {
			out = append(out, i)
		}
	}
	return out
}

// every is the multiples of k below n.
func every(k, n int) []int {
	var out []int
	for i := 0; i < n; i += k {
		out = append(out, i)
	}
	return out
}

func TestSamplerTakesEvery(t *testing.T) {
	for _, c := range []struct {
		name         string
		stream, rate float64
		k            int
	}{
		{"same rate", 10, 10, 1},
		{"thirty on ten", 30, 10, 3},
		{"NTSC", 30000.0 / 1001, 10, 3},
		{"sixty on ten", 60, 10, 6},
		{"twenty on ten", 20, 10, 2},
		{"fifty on twenty-five", 50, 25, 2},
		{"a camera's clock is fast", 10.01, 10, 1},
		{"a camera's clock is slow", 9.99, 10, 1},
		{"slower", 8, 10, 1},
		{"half", 5, 10, 1},
		{"one a second", 1, 10, 1},
	} {
		for _, start := range []time.Duration{0, 3 * time.Hour, time.Duration(1.7e18)} {
			const n = 20000
			if got := taken(NewSampler(c.rate), at(c.stream, n, start)); !slices.Equal(got, every(c.k, n)) {
				t.Errorf("%s from %v: %d of %d frames, starting %v", c.name, start, len(got), n, got[:12])
			}
		}
	}
}

// TestSamplerUnevenRatio takes 25 and 12 frames/s on 10: the spacing is as
// even as it can be, and the mean is the wanted one.
func TestSamplerUnevenRatio(t *testing.T) {
	for _, stream := range []float64{25, 12, 15, 24, 27.3, 144} {
		times := at(stream, 50000, 0)
		got := taken(NewSampler(10), times)
		step := time.Duration(float64(time.Second) / stream)
		checkSpacing(t, times, got, 100*time.Millisecond, step+2)
		mean := float64(times[got[len(got)-1]]) / float64(len(got)-1) / 1e6
		if mean < 99 || mean > 101 {
			t.Errorf("%v frames/s: mean spacing %.2f ms", stream, mean)
		}
	}
}

// TestSamplerJitter moves each frame by up to half a frame: a sample is never
// further from its place than one frame, and none is lost in the long run.
func TestSamplerJitter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, stream := range []float64{10, 20, 30, 60} {
		times := at(stream, 30000, time.Hour)
		step := float64(time.Second) / stream
		for i := range times {
			times[i] += time.Duration((rng.Float64() - 0.5) * step)
		}
		slices.Sort(times)
		got := taken(NewSampler(10), times)
		want := float64(len(times)) * 10 / stream
		if n := float64(len(got)); n < 0.995*want || n > 1.005*want {
			t.Errorf("%v frames/s: %v samples, want about %v", stream, n, want)
		}
		checkSpacing(t, times, got, 100*time.Millisecond, time.Duration(2*step))
	}
}

// checkSpacing checks that samples are period apart, give or take slack.
func checkSpacing(t *testing.T, times []time.Duration, got []int, period, slack time.Duration) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		if d := times[got[i]] - times[got[i-1]]; d > period+slack || d < period-slack {
			t.Fatalf("samples %v apart at %v, want %v ± %v", d, times[got[i]], period, slack)
		}
	}
}

func TestSamplerLostFrames(t *testing.T) {
	times := at(30, 60, 0)
	times = slices.Delete(times, 9, 10)  // the sample at 300 ms
	times = slices.Delete(times, 29, 33) // 1,000 to 1,100 ms
	s := NewSampler(10)
	var got []int64
	for _, p := range times {
		switch s.Offer(p) {
		case Sampled:
			got = append(got, p.Milliseconds())
		case Ahead, Back:
			t.Errorf("a new scene at %v", p)
		case Between:
		}
	}
	want := []int64{0, 100, 200, 333, 400, 500, 600, 700, 800, 900, 1133, 1233, 1333, 1433, 1533, 1633, 1733, 1833, 1933}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNewScene(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name   string
		before []time.Duration
		pts    time.Duration
		want   Place
	}{
		{"nothing before", nil, time.Hour, Sampled},
		{"next frame", []time.Duration{0}, 33 * ms, Between},
		{"two and a half periods", []time.Duration{0, 33 * ms}, 250 * ms, Sampled},
		{"more", []time.Duration{0, 33 * ms}, 251 * ms, Ahead},
		{"counted from the last sample", []time.Duration{0, 33 * ms, 67 * ms, 100 * ms, 133 * ms}, 351 * ms, Ahead},
		{"jitter backwards", []time.Duration{0, 33 * ms, 67 * ms}, 60 * ms, Between},
		{"jitter backwards below the last sample", []time.Duration{0, 33 * ms, 67 * ms, 100 * ms}, 95 * ms, Between},
		{"two and a half periods back", []time.Duration{0, 100 * ms, 200 * ms, 300 * ms}, 50 * ms, Between},
		{"further back", []time.Duration{0, 100 * ms, 200 * ms, 300 * ms}, 49 * ms, Back},
		{"seconds back", []time.Duration{time.Hour, time.Hour + 100*ms}, time.Second, Back},
		{"the same time", []time.Duration{0, 33 * ms}, 33 * ms, Between},
		{"a slow stream's next", []time.Duration{0, 200 * ms, 400 * ms}, 600 * ms, Sampled},
		{"a slow stream that lost a frame", []time.Duration{0, 200 * ms, 400 * ms}, 800 * ms, Sampled},
		{"a slow stream's gap", []time.Duration{0, 200 * ms, 400 * ms}, 1000 * ms, Ahead},
		{"a stream that is too slow", []time.Duration{0, 300 * ms, 600 * ms}, 900 * ms, Ahead},
	} {
		s := NewSampler(10)
		taken(s, c.before)
		if got := s.Offer(c.pts); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSamplerRestarts(t *testing.T) {
	const ms = time.Millisecond
	s := NewSampler(10)
	times := []time.Duration{0, 33 * ms, 67 * ms, 100 * ms, 5000 * ms, 5033 * ms, 5067 * ms, 5100 * ms, 20 * ms, 53 * ms, 87 * ms, 120 * ms, 120 * ms}
	if got, want := taken(s, times), []int{0, 3, 4, 7, 8, 11}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.Reset()
	if s.Offer(121*ms) != Sampled || s.Offer(154*ms) != Between {
		t.Error("a reset sampler does not begin anew")
	}
}

// TestRetract: of a stream that shows each picture twice, without a word, the
// samples are those of the stream before it was doubled.
func TestRetract(t *testing.T) {
	s := NewSampler(10)
	var got []int
	for i, pts := range at(10, 20, 0) {
		if s.Offer(pts) != Sampled {
			t.Fatalf("frame %d is left out", i)
		}
		if i%2 == 1 {
			s.Retract()
			continue
		}
		got = append(got, i)
	}
	if !slices.Equal(got, every(2, 20)) {
		t.Errorf("samples %v", got)
	}
	if s.Offer(2300*time.Millisecond) != Ahead { // counted from the last one that was kept
		t.Error("a retracted sample counts")
	}
}

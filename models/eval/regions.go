package eval

import (
	"cmp"
	"slices"
)

// Shares of the region- and track-based criteria, β and α of Ramachandra and
// Jones, Street Scene: A New Dataset and Evaluation Protocol for Video Anomaly
// Detection, WACV 2020, section 4, with the values that they use.
const (
	Overlap    = 0.1 // β: least intersection over union of a found region
	TrackShare = 0.1 // α: least share of a track's regions that must be found
)

// Regions gathers score maps of frames with pixel-level truth for the region-
// and the track-based detection criterion, RBDC and TBDC (Ramachandra and Jones,
// WACV 2020, section 4; the area as one figure: Georgescu et al., A
// Background-Agnostic Framework …, PAMI 2021).
//
// At threshold t the regions that are marked are the 8-connected regions of
// pixels that score t or more, those of truth the 8-connected regions of its
// mask; areas count truth pixels, of which each score pixel stands for some (see
// grid). A truth region is found when the intersection with one marked region
// is at least Overlap of their union; a marked region that finds none is false,
// in any frame. A track (see tracks) is found when at least TrackShare of its
// regions are.
//
// The figure is the area under the share of the found as a function of false
// regions a frame, from 0 to 1, over all frames of the set together, so 1 is
// perfect. As marked regions grow together while the threshold falls, a found
// region may be lost again and false ones become fewer. So the function is the
// envelope: the best share that any threshold gives at no more than so many
// false regions. It is a step function, counted exactly, and goes on at its last
// value where no threshold gives as many false regions. A pixel of -Inf is never
// marked.
//
// Published figures use the authors' own annotation, boxes with track numbers:
// those counted from masks compare with them only roughly.
type Regions struct {
	frames  int
	regions int   // truth regions in all
	sizes   []int // by track: its regions
	steps   []regionStep
	sweep   regionSweep

	input // of Add
}

// regionStep is what happens when the threshold falls to at: n more or fewer
// false regions, or, when track is not negative, one region of it found or lost.
type regionStep struct {
	at       float32
	track, n int32
}

// Cut says that the next frame does not follow the last: it is of another clip,
// or there is a gap.
func (r *Regions) Cut() { r.grid.tracks.cut() }

// Add takes one frame: scores of h x w pixels and its truth of th x tw pixels,
// as Pixels.Add. The error wraps ErrSize or ErrScore.
func (r *Regions) Add(scores []float32, h, w int, truth []byte, th, tw int) error {
	if err := r.set(scores, h, w, truth, th, tw); err != nil {
		return err
	}
	r.add(&r.scores, &r.grid)
	return nil
}

func (r *Regions) add(m *ranked, g *grid) {
	r.frames++
	for _, t := range g.tracks.regions {
		if t.track == speck {
			continue
		}
		r.regions++
		for len(r.sizes) <= t.track {
			r.sizes = append(r.sizes, 0)
		}
		r.sizes[t.track]++
	}
	r.steps = r.sweep.follow(m, g, r.steps)
}

// Areas are RBDC and TBDC, 0..1; ok is false when there is no truth region.
func (r *Regions) Areas() (rbdc, tbdc float64, ok bool) {
	if r.regions == 0 {
		return 0, 0, false
	}
	slices.SortFunc(r.steps, func(a, b regionStep) int { return cmp.Compare(b.at, a.at) })
	// Most regions and tracks found at exactly so many false regions, up to one
	// a frame less one: the function's value from there to the next count.
	regions, tracks := make([]int, r.frames), make([]int, r.frames)
	inTrack := make([]int, len(r.sizes))
	wrong, found, foundTracks := 0, 0, 0
	enough := func(track int32) int {
		if float64(inTrack[track]) >= TrackShare*float64(r.sizes[track])-1e-9 {
			return 1
		}
		return 0
	}
	for i, s := range r.steps {
		if s.track < 0 {
			wrong += int(s.n)
		} else {
			foundTracks -= enough(s.track)
			inTrack[s.track] += int(s.n)
			foundTracks += enough(s.track)
			found += int(s.n)
		}
		if (i+1 == len(r.steps) || r.steps[i+1].at != s.at) && wrong < r.frames {
			regions[wrong] = max(regions[wrong], found)
			tracks[wrong] = max(tracks[wrong], foundTracks)
		}
	}
	return envelopeArea(regions, r.regions), envelopeArea(tracks, r.tracks()), true
}

// tracks counts those with a region among the frames.
func (r *Regions) tracks() int {
	n := 0
	for _, size := range r.sizes {
		if size > 0 {
			n++
		}
	}
	return n
}

// envelopeArea is the mean over the false counts of the best share so far.
func envelopeArea(best []int, whole int) float64 {
	sum, now := 0, 0
	for _, n := range best {
		now = max(now, n)
		sum += now
	}
	return float64(sum) / float64(len(best)) / float64(whole)
}

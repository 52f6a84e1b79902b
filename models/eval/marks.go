package eval

import (
	"fmt"
	"time"
)

// Trail is for how long the place where something irregular was counts as its trail.
const Trail = time.Second

// Marks says what lies under the masks at the working threshold, in pixels of the
// truth: each marked pixel counts as the first of these that it is.
type Marks struct {
	Thing  int // irregular now
	Trail  int // irregular within the last second
	Movers int // neither, and unlike the still ground: something else that moves, or a shadow
	Ground int // none of these
	Missed int // irregular, and not marked

	past []time.Duration // by pixel, when it was irregular last
	size [2]int
}

// Cut says that the next frame does not follow the last one in time.
func (m *Marks) Cut() { m.past = nil }

// never is before every frame.
const never = -1 << 62

// Add takes the frame at a time: its mask of h×w pixels (not 0 = marked), its picture,
// the still ground of its clip and the truth, all three of th×tw pixels; truth is nil
// when nothing is irregular. The error wraps ErrSize.
func (m *Marks) Add(at time.Duration, mask []byte, h, w int, now, ground, truth []byte, th, tw int) error {
	if len(mask) != h*w || len(now) != th*tw || len(ground) != th*tw || (truth != nil && len(truth) != th*tw) {
		return fmt.Errorf("%w: mask %d for %dx%d (width × height); picture %d, ground %d and truth %d for %dx%d",
			ErrSize, len(mask), w, h, len(now), len(ground), len(truth), tw, th)
	}
	if size := [2]int{th, tw}; m.past == nil || m.size != size {
		m.past, m.size = make([]time.Duration, th*tw), size
		for i := range m.past {
			m.past[i] = never
		}
	}
	for y := range th {
		row := mask[(2*y+1)*h/(2*th)*w:][:w]
		for x := range tw {
			i := y*tw + x
			marked := row[(2*x+1)*w/(2*tw)] != 0
			irregular := truth != nil && truth[i] != 0
			if irregular {
				m.past[i] = at
			}
			if !marked && !irregular {
				continue
			}
			d := int(now[i]) - int(ground[i])
			switch {
			case !marked:
				m.Missed++
			case irregular:
				m.Thing++
			case m.past[i] >= at-Trail:
				m.Trail++
			case d >= MovingDelta || d <= -MovingDelta:
				m.Movers++
			default:
				m.Ground++
			}
		}
	}
	return nil
}

// MaskReport says where the marks lie, as fractions of 1: average precision of all
// pixels by their score; precision, recall and IoU of the masks at the working
// threshold, over the pixels of all frames; and what the marked pixels are (see
// Marks). Figures without data are nil.
type MaskReport struct {
	AP        *float64 `json:"ap"`
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
	IoU       *float64 `json:"iou"`
	Thing     *float64 `json:"thing"`
	Trail     *float64 `json:"trail"`
	Movers    *float64 `json:"movers"`
	Ground    *float64 `json:"ground"`
}

// report sums up; ap may be nil.
func (m *Marks) report(ap *float64) *MaskReport {
	marked := m.Thing + m.Trail + m.Movers + m.Ground
	return &MaskReport{AP: ap,
		Precision: part(m.Thing, marked), Recall: part(m.Thing, m.Thing+m.Missed), IoU: part(m.Thing, marked+m.Missed),
		Thing: part(m.Thing, marked), Trail: part(m.Trail, marked), Movers: part(m.Movers, marked), Ground: part(m.Ground, marked)}
}

// part is n of whole, nil of nothing.
func part(n, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	v := float64(n) / float64(whole)
	return &v
}

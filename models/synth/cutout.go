package synth

import (
	"math"
	"math/rand/v2"
)

// Cutout is a body by itself: H×W pixels of grey levels 0 to 255, and how much of each
// pixel the body covers, 0 to 1. Foot is the row and Middle the column, in pixels, of
// the point of the ground that it stands on.
type Cutout struct {
	H, W         int
	Gray, Cover  []float32
	Foot, Middle float64
}

// Performer is one body that no scene is around, to be put into other footage.
type Performer struct {
	actor actor
	place place
	h, w  int
}

// How a performer is looked at: as cameras over a street do, from so far that its
// size does not change on its way.
const (
	stageDistance = 25.0 // metres
	stagePitch    = 0.35 // radians downwards
	personHeight  = 1.72 // metres
)

// NewPerformer makes a body of a kind, dressed and painted by its seed, seen so large
// that a person of usual height is tall pixels high. It heads to the right, or left,
// up to a quarter of a right angle off.
func NewPerformer(kind Kind, seed uint64, tall float64) *Performer {
	r := rand.New(rand.NewPCG(seed, 0x706572666f726d))
	p := &Performer{h: int(2.2*tall) + 8, w: int(3.4*tall) + 8}
	angle := math.Pi / 8 * (2*r.Float64() - 1)
	if r.IntN(2) == 0 {
		angle += math.Pi
	}
	p.actor = actor{kind: kind, wear: dress(r), paint: pick(r, paints), angle: angle, speed: 1, phase: 2 * math.Pi * r.Float64()}
	focal := tall / (personHeight * math.Cos(stagePitch)) * stageDistance
	foot := vec{0, 0, 0}
	pos := vec{0, stageDistance * math.Sin(stagePitch), -stageDistance * math.Cos(stagePitch)}
	p.place.cam = newCamera(pos, 0, stagePitch, focal, p.h, p.w)
	p.place.cam.cy = 0.85 * float64(p.h) // the optical axis meets the ground at the feet
	p.actor.start = foot
	azimuth := math.Pi * r.Float64()
	p.place.sun = vec{math.Cos(azimuth), 1.2, -math.Sin(azimuth)}.unit()
	return p
}

// Right is the way to the right that the body makes in the picture for each metre that
// it goes, in metres: negative to the left.
func (p *Performer) Right() float64 { return math.Cos(p.actor.angle) }

// Down is the way downwards in the picture, likewise.
func (p *Performer) Down() float64 { return -math.Sin(p.actor.angle) * math.Sin(stagePitch) }

// Render draws the body after it went so many metres; its limbs stand still where still
// is said.
func (p *Performer) Render(metres float64, still bool) *Cutout {
	a, stride := p.actor, 1.0
	if still {
		stride = 0
	}
	c := newCanvas(p.h, p.w)
	p.place.drawParts(c, a.body(heading(a.start, a.angle), metres, stride), 1, 1)
	out := &Cutout{H: p.h, W: p.w, Gray: make([]float32, p.h*p.w), Cover: c.truth}
	for i, cover := range c.truth {
		if cover > 0 { // the canvas was black
			out.Gray[i] = 255 * (0.299*c.rgb[3*i] + 0.587*c.rgb[3*i+1] + 0.114*c.rgb[3*i+2]) / cover
		}
	}
	out.Middle, out.Foot, _ = p.place.cam.project(a.start)
	return out
}

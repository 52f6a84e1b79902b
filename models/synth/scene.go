package synth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Object is one body in a frame.
type Object struct {
	ID         int
	Kind       Kind
	X, Y, W, H int // bounding box of what of it is drawn, pixels, clipped to the picture
}

// Frame is one rendered picture with its ground truth. Its slices belong to
// the caller and are reused by the next Render into it.
type Frame struct {
	Height, Width int
	RGB           []byte   // H*W*3, row-major
	Gray          []byte   // H*W, luma of RGB by the BT.601 weights, 0..255
	Mask          []byte   // H*W, 255 where something irregular is seen, else 0
	Irregular     bool     // Mask is not empty
	Objects       []Object // far ones first
	Time          time.Duration
}

// Scene is one clip of one place. It is safe for concurrent use as long as
// each goroutine renders into its own Frame.
type Scene struct {
	cfg    Config
	place  *place
	actors []*actor
	gauss  *gaussTable
}

// New builds the place and the cast of a clip; it takes about a second for a
// megapixel. The error is an ErrConfig.
func New(cfg Config) (*Scene, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return assemble(cfg, newPlace(cfg.Place, cfg.Night, cfg.Height, cfg.Width)), nil
}

func assemble(cfg Config, p *place) *Scene {
	cfg.Irregular = slices.Clone(cfg.Irregular)
	return &Scene{cfg: cfg, place: p, actors: newCast(p, cfg), gauss: newGaussTable(cfg.Place)}
}

// Another is another clip of the same camera, which it shares, so it is quick:
// Seed, Frames, Rate, Pedestrians, Irregular and Noise of cfg count, and its
// size, place and Night must be those of s. The error is an ErrConfig.
func (s *Scene) Another(cfg Config) (*Scene, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Height != s.cfg.Height || cfg.Width != s.cfg.Width || cfg.Place != s.cfg.Place || cfg.Night != s.cfg.Night {
		return nil, fmt.Errorf("%w: another clip of a camera keeps its size %dx%d (width × height), place %d and time of day (night: %v), not %dx%d, %d and %v",
			ErrConfig, s.cfg.Width, s.cfg.Height, s.cfg.Place, s.cfg.Night, cfg.Width, cfg.Height, cfg.Place, cfg.Night)
	}
	return assemble(cfg, s.place), nil
}

// Config is what the scene was made from.
func (s *Scene) Config() Config { return s.cfg }

// Render draws frame k, 0 <= k < Frames, into f, whose slices are allocated
// when they do not fit.
func (s *Scene) Render(k int, f *Frame) error {
	if k < 0 || k >= s.cfg.Frames {
		return fmt.Errorf("%w: frame %d: the clip has frames 0 to %d", ErrConfig, k, s.cfg.Frames-1)
	}
	h, w := s.cfg.Height, s.cfg.Width
	if f.Height != h || f.Width != w || len(f.RGB) != 3*h*w {
		*f = Frame{Height: h, Width: w, RGB: make([]byte, 3*h*w), Gray: make([]byte, h*w), Mask: make([]byte, h*w)}
	}
	c := newCanvas(h, w)
	copy(c.rgb, s.place.empty)
	t := float64(k) / s.cfg.Rate
	f.Time = time.Duration(math.Round(t * float64(time.Second)))
	f.Objects = s.draw(c, t, f.Objects[:0])
	s.expose(c, k, f)
	return nil
}

// draw puts shadows and bodies on the canvas, far ones first.
func (s *Scene) draw(c *canvas, t float64, objects []Object) []Object {
	type body struct {
		a     *actor
		at    vec
		parts []part
	}
	var bodies []body
	for _, a := range s.actors {
		if a.present(t) {
			bodies = append(bodies, body{a, a.axes(t).at, a.parts(t)})
		}
	}
	slices.SortStableFunc(bodies, func(a, b body) int {
		da, db := a.at.sub(s.place.cam.pos).length(), b.at.sub(s.place.cam.pos).length()
		if da > db {
			return -1
		}
		return 1
	})
	for _, b := range bodies {
		for _, p := range b.parts {
			s.place.castShadow(c, p)
		}
	}
	s.place.darken(c)
	for _, b := range bodies {
		truth := 0.0
		if b.a.kind.Irregular() {
			truth = 1
		}
		s.place.drawParts(c, b.parts, s.sunAt(b.at), truth)
		if o, ok := s.outline(b.parts); ok {
			o.ID, o.Kind = b.a.id, b.a.kind
			objects = append(objects, o)
		}
	}
	s.place.drawParts(c, s.place.front, 1, 0)
	return objects
}

// sunAt is how much sun a body standing at the point gets.
func (s *Scene) sunAt(at vec) float64 {
	return 0.5*s.place.sunlight(at.add(vec{0, 1.2, 0})) + 0.5*s.place.sunlight(at.add(vec{0, 0.3, 0}))
}

// outline is the box around the parts of a body, if it is in the picture.
func (s *Scene) outline(parts []part) (Object, bool) {
	u0, v0, u1, v1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	reach := func(p vec, r float64) {
		if u, v, d := s.place.cam.project(p); d > 0 {
			r *= s.place.cam.focal / d
			u0, u1 = math.Min(u0, u-r), math.Max(u1, u+r)
			v0, v1 = math.Min(v0, v-r), math.Max(v1, v+r)
		}
	}
	for _, p := range parts {
		for _, q := range p.poly {
			reach(q, 0)
		}
		if p.poly == nil {
			reach(p.a, p.ra)
			reach(p.b, p.rb)
		}
	}
	x0, y0 := max(0, int(math.Floor(u0))), max(0, int(math.Floor(v0)))
	x1, y1 := min(s.cfg.Width, int(math.Ceil(u1))), min(s.cfg.Height, int(math.Ceil(v1)))
	return Object{X: x0, Y: y0, W: x1 - x0, H: y1 - y0}, x1 > x0 && y1 > y0
}

// expose turns the canvas into bytes, as a sensor would: a breath of exposure
// change, noise on each pixel that colours share in part, then rounding.
func (s *Scene) expose(c *canvas, k int, f *Frame) {
	if s.cfg.Night {
		s.infrared(c)
	}
	r := rand.New(rand.NewPCG(s.cfg.Place*0x9e3779b97f4a7c15+s.cfg.Seed, uint64(k)))
	gain := float32(255 * (1 + 0.004*math.Sin(float64(k)/s.cfg.Rate*0.7+float64(s.cfg.Seed))))
	sigma := float32(s.cfg.Noise)
	f.Irregular = false
	for i := range f.Gray {
		bits := r.Uint64()
		shared := s.gauss[bits&4095] * 0.85
		var rgb [3]byte
		for j := range rgb {
			bits >>= 12
			v := c.rgb[3*i+j]*gain + sigma*(shared+0.5*s.gauss[bits&4095]) + 0.5
			rgb[j] = byte(min(max(v, 0), 255))
		}
		if s.cfg.Night { // the camera sees no colours then
			rgb[1], rgb[2] = rgb[0], rgb[0]
		}
		copy(f.RGB[3*i:], rgb[:])
		f.Gray[i] = byte((299*uint32(rgb[0]) + 587*uint32(rgb[1]) + 114*uint32(rgb[2]) + 500) / 1000)
		f.Mask[i] = 0
		if c.truth[i] >= 0.5 {
			f.Mask[i], f.Irregular = 255, true
		}
	}
}

package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"slices"
	"time"

	"avid/models/average"
	"avid/models/bundle"
	"avid/models/pseudo"
	"avid/models/spans"
)

// Evidence is what a bundle tells of its making beyond its manifest, for people: the
// report shows it, and no frame is judged by it.
type Evidence struct {
	Footage []Recording `json:"footage,omitempty"`
	Curve   []Point     `json:"curve,omitempty"` // oldest first
	Motion  *Motion     `json:"motion,omitempty"`
	Held    *Held       `json:"held,omitempty"`
	// Hours are those of a recorder that were learnt from, and held back so that the
	// bundle can be compared with another one on them; nil: it did not learn so.
	Hours *Hours `json:"hours,omitempty"`
}

// Learnt is what a run and those that it goes on from have learnt from, as Evidence has it.
type Learnt struct {
	Footage []Recording
	Hours   *Hours
}

// Hours say which recorded hours of a camera a bundle has learnt from.
type Hours struct {
	Camera string     `json:"camera"`
	Daily  string     `json:"daily"` // hours of the day that were asked for
	Learnt spans.List `json:"learnt"`
	Held   spans.List `json:"held"`
}

// validate tells whether the lists are bounded, and in order.
func (h *Hours) validate() error {
	if len(h.Camera) > 4096 || len(h.Daily) > 64 {
		return fmt.Errorf("hours of a camera with a name of %d bytes", len(h.Camera))
	}
	for _, l := range []spans.List{h.Learnt, h.Held} {
		if len(l) > maxSpans || len(spans.Union(l...)) != len(l) {
			return fmt.Errorf("hours of %d spans, which are too many or none of a list", len(l))
		}
	}
	return nil
}

// Recording is one recording that was learnt from.
type Recording struct {
	Name string    `json:"name"`
	Made time.Time `json:"made,omitzero"` // when the recording ended, as far as is known
	// Recorded tells that Made is by the recording itself, not by when its file was
	// written; never in older bundles.
	Recorded bool `json:"recorded,omitzero"`

	Seconds float64  `json:"seconds"`
	Frames  int      `json:"frames"` // learnt from and held back
	Width   int      `json:"width"`  // of its pictures, pixels
	Height  int      `json:"height"`
	Rate    float64  `json:"rate"`            // its own frames/s; 0: not known
	Scenes  [][]byte `json:"scenes,omitzero"` // PNG, some of its frames
}

// Same tells whether p is the same recording. A bundle of before knew fewer dates: two
// that are known by different means say nothing.
func (r Recording) Same(p Recording) bool {
	if r.Name != p.Name {
		return false
	}
	return r.Made.Equal(p.Made) || r.Recorded != p.Recorded && r.Seconds == p.Seconds && r.Frames == p.Frames
}

// Point is a validation of a run.
type Point struct {
	Step           int     `json:"step"`
	Seconds        float64 `json:"seconds"`
	Reconstruction float64 `json:"reconstruction"` // Validation's
	DrawnAUC       float64 `json:"teaching"`
	InpaintedAUC   float64 `json:"game"`
}

// Motion says where something moved in the footage that was learnt from.
type Motion struct {
	// Share is the share of the windows in which something moved at each region, row
	// by row.
	Share []float64 `json:"share"`
	// Growth is how many of the regions had seen motion after each tenth of the
	// footage, as a share of all.
	Growth []float64 `json:"growth"`
	// New is the share of the motion in the held-back footage that was where none had
	// been before.
	New float64 `json:"new"`
}

// Held is how the bundle did on held-back footage.
type Held struct {
	Seconds float64 `json:"seconds"`
	// Maxima are the greatest calibrated scores of its blocks, in order of time.
	Maxima []float32 `json:"maxima,omitempty"`
	Drawn  []Drawn   `json:"drawn,omitempty"`
	// Examples are windows that irregularities were drawn into.
	Examples []Example `json:"examples,omitempty"`
}

// Drawn is an irregularity that was drawn into held-back footage.
type Drawn struct {
	X     int     `json:"x"` // of its box, pixels of the model
	Y     int     `json:"y"`
	W     int     `json:"w"`
	H     int     `json:"h"`
	Score float32 `json:"score"` // of the frame
	Found bool    `json:"found"`
}

// Example is a drawn irregularity to look at.
type Example struct {
	Drawn
	Picture []byte `json:"picture"` // PNG, grey
	Mask    []byte `json:"mask"`    // PNG, white is marked
}

// Bounds of an Evidence: what is read is from anywhere.
const (
	maxEvidence   = 16 << 20 // bytes of JSON
	maxRecordings = 1000
	maxPictures   = 64
	maxPoints     = 2000
	maxMaxima     = 5000
	maxSpans      = 20000
	// examples is how many are kept.
	examples = 8
)

// tell keeps the maxima, as many as there is room for.
func (h *Held) tell(maxima []float64) {
	h.Maxima = nil
	for _, v := range maxima[:min(len(maxima), maxMaxima)] {
		h.Maxima = append(h.Maxima, float32(v))
	}
}

// Encode is the form that bundle.Bundle.Evidence has.
func (e *Evidence) Encode() ([]byte, error) {
	if n := len(e.Curve); n > maxPoints { // each second one still shows the way
		thinned := make([]Point, 0, n/2+1)
		for i := n % 2; i < n; i += 2 {
			thinned = append(thinned, e.Curve[i])
		}
		e.Curve = thinned
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	if len(text) > maxEvidence {
		return nil, fmt.Errorf("evidence: %d bytes, allowed are %d", len(text), maxEvidence)
	}
	return text, nil
}

// ErrEvidence says that a bundle's evidence cannot be used.
var ErrEvidence = errors.New("train: the bundle's evidence is not valid")

// ParseEvidence reads the evidence of a bundle, which may be from anywhere: its
// numbers are finite, its lists bounded, its pictures PNG of at most the model's
// size. A bundle without any gives the zero value. The error is ErrEvidence.
func ParseEvidence(b *bundle.Bundle) (*Evidence, error) {
	e := new(Evidence)
	if len(b.Evidence) == 0 {
		return e, nil
	}
	if len(b.Evidence) > maxEvidence {
		return nil, fmt.Errorf("%w: %d bytes, allowed are %d", ErrEvidence, len(b.Evidence), maxEvidence)
	}
	if err := json.Unmarshal(b.Evidence, e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	if err := e.validate(&b.Manifest); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	return e, nil
}

func (e *Evidence) validate(m *bundle.Manifest) error {
	if len(e.Footage) > maxRecordings || len(e.Curve) > maxPoints {
		return fmt.Errorf("%d recordings and %d points", len(e.Footage), len(e.Curve))
	}
	if e.Hours != nil {
		if err := e.Hours.validate(); err != nil {
			return err
		}
	}
	var images [][]byte
	for _, r := range e.Footage {
		if !(r.Seconds >= 0 && r.Seconds < 1e9) || r.Frames < 0 || !(r.Rate >= 0 && r.Rate <= 1e6) || len(r.Name) > 4096 || r.Width < 0 || r.Height < 0 {
			return fmt.Errorf("recording %.40q has numbers that cannot be", r.Name)
		}
		images = append(images, r.Scenes...)
	}
	if o := e.Motion; o != nil {
		if len(o.Share) != m.Regions.Rows*m.Regions.Cols || len(o.Growth) > 100 {
			return fmt.Errorf("motion of %d regions, there are %d", len(o.Share), m.Regions.Rows*m.Regions.Cols)
		}
		for _, v := range slices.Concat(o.Share, o.Growth, []float64{o.New}) {
			if !(v >= 0 && v <= 1) {
				return fmt.Errorf("a share of motion is %v", v)
			}
		}
	}
	if h := e.Held; h != nil {
		if !(h.Seconds >= 0 && h.Seconds < 1e9) || len(h.Maxima) > maxMaxima || len(h.Drawn) > maxPoints || len(h.Examples) > maxPictures {
			return fmt.Errorf("held-back footage of %v s, %d maxima, %d drawn", h.Seconds, len(h.Maxima), len(h.Drawn))
		}
		for _, v := range h.Maxima {
			if !(math.Abs(float64(v)) <= 1e6) {
				return fmt.Errorf("a maximum is %v", v)
			}
		}
		for _, x := range h.Examples {
			images = append(images, x.Picture, x.Mask)
		}
	}
	if len(images) > 4*maxPictures {
		return fmt.Errorf("%d pictures", len(images))
	}
	for _, text := range images {
		c, err := png.DecodeConfig(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("a picture: %w", err)
		}
		if c.Width > m.Width || c.Height > m.Height {
			return fmt.Errorf("a picture of %dx%d pixels (width × height), larger than the model's", c.Width, c.Height)
		}
	}
	return nil
}

// mostWindows is how many windows motion is looked for in.
const mostWindows = 2000

// motion looks where things move in the footage.
func motion(learn []pseudo.Clip, held []Clip, r bundle.Regions, h, w int) *Motion {
	m := &Motion{Share: make([]float64, r.Rows*r.Cols)}
	var windows []pseudo.Clip
	total := 0
	for _, c := range learn {
		total += max(len(c)-average.Frames+1, 0)
	}
	each := max(total/mostWindows, 1)
	for _, c := range learn {
		for t := average.Frames; t <= len(c); t += each {
			windows = append(windows, c[t-average.Frames:t])
		}
	}
	if len(windows) == 0 {
		return nil
	}
	seen, known := make([]bool, len(m.Share)), 0
	for i, window := range windows {
		for k, moves := range movingRegions(window, r, h, w) {
			if !moves {
				continue
			}
			m.Share[k] += 1 / float64(len(windows))
			if !seen[k] {
				seen[k] = true
				known++
			}
		}
		for len(m.Growth) < 10*(i+1)/len(windows) {
			m.Growth = append(m.Growth, float64(known)/float64(len(seen)))
		}
	}
	for k, v := range m.Share {
		m.Share[k] = min(v, 1)
	}
	fresh, all := 0, 0
	for _, c := range held {
		for t := average.Frames; t <= len(c.Frames); t += average.Frames {
			for k, moves := range movingRegions(c.Frames[t-average.Frames:t], r, h, w) {
				if moves {
					all++
					if !seen[k] {
						fresh++
					}
				}
			}
		}
	}
	m.New = float64(fresh) / float64(max(all, 1))
	return m
}

// leastMoving is how many pixels of a cell must move.
const leastMoving = 3

// movingRegions tells in which cells, a stride wide, something moves in a window.
func movingRegions(frames [][]byte, r bundle.Regions, h, w int) []bool {
	out, count := make([]bool, r.Rows*r.Cols), make([]int, r.Rows*r.Cols)
	first, last := frames[:2], frames[len(frames)-2:]
	for y := range h {
		row := cell(y, r, r.Rows)
		for x := range w {
			i := y*w + x
			d := int(last[0][i]) + int(last[1][i]) - int(first[0][i]) - int(first[1][i]) // twice that of I'
			if abs(float32(d)) > 2*movingAt*average.White {
				count[row*r.Cols+cell(x, r, r.Cols)]++
			}
		}
	}
	for k, n := range count {
		out[k] = n >= leastMoving
	}
	return out
}

// cell is the region whose centre is nearest to a pixel.
func cell(at int, r bundle.Regions, n int) int {
	return min(max(int(math.Round((float64(at)-r.Center)/float64(r.Stride))), 0), n-1)
}

// show keeps a drawn irregularity as an example where room is left for its kind:
// half for those found, half for those missed.
func (h *Held) show(d Drawn, frame, marked []byte, w int) error {
	same := 0
	for _, x := range h.Examples {
		if x.Found == d.Found {
			same++
		}
	}
	if same >= examples/2 {
		return nil
	}
	white := make([]byte, len(marked))
	for i, v := range marked {
		if v > 0 {
			white[i] = average.White
		}
	}
	picture, err1 := bundle.EncodePicture(frame, w)
	mask, err2 := bundle.EncodePicture(white, w)
	h.Examples = append(h.Examples, Example{d, picture, mask})
	return errors.Join(err1, err2)
}

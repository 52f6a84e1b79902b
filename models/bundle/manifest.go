// Package bundle reads and writes .avid files: everything that avid knows of
// one camera, in one zip. A bundle holds a manifest, the inpainter, the
// detector and the fused inference graph as ONNX, the usual pixel error of the
// place, and perhaps a thumbnail.
//
// The envelope, which every format version keeps: a zip without compression
// whose first entry is "mimetype" (content MimeType), that has an entry
// "manifest.json" with an integer key "format", and whose comment ends in the
// SHA-256 of all bytes before that digest. So any changed bit is noticed, no
// entry can grow when read, and a newer format can be named as such.
package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"avid/models/luma"
)

// Format is the newest format version that this package reads. It writes the oldest one
// that has what the bundle holds: ordinary things need the fifth, zones the sixth, shadows and
// a detector of what looks out of place the seventh.
const (
	Format       = 7
	withZones    = 6
	withOrdinary = 5
	plain        = 4
)

// Limits of a manifest. The model sizes span the smallest picture in which D
// still has a region and the largest that any device here could infer.
const (
	MinSize = 16   // least model height and width, pixels
	MaxSize = 4096 // greatest model height and width, pixels
	maxText = 4096 // longest name, tool and time, bytes
	MaxRate = 1000 // greatest frame rate, frames/s
	MinRate = 0.01 // least: a window of ten minutes

	// minSpread is the least scale of the maxima: one that is less makes a
	// threshold of all but any rate of alarms the same.
	minSpread = 1e-3
	// maxBlock is the longest block, seconds: a day; maxAlarms is the most false
	// alarms a day, one each second, and minAlarms one in a thousand years.
	maxBlock, minBlock   = 86400, 0.01
	maxAlarms, minAlarms = 86400, 1e-6
	// minSmoothing forgets a frame within a day.
	minSmoothing = 1e-6

	// maxLogit bounds location and scale of logits: they end as float32.
	maxLogit = 1e6
)

// Manifest describes a bundle. It is stored as JSON with the keys below;
// unknown keys are refused.
type Manifest struct {
	Format  int    `json:"format"`            // Format; Write sets it
	Name    string `json:"name,omitempty"`    // the camera, for people
	Tool    string `json:"tool,omitempty"`    // what wrote the bundle
	Created string `json:"created,omitempty"` // RFC 3339, or empty

	Height    int     `json:"height"`     // model size, pixels, MinSize to MaxSize
	Width     int     `json:"width"`      // model size, pixels, MinSize to MaxSize
	FrameRate float64 `json:"frame_rate"` // frames/s that the window's spacing was trained at, MinRate to MaxRate

	// Inpainter and Detector are the settings of I and D: JSON objects or
	// nothing, decoded by models/nets.
	Inpainter json.RawMessage `json:"inpainter,omitempty"`
	Detector  json.RawMessage `json:"detector,omitempty"`

	Regions Regions `json:"regions"`

	// Dilation is the side in pixels, odd, of the square in which some pixel's error
	// must reach α for the one in its middle to count; 0 means 1.
	Dilation int `json:"reach,omitempty"`
	// Closing is the side in pixels, odd, of the square that what so counts is closed by;
	// 0 means 1, not at all.
	Closing int `json:"closing,omitempty"`

	// Ground says that I is given the ground of the place, which begins with the bundle's
	// picture and follows the stream; Where, that D has a second head, which scores
	// pixels. The fused graph then has more inputs and outputs.
	Ground bool `json:"ground,omitempty"`
	Where  bool `json:"where,omitempty"`

	// Appearance is of the detector of what looks out of place; nil: there is none.
	Appearance *Appearance `json:"appearance,omitempty"`

	// Footage is the size of the pictures that were trained on; nil in older bundles.
	Footage *Size `json:"footage,omitempty"`

	// Precision is what the networks compute in: FP32 or FP16; empty, as in
	// older bundles, means FP32. Inputs and outputs are the same in both.
	Precision string `json:"precision,omitempty"`

	// Luma is the range of the grey frames that the networks were trained on and
	// want to see: "full" (0 to 255) or "limited" (16 to 235). Empty, as in older
	// bundles, means that of the footage, whatever it was, so that they see what
	// they always saw.
	Luma string `json:"luma,omitempty"`

	// Training is the training record: a JSON object or nothing.
	Training json.RawMessage `json:"training,omitempty"`

	Calibration Calibration `json:"calibration"`

	// HeldBack is the bundle's test of its own; nil: it was not made.
	HeldBack *HeldBack `json:"held_back,omitempty"`

	// Parts names the files of the bundle beside the manifest. Write sets it.
	Parts map[string]Part `json:"parts"`
}

// Appearance says how the detector of what looks out of place is used.
type Appearance struct {
	// Every is on how many samples it looks once, 1 to maxEvery.
	Every int `json:"every"`
	// The maxima of its distances over blocks of the calibration's length of normal
	// footage follow a Gumbel distribution with this location and scale (> 0).
	Location float64 `json:"location"`
	Scale    float64 `json:"scale"`
	// Clear is how far the place itself may be from what it looks like in the bundle's
	// picture; nothing is looked at where it is further (> 0).
	Clear float64 `json:"clear"`
}

// maxEvery bounds Appearance.Every.
const maxEvery = 1 << 16

// validate tells whether the values are in their ranges.
func (a *Appearance) validate() error {
	switch {
	case a == nil:
		return nil
	case a.Every < 1 || a.Every > maxEvery:
		return badField("appearance.every", a.Every, fmt.Sprintf("1 to %d", maxEvery))
	case !(math.Abs(a.Location) <= maxLogit):
		return badField("appearance.location", a.Location, fmt.Sprintf("%g to %g", -maxLogit, maxLogit))
	case !(a.Scale >= minSpread && a.Scale <= maxLogit):
		return badField("appearance.scale", a.Scale, fmt.Sprintf("%g to %g", minSpread, maxLogit))
	case !(a.Clear > 0 && a.Clear <= math.MaxFloat32):
		return badField("appearance.clear", a.Clear, "above 0")
	}
	return nil
}

// Size is the size of a picture, pixels, 1 to maxSide.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// maxSide is the longest side of a picture that is believed.
const maxSide = 1 << 16

// The values of Manifest.Precision.
const (
	FP32 = "fp32" // float32 throughout
	FP16 = "fp16" // float16 in the convolutions of I and D, float32 around them
)

// Part is the checksum of one file of a bundle.
type Part struct {
	SHA256 string `json:"sha256"` // 64 lower-case hexadecimal digits
	Size   int64  `json:"size"`   // bytes, 1 to MaxPart
}

// Calibration turns the detector's output into a score and a score into a
// decision, from normal footage that training did not see.
type Calibration struct {
	// Alpha is the pixel threshold of Eq. 4 on the box mean of |X - I(X)|,
	// counted from the bundle's Floor, in [0, 1].
	Alpha float64 `json:"alpha"`
	// RowShift and RowScale are location and scale (> 0) of the irregularity
	// logit on normal footage, one of each per row of O.
	RowShift []float64 `json:"row_shift"`
	RowScale []float64 `json:"row_scale"`
	// Where makes scores of the logits of D's second head; nil: there is no such head.
	Where *Balance `json:"where,omitempty"`
	// Shadow is how dark the shadows are that things cast; nil: none were seen.
	Shadow *Shadow `json:"shadow,omitempty"`
	// Smoothing is the weight of the newest frame in the causal mean of
	// logits, in (0, 1]; 1 is no smoothing.
	Smoothing float64 `json:"smoothing"`
	// The maxima of the calibrated score over blocks of BlockSeconds (> 0)
	// of normal footage follow a Gumbel distribution with this location and
	// scale (> 0), in logit units.
	BlockSeconds   float64 `json:"block_seconds"`
	GumbelLocation float64 `json:"gumbel_location"`
	GumbelScale    float64 `json:"gumbel_scale"`
	// Frames is the number of normal frames that were used; 0 means that
	// nothing was measured.
	Frames int `json:"frames"`
	// FalseAlarmsPerDay is the rate that the threshold is chosen for unless
	// the user wants another, > 0.
	FalseAlarmsPerDay float64 `json:"false_alarms_per_day"`
}

// Balance makes a score, comparable to that of a region, of a logit w of D's second
// head: Location + Scale·w, Scale > 0.
type Balance struct {
	Location float64 `json:"location"`
	Scale    float64 `json:"scale"`
}

// Shadow bounds what is left of the light of the ground in a full shadow, as a share of
// it: 0 < Low < High < 1.
type Shadow struct {
	Low  float32 `json:"low"`
	High float32 `json:"high"`
}

// Uncalibrated is a valid calibration for rows rows of regions that changes
// no logit: for tests, and for bundles not yet measured.
func Uncalibrated(rows int) Calibration {
	c := Calibration{
		RowShift:          make([]float64, rows),
		RowScale:          make([]float64, rows),
		Smoothing:         1,
		BlockSeconds:      1,
		GumbelScale:       1,
		FalseAlarmsPerDay: 1,
	}
	for i := range c.RowScale {
		c.RowScale[i] = 1
	}
	return c
}

// Validate tells whether every value is in its range and every per-row array
// has rows elements. The error is ErrManifest and names the field.
func (c Calibration) Validate(rows int) error {
	switch {
	case !(c.Alpha >= 0 && c.Alpha <= 1):
		return badField("calibration.alpha", c.Alpha, "0 to 1")
	case len(c.RowShift) != rows:
		return badField("calibration.row_shift", fmt.Sprintf("%d values", len(c.RowShift)), fmt.Sprintf("%d, one per row of regions", rows))
	case len(c.RowScale) != rows:
		return badField("calibration.row_scale", fmt.Sprintf("%d values", len(c.RowScale)), fmt.Sprintf("%d, one per row of regions", rows))
	case !(c.Smoothing >= minSmoothing && c.Smoothing <= 1):
		return badField("calibration.smoothing", c.Smoothing, fmt.Sprintf("%g to 1", minSmoothing))
	case !(c.BlockSeconds >= minBlock && c.BlockSeconds <= maxBlock):
		return badField("calibration.block_seconds", c.BlockSeconds, fmt.Sprintf("%g to %d", minBlock, maxBlock))
	case !(math.Abs(c.GumbelLocation) <= maxLogit):
		return badField("calibration.gumbel_location", c.GumbelLocation, fmt.Sprintf("%g to %g", -maxLogit, maxLogit))
	case !(c.GumbelScale >= minSpread && c.GumbelScale <= maxLogit):
		return badField("calibration.gumbel_scale", c.GumbelScale, fmt.Sprintf("%g to %g", minSpread, maxLogit))
	case c.Frames < 0:
		return badField("calibration.frames", c.Frames, "0 or more")
	case !(c.FalseAlarmsPerDay >= minAlarms && c.FalseAlarmsPerDay <= maxAlarms):
		return badField("calibration.false_alarms_per_day", c.FalseAlarmsPerDay, fmt.Sprintf("%g to %d", minAlarms, maxAlarms))
	}
	if w := c.Where; w != nil && !(math.Abs(w.Location) <= maxLogit && w.Scale >= 1/maxLogit && w.Scale <= maxLogit) {
		return badField("calibration.where", fmt.Sprintf("%g, %g", w.Location, w.Scale), fmt.Sprintf("%g to %g, %g to %g", -maxLogit, maxLogit, 1/maxLogit, maxLogit))
	}
	if s := c.Shadow; s != nil && !(s.Low > 0 && s.Low < s.High && s.High < 1) {
		return badField("calibration.shadow", fmt.Sprintf("%g to %g", s.Low, s.High), "0 < low < high < 1")
	}
	for i := range rows {
		if !(math.Abs(c.RowShift[i]) <= maxLogit) {
			return badField(fmt.Sprintf("calibration.row_shift[%d]", i), c.RowShift[i], fmt.Sprintf("%g to %g", -maxLogit, maxLogit))
		}
		if !(c.RowScale[i] >= 1/maxLogit && c.RowScale[i] <= maxLogit) {
			return badField(fmt.Sprintf("calibration.row_scale[%d]", i), c.RowScale[i], fmt.Sprintf("%g to %g", 1/maxLogit, maxLogit))
		}
	}
	return nil
}

// Validate tells whether every field but Format and Parts is in its range
// and fits the others. The error is ErrManifest and names the field.
func (m *Manifest) Validate() error {
	switch {
	case m.Height < MinSize || m.Height > MaxSize:
		return badField("height", m.Height, fmt.Sprintf("%d to %d", MinSize, MaxSize))
	case m.Width < MinSize || m.Width > MaxSize:
		return badField("width", m.Width, fmt.Sprintf("%d to %d", MinSize, MaxSize))
	case !(m.FrameRate >= MinRate && m.FrameRate <= MaxRate):
		return badField("frame_rate", m.FrameRate, fmt.Sprintf("%g to %d", MinRate, MaxRate))
	}
	if p := m.Footage; p != nil && (min(p.Width, p.Height) < 1 || max(p.Width, p.Height) > maxSide) {
		return badField("footage", fmt.Sprintf("%dx%d", p.Width, p.Height), fmt.Sprintf("sides of 1 to %d", maxSide))
	}
	if m.Dilation < 0 || m.Dilation > 0 && m.Dilation%2 == 0 || m.Dilation > min(m.Height, m.Width) {
		return badField("reach", m.Dilation, "0, or an odd number up to the shorter side of the picture")
	}
	if m.Closing < 0 || m.Closing > 0 && m.Closing%2 == 0 || m.Closing > min(m.Height, m.Width) {
		return badField("closing", m.Closing, "0, or an odd number up to the shorter side of the picture")
	}
	if m.Precision != "" && m.Precision != FP32 && m.Precision != FP16 {
		return badField("precision", fmt.Sprintf("%.40q", m.Precision), FP32+" or "+FP16)
	}
	if _, err := luma.ParseRange(m.Luma); err != nil {
		return badField("luma", fmt.Sprintf("%.40q", m.Luma), "full or limited")
	}
	if m.Created != "" {
		if _, err := time.Parse(time.RFC3339, m.Created); err != nil {
			return badField("created", fmt.Sprintf("%.40q", m.Created), "a time as RFC 3339 has it")
		}
	}
	for _, t := range []struct{ field, text string }{{"name", m.Name}, {"tool", m.Tool}} {
		if len(t.text) > maxText {
			return badField(t.field, fmt.Sprintf("%d bytes", len(t.text)), fmt.Sprintf("at most %d", maxText))
		}
	}
	for _, r := range []struct {
		field string
		raw   json.RawMessage
	}{{"inpainter", m.Inpainter}, {"detector", m.Detector}, {"training", m.Training}} {
		if len(r.raw) > 0 && (!json.Valid(r.raw) || bytes.TrimLeft(r.raw, " \t\r\n")[0] != '{') {
			return badField(r.field, fmt.Sprintf("%.40q", r.raw), "a JSON object")
		}
	}
	if err := m.Appearance.validate(); err != nil {
		return err
	}
	if err := m.HeldBack.validate(); err != nil {
		return err
	}
	if err := m.Regions.Validate(); err != nil {
		return err
	}
	if err := m.Regions.fits(m.Height, m.Width); err != nil {
		return err
	}
	if m.Where != (m.Calibration.Where != nil) {
		return badField("calibration.where", m.Calibration.Where != nil, fmt.Sprintf("%v, as the bundle has a second head or not", m.Where))
	}
	return m.Calibration.Validate(m.Regions.Rows)
}

// LumaRange is the range that frames are to be scaled to; of a valid manifest.
func (m *Manifest) LumaRange() luma.Range {
	r, err := luma.ParseRange(m.Luma)
	if err != nil {
		return luma.Stored
	}
	return r
}

// finite tells whether v is neither infinite nor not a number.
func finite(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }

// positive tells whether v is finite and above zero.
func positive(v float64) bool { return v > 0 && finite(v) }

// badField is ErrManifest with the field, its value and what is allowed.
func badField(field string, value any, allowed string) error {
	return fmt.Errorf("%w: %s is %v, allowed is %s", ErrManifest, field, value, allowed)
}

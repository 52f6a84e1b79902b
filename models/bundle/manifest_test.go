package bundle

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		change func(*Manifest)
		field  string // "" when valid
	}{
		"valid":             {func(*Manifest) {}, ""},
		"largest":           {func(m *Manifest) { m.Height, m.Width = MaxSize, MaxSize }, ""},
		"low":               {func(m *Manifest) { m.Height = MinSize - 1 }, "height"},
		"wide":              {func(m *Manifest) { m.Width = MaxSize + 1 }, "width"},
		"no rate":           {func(m *Manifest) { m.FrameRate = 0 }, "frame_rate"},
		"rate NaN":          {func(m *Manifest) { m.FrameRate = nan }, "frame_rate"},
		"rate infinite":     {func(m *Manifest) { m.FrameRate = math.Inf(1) }, "frame_rate"},
		"time":              {func(m *Manifest) { m.Created = "yesterday" }, "created"},
		"name":              {func(m *Manifest) { m.Name = strings.Repeat("x", maxText+1) }, "name"},
		"settings a list":   {func(m *Manifest) { m.Detector = []byte("[1]") }, "detector"},
		"settings blank":    {func(m *Manifest) { m.Inpainter = []byte("  ") }, "inpainter"},
		"stride":            {func(m *Manifest) { m.Regions.Stride = 0 }, "regions.stride"},
		"no rows":           {func(m *Manifest) { m.Regions.Rows = 0 }, "regions.rows"},
		"rows outside":      {func(m *Manifest) { m.Regions.Rows = 9; m.Calibration = Uncalibrated(9) }, "regions.rows"},
		"cols outside":      {func(m *Manifest) { m.Regions.Cols = 12 }, "regions.cols"},
		"centre NaN":        {func(m *Manifest) { m.Regions.Center = nan }, "regions.center"},
		"centre far":        {func(m *Manifest) { m.Regions.Center = -900 }, "regions.rows"},
		"box":               {func(m *Manifest) { m.Regions.Box = 0 }, "regions.box"},
		"reach even":        {func(m *Manifest) { m.Dilation = 4 }, "reach"},
		"reach negative":    {func(m *Manifest) { m.Dilation = -1 }, "reach"},
		"reach too far":     {func(m *Manifest) { m.Dilation = MaxSize + 1 }, "reach"},
		"reach":             {func(m *Manifest) { m.Dilation = 5 }, ""},
		"precision":         {func(m *Manifest) { m.Precision = "int8" }, "precision"},
		"half precision":    {func(m *Manifest) { m.Precision = FP16 }, ""},
		"full precision":    {func(m *Manifest) { m.Precision = FP32 }, ""},
		"luma":              {func(m *Manifest) { m.Luma = "narrow" }, "luma"},
		"full luma":         {func(m *Manifest) { m.Luma = "full" }, ""},
		"limited luma":      {func(m *Manifest) { m.Luma = "limited" }, ""},
		"alpha":             {func(m *Manifest) { m.Calibration.Alpha = 1.01 }, "calibration.alpha"},
		"alpha NaN":         {func(m *Manifest) { m.Calibration.Alpha = nan }, "calibration.alpha"},
		"shifts missing":    {func(m *Manifest) { m.Calibration.RowShift = nil }, "calibration.row_shift"},
		"scales too many":   {func(m *Manifest) { m.Calibration.RowScale = make([]float64, 5) }, "calibration.row_scale"},
		"shift infinite":    {func(m *Manifest) { m.Calibration.RowShift[3] = math.Inf(-1) }, "calibration.row_shift[3]"},
		"scale zero":        {func(m *Manifest) { m.Calibration.RowScale[1] = 0 }, "calibration.row_scale[1]"},
		"smoothing":         {func(m *Manifest) { m.Calibration.Smoothing = 0 }, "calibration.smoothing"},
		"block":             {func(m *Manifest) { m.Calibration.BlockSeconds = -1 }, "calibration.block_seconds"},
		"location":          {func(m *Manifest) { m.Calibration.GumbelLocation = nan }, "calibration.gumbel_location"},
		"scale":             {func(m *Manifest) { m.Calibration.GumbelScale = 0 }, "calibration.gumbel_scale"},
		"frames":            {func(m *Manifest) { m.Calibration.Frames = -1 }, "calibration.frames"},
		"alarms a day":      {func(m *Manifest) { m.Calibration.FalseAlarmsPerDay = 0 }, "calibration.false_alarms_per_day"},
		"shadow":            {func(m *Manifest) { m.Calibration.Shadow = &Shadow{Low: 0.5, High: 0.6} }, ""},
		"shadow reversed":   {func(m *Manifest) { m.Calibration.Shadow = &Shadow{Low: 0.6, High: 0.5} }, "calibration.shadow"},
		"shadow lit":        {func(m *Manifest) { m.Calibration.Shadow = &Shadow{Low: 0.5, High: 1} }, "calibration.shadow"},
		"shadow NaN":        {func(m *Manifest) { m.Calibration.Shadow = &Shadow{Low: float32(nan), High: 0.6} }, "calibration.shadow"},
		"nothing to record": {func(m *Manifest) { m.Inpainter, m.Detector, m.Training = nil, nil, nil }, ""},
	} {
		m := small().Manifest
		c.change(&m)
		err := m.Validate()
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.field != "" && (!errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), c.field+" is")):
			t.Errorf("%s: %v, want one that names %s", name, err, c.field)
		}
	}
}

// TestStrictDecoding edits the manifest's text.
func TestStrictDecoding(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(string) string
		want error
		says string
	}{
		"unknown key":       {swap(`"height"`, `"depth": 1, "height"`), ErrManifest, "depth"},
		"unknown inner key": {swap(`"stride"`, `"stripe": 1, "stride"`), ErrManifest, "stripe"},
		"wrong type":        {swap(`"height": 32`, `"height": "32"`), ErrManifest, "height"},
		"fraction":          {swap(`"height": 32`, `"height": 32.5`), ErrManifest, "height"},
		"precision":         {swap(`"height"`, `"precision": "fp8", "height"`), ErrManifest, "precision is"},
		"out of range":      {swap(`"height": 32`, `"height": 1e9`), ErrManifest, "height"},
		"null settings":     {swap(`"inpainter": {`, `"inpainter": null, "training": {`), ErrManifest, "inpainter"},
		"no format":         {swap(`"format": 4,`, ``), ErrManifest, "format"},
		"format zero":       {swap(`"format": 4`, `"format": 0`), ErrManifest, "format"},
		"more after it":     {func(s string) string { return s + "{}" }, ErrManifest, ""},
		"not JSON":          {func(s string) string { return s[:len(s)/2] }, ErrManifest, ""},
		"huge part":         {swap(`"size": 17`, `"size": 99999999999`), ErrTooLarge, "i.onnx.size"},
		"negative part":     {swap(`"size": 17`, `"size": -1`), ErrManifest, "i.onnx.size"},
		"other size":        {swap(`"size": 17`, `"size": 16`), ErrCorrupt, "i.onnx"},
		"short checksum": {func(s string) string {
			i := strings.Index(s, `"sha256": "`) + len(`"sha256": "`)
			return s[:i] + s[i+1:]
		}, ErrManifest, "d.onnx.sha256"},
	} {
		data := pack(t, true, files(t, c.edit)...)
		if _, err := read(data); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v about %q", name, err, c.want, c.says)
		}
	}
}

func TestSpan(t *testing.T) {
	for name, c := range map[string]struct {
		r       Regions
		k, size int
		lo, hi  int
	}{
		"inside, half pixel centre":  {Regions{Stride: 8, Center: 19.5, Box: 31}, 1, 100, 12, 44},
		"inside, whole pixel centre": {Regions{Stride: 16, Center: 25, Box: 51}, 0, 100, 0, 51},
		"cut at the start":           {Regions{Stride: 8, Center: 3.5, Box: 32}, 0, 100, 0, 20},
		"cut at the end":             {Regions{Stride: 8, Center: 3.5, Box: 32}, 11, 100, 76, 100},
		"outside":                    {Regions{Stride: 8, Center: 3.5, Box: 4}, 20, 100, 162, 100},
		"box on pixel borders":       {Regions{Stride: 4, Center: 2, Box: 4}, 0, 100, 0, 5},
	} {
		if lo, hi := c.r.Span(c.k, c.size); lo != c.lo || hi != c.hi {
			t.Errorf("%s: [%d, %d), want [%d, %d)", name, lo, hi, c.lo, c.hi)
		}
	}
}

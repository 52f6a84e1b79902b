package avidfilter

import (
	"math"

	"avid/element/gstc"
	"avid/runtime/engine"
	"avid/runtime/overlay"
)

// property is a row of the table with how it is read from and written to the
// settings; set is nil for read-only ones, which the element answers itself.
type property struct {
	gstc.Property
	get func(*settings) gstc.Value
	set func(*settings, gstc.Value)
}

// overlayAll is every bit of the overlay property.
const overlayAll = overlay.Mask | overlay.Outline | overlay.Heat | overlay.Score

// maxFalseAlarms is one alarm a second: beyond it every frame may alarm.
const maxFalseAlarms = 86400

// table is every property of avidfilter: name, type, range, unit, default and
// words, in the order in which they are read. The element's docs and the
// golden file of gst-inspect are made from it.
var table = []property{
	{gstc.Property{Name: "model", Kind: gstc.String,
		Doc: "Bundle (.avid file) of this camera, made by \"avid train\"; must be set. Set while playing, the new bundle is opened beside the stream and takes the old one's place between two frames; one that cannot be opened is refused with a warning, and the old one goes on. Several with semicolons between, such as day.avid;night.avid, are all kept open, and the one judges whose place looks most like the picture (docs/weather.md)"},
		func(s *settings) gstc.Value { return gstc.Value{Text: s.Model} },
		func(s *settings, v gstc.Value) { s.Model = v.Text }},
	{gstc.Property{Name: "shadow-model", Kind: gstc.String,
		Doc: "Bundle that judges the same frames beside model, for the work of both: nothing of it leaves the element but the fields shadow-… of stats, by which the two can be compared before the one takes the other's place; empty: none"},
		func(s *settings) gstc.Value { return gstc.Value{Text: s.ShadowModel} },
		func(s *settings, v gstc.Value) { s.ShadowModel = v.Text }},
	{gstc.Property{Name: "zones", Kind: gstc.String,
		Doc: "Parts of the picture to judge apart (events carry their names), to leave out, or to hide, painted black: JSON, or the path of a file with it, as docs/zones.md has it; besides those of the bundle. Bad ones are refused with a warning while playing"},
		func(s *settings) gstc.Value { return gstc.Value{Text: s.ZonesText} },
		func(s *settings, v gstc.Value) { s.readZones(v.Text) }},
	{gstc.Property{Name: "watch", Kind: gstc.Bool,
		Doc: "Look whether the files of model and shadow-model change, and take the new bundle as if the property had been set anew"},
		func(s *settings) gstc.Value { return gstc.Value{Bool: s.Watch} },
		func(s *settings, v gstc.Value) { s.Watch = v.Bool }},
	{gstc.Property{Name: "device", Kind: gstc.String, Text: "auto", Ready: true,
		Doc: "Where to infer: auto, cpu, cuda, cuda:N, tensorrt or webgpu; auto takes CUDA where it works, a named device is never replaced by another"},
		func(s *settings) gstc.Value { return gstc.Value{Text: s.Device} },
		func(s *settings, v gstc.Value) {
			s.Device = v.Text
			if s.Device == "" {
				s.Device = "auto"
			}
		}},
	{gstc.Property{Name: "trusted-keys", Kind: gstc.String, Ready: true,
		Doc: "PEM file of Ed25519 public keys: only a bundle that one of them has signed is opened (\"avid sign\"); empty: any bundle"},
		func(s *settings) gstc.Value { return gstc.Value{Text: s.TrustedKeys} },
		func(s *settings, v gstc.Value) { s.TrustedKeys = v.Text }},
	{gstc.Property{Name: "device-options", Kind: gstc.String, Ready: true,
		Doc: "Options of ONNX Runtime's provider for a GPU, as key=value,key=value, given to it as they are, such as gpu_mem_limit=2147483648"},
		func(s *settings) gstc.Value { return gstc.Value{Text: s.DeviceOptions} },
		func(s *settings, v gstc.Value) { s.DeviceOptions = v.Text }},
	{gstc.Property{Name: "max-batch", Kind: gstc.Uint, Min: 0, Max: engine.MaxBatch, Default: 0, Ready: true, Unit: "windows",
		Doc: "Judge windows of streams with the same bundle and device together where they wait for each other, in one session: at most so many a run; 1: a session of its own; 0: automatic, that is 16 on CUDA and 1 elsewhere"},
		func(s *settings) gstc.Value { return gstc.Value{Uint: s.MaxBatch} },
		func(s *settings, v gstc.Value) { s.MaxBatch = v.Uint }},
	{gstc.Property{Name: "alpha", Kind: gstc.Double, Min: -1, Max: 1, Default: -1, Unit: "share of full scale", Controllable: true,
		Doc: "Pixel threshold: an irregular pixel differs from its inpainted one by at least this; below 0: as calibrated in the bundle"},
		func(s *settings) gstc.Value { return gstc.Value{Double: s.Alpha} },
		func(s *settings, v gstc.Value) { s.Alpha = v.Double }},
	{gstc.Property{Name: "zeta", Kind: gstc.Double, Min: -1, Max: 1, Default: -1, Unit: "probability of being normal", Controllable: true,
		Doc: "Region threshold: an irregular region's probability of being normal is at most this; below 0: by false-alarm-rate"},
		func(s *settings) gstc.Value { return gstc.Value{Double: s.Zeta} },
		func(s *settings, v gstc.Value) { s.Zeta = v.Double }},
	{gstc.Property{Name: "false-alarm-rate", Kind: gstc.Double, Min: 0, Max: maxFalseAlarms, Default: 0, Unit: "alarms/day", Controllable: true,
		Doc: "False alarms to put up with on ordinary footage, fewer meaning a higher threshold; 0: as calibrated in the bundle; excludes zeta"},
		func(s *settings) gstc.Value { return gstc.Value{Double: s.FalseAlarmRate} },
		func(s *settings, v gstc.Value) { s.FalseAlarmRate = v.Double }},
	{gstc.Property{Name: "interval", Kind: gstc.Uint, Min: 1, Max: 3600, Default: 1, Unit: "sampled frames",
		Doc: "Infer on each Nth frame taken at the bundle's frame rate and hold the mask in between; 1: on each"},
		func(s *settings) gstc.Value { return gstc.Value{Uint: s.Interval} },
		func(s *settings, v gstc.Value) { s.Interval = max(v.Uint, 1) }},
	{gstc.Property{Name: "overlay", Kind: gstc.Flags, Default: float64(overlay.Mask | overlay.Outline), BitsName: "AvidFilterOverlay",
		Bits: []gstc.Bit{
			{Value: 0, Nick: "none", Doc: "Draw nothing"},
			{Value: uint(overlay.Mask), Nick: "mask", Doc: "Tint irregular pixels"},
			{Value: uint(overlay.Outline), Nick: "outline", Doc: "Border irregular regions"},
			{Value: uint(overlay.Heat), Nick: "heat", Doc: "Blend in how irregular each pixel is, always"},
			{Value: uint(overlay.Score), Nick: "score", Doc: "Show the frame's score in a corner, always"},
		},
		Doc: "What to draw into the picture; without an irregularity mask and outline leave it untouched"},
		func(s *settings) gstc.Value { return gstc.Value{Uint: uint(s.Overlay)} },
		func(s *settings, v gstc.Value) { s.Overlay = overlay.Flags(v.Uint) & overlayAll }},
	{gstc.Property{Name: "overlay-color", Kind: gstc.Uint, Min: 0, Max: math.MaxUint32, Default: 0xffff2d20, Unit: "0xAARRGGBB",
		Doc: "Colour of mask and outline; the default is a red"},
		func(s *settings) gstc.Value { return gstc.Value{Uint: uint(s.OverlayColor)} },
		func(s *settings, v gstc.Value) { s.OverlayColor = uint32(v.Uint) }},
	{gstc.Property{Name: "opacity", Kind: gstc.Double, Min: 0, Max: 1, Default: 0.4, Unit: "0 clear, 1 opaque", Controllable: true,
		Doc: "Opacity of mask and heat; the outline is always opaque"},
		func(s *settings) gstc.Value { return gstc.Value{Double: s.Opacity} },
		func(s *settings, v gstc.Value) { s.Opacity = v.Double }},
	{gstc.Property{Name: "post-messages", Kind: gstc.Bool, Default: 1,
		Doc: "Post an element message \"avid-irregularity\" when an event begins, changes and ends, and \"avid-scene\" when something begins or ends to keep the stream from being judged"},
		func(s *settings) gstc.Value { return gstc.Value{Bool: s.PostMessages} },
		func(s *settings, v gstc.Value) { s.PostMessages = v.Bool }},
	{gstc.Property{Name: "attach-meta", Kind: gstc.Bool, Default: 1,
		Doc: "Attach mask, verdict and boxes to each buffer as GstAnalytics metadata and regions of interest, and send each report downstream as an event, for avidonvif, avidpublish and avidwebrtcsink"},
		func(s *settings) gstc.Value { return gstc.Value{Bool: s.AttachMeta} },
		func(s *settings, v gstc.Value) { s.AttachMeta = v.Bool }},
	{Property: gstc.Property{Name: "stats", Kind: gstc.Record, ReadOnly: true,
		Doc: "Counts since the last start (frames, sampled, inferences, skipped for lateness, damaged frames left out, restarts of the window, events), model (the bundle that judges), mood-changes (how often the picture has chosen another one, where model names several), shadow-model with shadow-judged (frames that both have judged), shadow-both, shadow-only, shadow-not (those that both, the second alone, the first alone call irregular), shadow-events, shadow-score and shadow-threshold, inference-seconds, mean-batch (windows a run, this stream's among them), device, device-note (why device=auto took no GPU, else empty), state (filling, judging, blind, silent, held), blind, scene (what keeps the stream from being judged, or judged well: dark, covered, camera-moved, light, out-of-focus, frozen, drift) and the reason, zones (names of those that are judged apart; none: the whole picture), quality of the bundle (good, fair, poor, no better than chance, not tested) and quality-auc (of its held-back test), place-likeness (of the stream's background to that of the bundle, 0 to 1, once it is known) and other-place (it is so low that this is another camera or one that was moved), width and height of the pictures, silent (seconds since the last frame), lag (of the newest frame behind the clock of a live source, in seconds, once it is judged), and the last score and threshold in logit units"}},
}

// properties is the table as gstc takes it.
func properties() []gstc.Property {
	rows := make([]gstc.Property, len(table))
	for i, p := range table {
		rows[i] = p.Property
	}
	return rows
}

package avidwebrtcsink

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"avid/element/gstc"
)

// encoder is an encoder of GStreamer's with the settings for little delay.
type encoder struct {
	element string
	codec   codec
	caps    string // what it is asked for behind; "": as it likes
	rate    string // its property for the bit rate; "": it has none
	unit    uint   // bit/s in one of that property
	// options are property=value; {gop} is the frames from key frame to key
	// frame, {threads} the processors. Those that an encoder of another version
	// does not have are left out.
	options string
	from    string // Debian's package, for those who have none
}

// anyProfile prefers the profile that every receiver takes.
const anyProfile = "video/x-h264,profile=(string){constrained-baseline,baseline,main,high}"

// encoders in the order in which they are tried: hardware first.
var encoders = []encoder{
	{element: "nvh264enc", codec: codecH264, caps: anyProfile, rate: "bitrate", unit: 1000,
		options: "preset=p3 tune=ultra-low-latency zerolatency=true rc-mode=cbr gop-size={gop} b-frames=0 bframes=0 repeat-sequence-header=true aud=false"},
	{element: "vah264enc", codec: codecH264, caps: anyProfile, rate: "bitrate", unit: 1000,
		options: "rate-control=cbr key-int-max={gop} b-frames=0 ref-frames=1 target-usage=6 aud=false"},
	{element: "vah264lpenc", codec: codecH264, caps: anyProfile, rate: "bitrate", unit: 1000,
		options: "rate-control=cbr key-int-max={gop} b-frames=0 ref-frames=1 target-usage=6 aud=false"},
	{element: "qsvh264enc", codec: codecH264, caps: anyProfile, rate: "bitrate", unit: 1000,
		options: "rate-control=cbr gop-size={gop} b-frames=0 low-latency=true target-usage=6"},
	{element: "v4l2h264enc", codec: codecH264, caps: anyProfile,
		options: "extra-controls=controls,repeat_sequence_header=1,h264_i_frame_period={gop},video_bitrate={bits}"},
	{element: "x264enc", codec: codecH264, caps: "video/x-h264,profile=constrained-baseline", rate: "bitrate", unit: 1000,
		options: "tune=zerolatency speed-preset=superfast key-int-max={gop} bframes=0 byte-stream=true aud=false vbv-buf-capacity=500 threads={threads} option-string=scenecut=0",
		from:    "gstreamer1.0-plugins-ugly"},
	{element: "openh264enc", codec: codecH264, caps: "video/x-h264,profile=constrained-baseline", rate: "bitrate", unit: 1,
		options: "usage-type=camera rate-control=bitrate complexity=low gop-size={gop} multi-thread={threads} enable-frame-skip=false",
		from:    "gstreamer1.0-plugins-bad"},

	{element: "vavp8enc", codec: codecVP8, rate: "bitrate", unit: 1000,
		options: "rate-control=cbr key-int-max={gop}"},
	{element: "vp8enc", codec: codecVP8, rate: "target-bitrate", unit: 1,
		options: "deadline=1 cpu-used=-8 end-usage=cbr lag-in-frames=0 error-resilient=partitions keyframe-max-dist={gop} threads={threads} " +
			"buffer-initial-size=100 buffer-optimal-size=120 buffer-size=150 max-intra-bitrate=400 static-threshold=100",
		from: "gstreamer1.0-plugins-good"},
	{element: "vp9enc", codec: codecVP9, rate: "target-bitrate", unit: 1,
		options: "deadline=1 cpu-used=8 end-usage=cbr lag-in-frames=0 error-resilient=default keyframe-max-dist={gop} threads={threads} row-mt=true " +
			"tile-columns=2 buffer-initial-size=100 buffer-optimal-size=120 buffer-size=150 max-intra-bitrate=400 static-threshold=100",
		from: "gstreamer1.0-plugins-good"},
	{element: "av1enc", codec: codecAV1, rate: "target-bitrate", unit: 1000,
		options: "usage-profile=realtime cpu-used=9 end-usage=cbr lag-in-frames=0 keyframe-max-dist={gop} threads={threads} row-mt=true " +
			"buf-initial-sz=100 buf-optimal-sz=120 buf-sz=150 min-quantizer=8 max-quantizer=56",
		from: "gstreamer1.0-plugins-bad"},
	{element: "x265enc", codec: codecH265, rate: "bitrate", unit: 1000,
		options: "tune=zerolatency speed-preset=ultrafast key-int-max={gop} option-string=bframes=0",
		from:    "gstreamer1.0-plugins-bad"},
}

// candidates are the encoders for a setting of codec, in order.
func candidates(c codec) []encoder {
	var all []encoder
	for _, e := range encoders {
		if e.codec == c || c == codecAuto && (e.codec == codecH264 || e.codec == codecVP8) {
			all = append(all, e)
		}
	}
	return all
}

// advice says what to install for a setting of codec.
func advice(c codec) string {
	var names, packages []string
	for _, e := range candidates(c) {
		names = append(names, e.element)
		if e.from != "" {
			packages = append(packages, fmt.Sprintf("%s (%s)", e.from, e.element))
		}
	}
	return "none of " + strings.Join(names, ", ") + " is there; install " + strings.Join(packages, " or ")
}

const (
	// gopSeconds is from key frame to key frame. New viewers get one at once
	// anyhow; this only bounds how long a loss can show.
	gopSeconds = 4
	// assumedRate stands in for a frame rate that is not known, frames/s.
	assumedRate = 25
	// bitsPerPixel is the bit rate to begin with: enough for a camera's picture
	// with these fast settings, until the viewers' connections have been heard.
	bitsPerPixel = 0.12
)

// rate is the frames/s of the input, or a guess.
func rate(in gstc.Input) float64 {
	if in.RateN <= 0 || in.RateD <= 0 {
		return assumedRate
	}
	return float64(in.RateN) / float64(in.RateD)
}

// firstBitrate is what to begin with, bit/s.
func firstBitrate(in gstc.Input, least, most uint) uint {
	return min(max(uint(float64(in.Width)*float64(in.Height)*rate(in)*bitsPerPixel), least), most)
}

// settings are the encoder's properties.
func (e *encoder) settings(in gstc.Input, bitrate uint) []gstc.Option {
	fill := strings.NewReplacer("{gop}", strconv.Itoa(max(int(gopSeconds*rate(in)), 1)),
		"{threads}", strconv.Itoa(min(max(runtime.NumCPU(), 1), 8)), "{bits}", strconv.FormatUint(uint64(bitrate), 10))
	var all []gstc.Option
	for _, o := range strings.Fields(fill.Replace(e.options)) {
		name, value, _ := strings.Cut(o, "=")
		all = append(all, gstc.Option{Element: nameEncoder, Property: name, Value: value})
	}
	if e.rate != "" {
		all = append(all, e.setRate(bitrate))
	}
	return append(all, crop(e.codec, in.Width, in.Height)...)
}

// setRate sets the bit rate, bit/s.
func (e *encoder) setRate(bitrate uint) gstc.Option {
	return gstc.Option{Element: nameEncoder, Property: e.rate, Value: strconv.FormatUint(uint64(max(bitrate/e.unit, 1)), 10)}
}

// The names of elements in a chain.
const (
	nameEncoder = "encoder"
	nameCrop    = "crop"
)

// crop takes away a last row or column that halved colour has no room for.
func crop(c codec, width, height int) []gstc.Option {
	if !kinds[c].even {
		width, height = 0, 0
	}
	return []gstc.Option{{Element: nameCrop, Property: "right", Value: strconv.Itoa(width & 1)},
		{Element: nameCrop, Property: "bottom", Value: strconv.Itoa(height & 1)}}
}

// encoding is the chain with an encoder. The queue drops the oldest frames where
// the encoder is too slow, and so holds nobody up.
func (e *encoder) encoding() string {
	parts := []string{"queue name=entry leaky=downstream max-size-buffers=2 max-size-bytes=0 max-size-time=0",
		"videoconvert", "capsfilter caps=video/x-raw,format=(string){I420,NV12}", "videocrop name=" + nameCrop,
		e.element + " name=" + nameEncoder}
	if e.caps != "" {
		parts = append(parts, "capsfilter caps="+e.caps)
	}
	if kinds[e.codec].even {
		parts = append(parts, kinds[e.codec].parser)
	}
	return strings.Join(parts, " ! ")
}

//go:build !nogst

package main

import (
	"fmt"

	"avid/element/pipeline"
)

// leastGStreamer is the version with the analytics metadata that the filter
// attaches.
const leastGStreamer = "1.26"

func gstreamer() []finding {
	f := finding{Name: "GStreamer", Needed: true, Mend: "make setup, or install GStreamer " + leastGStreamer + " or newer"}
	if err := pipeline.Init(); err != nil {
		f.Found, f.Detail = "does not start", err.Error()
		return []finding{f}
	}
	f.Found = pipeline.Version()
	f.OK = newEnough(f.Found)
	all := []finding{f}
	for _, e := range elements {
		all = append(all, e.look())
	}
	return append(all, plugin())
}

// newEnough compares with leastGStreamer.
func newEnough(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 1 || major == 1 && minor >= 26
}

// need is a job for which one of some elements must be there.
type need struct {
	job    string
	any    []string
	needed bool
	mend   string
}

var elements = []need{
	{"read files and URLs", []string{"uridecodebin"}, true, "apt install gstreamer1.0-plugins-base"},
	{"convert video", []string{"videoconvert"}, true, "apt install gstreamer1.0-plugins-base"},
	{"take frames", []string{"appsink"}, true, "apt install gstreamer1.0-plugins-base"},
	{"read raw frames", []string{"rawvideoparse"}, true, "apt install gstreamer1.0-plugins-bad"},
	{"decode H.264", []string{"avdec_h264", "openh264dec", "nvh264dec", "vah264dec", "v4l2h264dec"}, true, "apt install gstreamer1.0-libav"},
	{"encode H.264", []string{"x264enc"}, true, "apt install gstreamer1.0-plugins-ugly"},
	{"encode VP8 for browsers", []string{"vp8enc"}, false, "apt install gstreamer1.0-plugins-good"},
	{"parse H.264", []string{"h264parse"}, true, "apt install gstreamer1.0-plugins-bad"},
	{"write MP4", []string{"mp4mux"}, true, "apt install gstreamer1.0-plugins-good"},
	{"write Matroska", []string{"matroskamux"}, false, "apt install gstreamer1.0-plugins-good"},
	{"read RTSP cameras", []string{"rtspsrc"}, false, "apt install gstreamer1.0-plugins-good"},
	{"read V4L2 cameras", []string{"v4l2src"}, false, "apt install gstreamer1.0-plugins-good"},
	{"decode H.265", []string{"avdec_h265", "nvh265dec", "vah265dec"}, false, "apt install gstreamer1.0-libav"},
}

func (n need) look() finding {
	f := finding{Name: n.job, Needed: n.needed, Mend: n.mend, Found: "no " + n.any[0]}
	for _, name := range n.any {
		if hasElement(name) {
			f.OK, f.Found = true, name
			break
		}
	}
	return f
}

func hasElement(name string) bool {
	p, err := pipeline.Parse(name)
	if err != nil {
		return false
	}
	p.Close()
	return true
}

// plugin tells whether other programs find the filter. This tool has it built
// in and does without.
func plugin() finding {
	f := finding{Name: "plugin avid", Found: "gst-launch-1.0 does not find avidfilter",
		Mend: "make plugin, then export GST_PLUGIN_PATH=$PWD/build/gstreamer-1.0, or make install"}
	if hasElement("avidfilter") {
		f.OK, f.Found = true, "avidfilter is in the registry"
	}
	return f
}

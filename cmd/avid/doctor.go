package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"avid/element/pipeline"
	"avid/runtime/engine"
)

// finding is what avid doctor found out about one thing.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed"` // without it the tool or the filter does not work
	Found  string `json:"found"`  // what is there
	Detail string `json:"detail,omitempty"`
	Mend   string `json:"mend,omitempty"` // how to get what is not
}

func newDoctor() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is missing on this machine and how to mend it",
		Long: `Looks for what avid needs: GStreamer and its elements, the plugin, ONNX Runtime,
devices. Exit status 1 says that something needed is missing.`,
		Example: `  avid doctor
  avid doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all := examine()
			if asJSON {
				enc := json.NewEncoder(c.OutOrStdout())
				enc.SetIndent("", "  ")
				if err := enc.Encode(all); err != nil {
					return err
				}
			} else {
				printFindings(c.OutOrStdout(), all)
			}
			for _, f := range all {
				if f.Needed && !f.OK {
					return errMissing
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return c
}

func printFindings(out io.Writer, all []finding) {
	missing := 0
	for _, f := range all {
		sign := "ok     "
		if !f.OK && f.Needed {
			sign = "MISSING"
			missing++
		} else if !f.OK {
			sign = "absent "
		}
		fmt.Fprintf(out, "%s  %-22s %s\n", sign, f.Name, f.Found)
		if !f.OK && f.Mend != "" {
			fmt.Fprintf(out, "%9s%-22s -> %s\n", "", "", f.Mend)
		}
	}
	if missing == 0 {
		fmt.Fprintln(out, "\nnothing needed is missing")
	} else {
		fmt.Fprintf(out, "\n%d needed things are missing\n", missing)
	}
}

// examine looks at everything, needed things first.
func examine() []finding {
	all := []finding{{Name: "processor", OK: true, Found: fmt.Sprintf("%d cores, %s", runtime.NumCPU(), runtime.GOARCH)}}
	all = append(all, gstreamer()...)
	return append(all, onnxRuntime()...)
}

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

func onnxRuntime() []finding {
	f := finding{Name: "ONNX Runtime", Needed: true,
		Mend: "make setup, or set " + engine.LibraryEnv + " to the path of " + engine.LibraryName}
	version, path, err := engine.Version("")
	if err != nil {
		f.Found, f.Detail = "cannot be loaded from "+path, err.Error()
		return []finding{f}
	}
	f.OK, f.Found = true, version+", "+path
	all := []finding{f}
	for _, d := range []struct {
		device engine.Device
		needed bool
		mend   string
	}{
		{engine.CPU, true, ""},
		{engine.CUDA, false, "an ONNX Runtime library with the CUDA provider, an NVIDIA driver and cuDNN"},
		{engine.TensorRT, false, "an ONNX Runtime library with the TensorRT provider, and TensorRT"},
	} {
		f := finding{Name: "device " + string(d.device), Needed: d.needed, Mend: d.mend, Found: "usable"}
		if _, _, err := engine.NewBackend(engine.Options{Device: d.device}); err != nil {
			f.Found, f.Detail = "not usable", err.Error()
		} else {
			f.OK = true
		}
		all = append(all, f)
	}
	return all
}

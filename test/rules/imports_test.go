package rules

import (
	"slices"
	"strings"
	"testing"
)

// rooms are the folders in which packages live and the folders whose packages
// they may depend on, in the end and not only directly.
var rooms = map[string][]string{
	"models":  {"models"},
	"runtime": {"runtime", "models"},
	"element": {"element", "runtime", "models"},
	"plugin":  {"element", "runtime", "models"},
	"cmd":     {"cmd", "element", "runtime", "models"},
	"test":    {"test", "element", "runtime", "models"},
}

// foreign are the modules that only some rooms may depend on, with those rooms.
var foreign = map[string][]string{
	// Not the plugin, which is small without it: host programs and tests, and
	// of element/ what serves those.
	"github.com/go-gst/":              {"element/pipeline", "element/gstc/harness", "cmd", "test"},
	"github.com/yalue/onnxruntime_go": {"runtime/engine", "element", "plugin", "cmd", "test"},
	// Only what shows video needs a WebRTC stack and metrics, never the filter.
	"github.com/pion/": {"runtime/fanout", "runtime/preview", "runtime/internal/webrtctest", "element/avidwebrtcsink", "plugin", "cmd", "test"},
	// Only what sends events needs brokers' clients, never the filter.
	"github.com/eclipse/":    publishers(),
	"github.com/nats-io/":    publishers(),
	"github.com/twmb/":       publishers(),
	"go.etcd.io/":            publishers(),
	"github.com/prometheus/": {"runtime/preview", "element/avidwebrtcsink", "plugin", "cmd", "test"},
}

// publishers are the rooms that send events.
func publishers() []string {
	return []string{"runtime/publish", "element/avidpublish", "plugin", "cmd", "test"}
}

func TestEachPackageHasARoom(t *testing.T) {
	for _, p := range packages(t) {
		room, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, module+"/"), "/")
		if _, ok := rooms[room]; !ok {
			t.Errorf("%s is in none of the rooms of docs/how-it-works.md", p.ImportPath)
		}
		if p.ImportPath == module+"/runtime" || p.ImportPath == module+"/element" || p.ImportPath == module+"/models" {
			t.Errorf("%s is a folder of packages and must hold none itself", p.ImportPath)
		}
	}
}

func TestImportDirection(t *testing.T) {
	for _, p := range packages(t) {
		for room, may := range rooms {
			if !below(p.ImportPath, room) {
				continue
			}
			for _, dep := range p.Deps {
				if strings.HasPrefix(dep, module+"/") && !belowAny(dep, may...) {
					t.Errorf("%s depends on %s: %s/ may use only %s", p.ImportPath, dep, room, strings.Join(may, ", "))
				}
			}
		}
	}
}

func TestForeignModules(t *testing.T) {
	for _, p := range packages(t) {
		for _, dep := range p.Deps {
			for prefix, may := range foreign {
				if strings.HasPrefix(dep, prefix) && !belowAny(p.ImportPath, may...) {
					t.Errorf("%s depends on %s, which only %s may", p.ImportPath, dep, strings.Join(may, ", "))
				}
			}
		}
	}
}

// unsafeRooms are the packages that may use C and unsafe; the ONNX messages
// are generated code, which uses unsafe for its descriptors.
var unsafeRooms = []string{"element/gstc", "plugin", "runtime/engine"}

func TestCAndUnsafeStayInTheirRooms(t *testing.T) {
	for _, p := range packages(t) {
		if belowAny(p.ImportPath, unsafeRooms...) {
			continue
		}
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s has C in %v", p.ImportPath, p.CgoFiles)
		}
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if i == "C" || i == "unsafe" && !below(p.ImportPath, "models/onnx/onnxpb") {
				t.Errorf("%s imports %s, which only %v may", p.ImportPath, i, unsafeRooms)
			}
		}
	}
}

// TestPureGo builds what must work without a C compiler and without GStreamer.
func TestPureGo(t *testing.T) {
	args := []string{"build"}
	for _, p := range packages(t) {
		if belowAny(p.ImportPath, "models", "runtime") && !below(p.ImportPath, "runtime/engine") {
			args = append(args, p.ImportPath)
		}
	}
	if out, err := goCommand(t, []string{"CGO_ENABLED=0"}, args...).CombinedOutput(); err != nil {
		t.Errorf("without cgo: %v\n%s", err, out)
	}
}

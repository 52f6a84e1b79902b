package element_test

import (
	"debug/elf"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"avid/element/pipeline"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestInspect holds what gst-inspect-1.0 says of the elements against golden
// files, so that a change of the interface is seen. Where the plugin lies and
// how GStreamer is called there are left out.
func TestInspect(t *testing.T) {
	if v := pipeline.Version(); !strings.HasPrefix(v, "1.26.") {
		t.Skipf("the golden files are of GStreamer 1.26, here is %s, which may print otherwise", v)
	}
	for _, element := range []string{"avidfilter", "avidonvif", "avidonvifpay", "avidpublish", "avidwebrtcsink"} {
		t.Run(element, func(t *testing.T) { inspect(t, element) })
	}
}

func inspect(t *testing.T, element string) {
	r := gst(t, nil, "gst-inspect-1.0", "--no-colors", element)
	if r.code != 0 {
		t.Fatalf("gst-inspect-1.0 ends with %d: %s", r.code, r.err)
	}
	got := regexp.MustCompile(`(?m)^  Filename .*\n| +$`).ReplaceAllString(r.out, "")
	golden := "testdata/" + element + ".txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("gst-inspect-1.0 says something else than %s (go test ./test/element -run Inspect -update writes it again):\n%s", golden, got)
	}
}

// TestExports: the plugin shows its two entries and nothing else, so that two
// plugins in Go do not meet.
func TestExports(t *testing.T) {
	f, err := elf.Open(filepath.Join(build(t), "gstreamer-1.0", "libgstavid.so"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			shown = append(shown, s.Name)
		}
	}
	slices.Sort(shown)
	if want := []string{"gst_plugin_avid_get_desc", "gst_plugin_avid_register"}; !slices.Equal(shown, want) {
		t.Errorf("exported: %v", shown)
	}
}

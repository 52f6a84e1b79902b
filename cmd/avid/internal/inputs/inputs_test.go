package inputs_test

import (
	"slices"
	"strings"
	"testing"

	"avid/cmd/avid/internal/inputs"
)

func TestParse(t *testing.T) {
	const text = "# cameras of the yard\n\n  rtsp://u:p#1@h/?a=b  \r\nDoor = rtsp://u:p=1@h/1\nHof Süd=/dev/video0\nfilms/a=b.mp4\n./day=1.mp4\nrtsp://h/user=a_password=b\n"
	got, err := inputs.Parse(text)
	want := []inputs.Input{{"", "rtsp://u:p#1@h/?a=b"}, {"Door", "rtsp://u:p=1@h/1"}, {"Hof Süd", "/dev/video0"}, {"", "films/a=b.mp4"}, {"", "./day=1.mp4"}, {"", "rtsp://h/user=a_password=b"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for text, words := range map[string]string{"": "no input", "# none\n\n": "no input", "a.mp4\nDoor=\n": "line 2"} {
		if all, err := inputs.Parse(text); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %q, %v", text, all, err)
		}
	}
}

// FuzzParse: no line is lost, and none is in an error.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a", "a=b", "#", "=", "a=\nrtsp://u:p@h", "\x00=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := inputs.Parse(text)
		if err != nil && len(all) > 0 || err == nil && len(all) == 0 {
			t.Errorf("%q: %q, %v", text, all, err)
		}
		for _, in := range all {
			if in.Path == "" || strings.TrimSpace(in.Path) != in.Path || strings.Contains(in.Path, "\n") || !strings.Contains(text, in.Path) || !strings.Contains(text, in.Name) {
				t.Errorf("%q: %q", text, in)
			}
		}
	})
}

package nets

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// TestDetectorJSON: a detector comes back from a bundle as it was written, and so
// does one of before there were kinds; another kind is refused by name.
func TestDetectorJSON(t *testing.T) {
	for _, d := range []ConvDetector{DefaultDetector(), PaperDetector(), GridDetector()} {
		text, err := MarshalDetector(d)
		if err != nil {
			t.Fatal(err)
		}
		old, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []json.RawMessage{text, old} {
			got, err := ParseDetector(form)
			if err != nil || got.Kind() != Moving || !reflect.DeepEqual(got, d) {
				t.Errorf("%s became %+v, %v", form, got, err)
			}
		}
	}
	if _, err := ParseDetector(json.RawMessage(`{"kind":"appearance"}`)); !errors.Is(err, ErrKind) {
		t.Errorf("another kind: %v", err)
	}
	if _, err := ParseDetector(json.RawMessage(`{"layers":7}`)); err == nil {
		t.Error("layers that are none are read")
	}
}

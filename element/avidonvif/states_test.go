package avidonvif_test

import (
	"slices"
	"testing"
)

// TestStates: the first document says of each zone and of each scene that it is not so,
// before anything changes, and what then keeps the stream from being judged changes one of
// them.
func TestStates(t *testing.T) {
	const zones = ` zones="[{\"name\":\"gate\",\"kind\":\"judge\",\"points\":[[0,0],[0.5,0],[0.5,1],[0,1]]},{\"name\":\"road\",\"kind\":\"judge\",\"points\":[[0.5,0],[1,0],[1,1]]}]"`
	scenes := []string{"dark", "covered", "camera-moved", "light", "out-of-focus", "frozen", "drift"}
	for name, c := range map[string]struct {
		source, settings string
		rules            []string
		begins           string // the rule that becomes true; "": that of events
	}{
		"the whole picture": {"", "", []string{"avid"}, "avid"},
		"zones":             {"", zones, []string{"gate", "road"}, ""},
		"too dark":          {"videobalance brightness=-1 ! ", "", []string{"avid"}, "dark"},
	} {
		t.Run(name, func(t *testing.T) {
			sink, pattern := writer(t)
			all, _ := play(t, "filesrc location=../../demo/walkway.mp4 ! decodebin ! videoconvert ! "+c.source+"avidfilter model=../../demo/walkway.avid"+c.settings+
				" ! queue ! avidonvif camera=yard sync-interval=0 name=o ! fakesink o.meta ! queue ! "+sink)
			rules := append(slices.Clone(c.rules), scenes...)
			var first, began []string
			for i, d := range all {
				for _, m := range d.Message {
					rule := m.Source[1].Value
					switch {
					case i == 0 && m.Operation == "Initialized" && !m.Data.Value:
						first = append(first, rule)
					case m.Operation != "Changed" || !slices.Contains(first, rule):
						t.Errorf("document %d has %s of %q:\n%s", i, m.Operation, rule, d.text)
					case m.Data.Value:
						began = append(began, rule)
					}
				}
			}
			if !slices.Equal(first, rules) {
				t.Errorf("the first document tells of %q, want %q", first, rules)
			}
			if len(began) == 0 || c.begins != "" && !slices.Equal(slices.Compact(began), []string{c.begins}) {
				t.Errorf("true become %q, want %q", began, c.begins)
			}
			valid(t, pattern)
		})
	}
}

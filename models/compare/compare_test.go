package compare_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"avid/models/compare"
)

// of has some alarms of each kind in a day, and known events.
func of(both, old, next int, known ...compare.Known) *compare.Comparison {
	c := compare.New("yard", compare.Side{Hash: "a"}, compare.Side{Hash: "b"}, time.Unix(0, 0))
	c.Seconds = 86400
	for who, n := range map[compare.Who]int{compare.Both: both, compare.OnlyOld: old, compare.OnlyNew: next} {
		for range n {
			c.Alarms = append(c.Alarms, compare.Alarm{Who: who})
		}
	}
	c.Known = append(c.Known, known...)
	return c
}

// TestAgainst: chance is no reason against a bundle, more alarms and lost events are.
func TestAgainst(t *testing.T) {
	empty := of(0, 0, 0)
	empty.Seconds = 0
	for name, c := range map[string]struct {
		of    *compare.Comparison
		words string
	}{
		"equal":            {of(3, 0, 0), ""},
		"fewer":            {of(0, 9, 0), ""},
		"four are chance":  {of(0, 0, 4), ""}, // 1/16
		"five are not":     {of(0, 0, 5), "5 times, the present one 0 times"},
		"many of many":     {of(20, 0, 12), ""}, // 32 of 52: 0.06
		"more of many":     {of(20, 0, 14), "34 times, the present one 20 times"},
		"nothing":          {empty, "nothing could be compared"},
		"a lost event":     {of(0, 0, 0, compare.Known{Who: compare.OnlyOld, Confirmed: true}), "1 of the confirmed events"},
		"a doubtful event": {of(0, 0, 0, compare.Known{Who: compare.OnlyOld}), ""},
		"an event of none": {of(0, 0, 0, compare.Known{Who: compare.Neither, Confirmed: true}), ""},
		"an event of both": {of(0, 0, 0, compare.Known{Who: compare.Both, Confirmed: true}), ""},
		"an event more":    {of(0, 0, 0, compare.Known{Who: compare.OnlyNew, Confirmed: true}), ""},
	} {
		got := strings.Join(c.of.Against(), "; ")
		if c.words == "" && got != "" || !strings.Contains(got, c.words) {
			t.Errorf("%s: %q, want %q", name, got, c.words)
		}
	}
}

func TestRates(t *testing.T) {
	c := of(1, 2, 4)
	if c.OldAlarms() != 3 || c.NewAlarms() != 5 {
		t.Errorf("%d, %d", c.OldAlarms(), c.NewAlarms())
	}
	// Garwood's limits of 0 and 5: 0 to 3.689, 1.623 to 11.668.
	if r := c.RateOf(0); r.PerDay != 0 || r.Low != 0 || r.High < 3.688 || r.High > 3.69 {
		t.Errorf("%+v", r)
	}
	if r := c.RateOf(5); r.PerDay != 5 || r.Low < 1.62 || r.Low > 1.63 || r.High < 11.66 || r.High > 11.67 {
		t.Errorf("%+v", r)
	}
	c.Seconds = 0
	if r := c.RateOf(5); r != (compare.Rate{}) {
		t.Errorf("of no time %+v", r)
	}
}

func TestParse(t *testing.T) {
	c := of(1, 2, 3, compare.Known{ID: "1-1", Who: compare.Both, Note: "a fox"})
	text, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := compare.Parse(text)
	if err != nil || got.Count(compare.OnlyNew) != 3 || len(got.Known) != 1 || got.Known[0].Note != "a fox" || got.New.Hash != "b" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "{}", `{"version":2}`, `{"version":1,"seconds":-1}`, `[]`} {
		if _, err := compare.Parse([]byte(bad)); !errors.Is(err, compare.ErrComparison) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

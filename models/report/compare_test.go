package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"avid/models/compare"
)

// TestWriteComparison: the page has the verdict, both rates, the pictures and the events,
// and nothing in it is taken for HTML.
func TestWriteComparison(t *testing.T) {
	c := compare.New("yard", compare.Side{File: "yard.avid", Hash: strings.Repeat("a", 64), FalseAlarmsPerDay: 24},
		compare.Side{File: "<b>.avid", Hash: strings.Repeat("b", 64), FalseAlarmsPerDay: 24}, time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	c.Seconds, c.Pieces = 7200, 3
	for range 6 {
		c.Alarms = append(c.Alarms, compare.Alarm{Start: time.Date(2026, 11, 27, 21, 30, 0, 0, time.UTC), Seconds: 4, Who: compare.OnlyNew, Score: 1.5, JPEG: []byte("jpeg")})
	}
	c.Known = []compare.Known{{ID: "1-1", Confirmed: true, Note: "<script>", Who: compare.OnlyOld}}
	var page bytes.Buffer
	if err := WriteComparison(&page, c, time.UTC); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"Better not.", "6 times, the present one 0 times", "1 of the confirmed events", "2.0 hours", "&lt;script&gt;", "&lt;b&gt;.avid",
		"data:image/jpeg;base64,anBlZw==", "Fri 27 Nov 21:30:00, 4 seconds, 1.5 above the threshold", ">72<", `class="no">only old`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if strings.Contains(text, "<script") || strings.Contains(text, "://") {
		t.Errorf("the page loads or runs something:\n%s", text)
	}
	c.Alarms, c.Known = nil, nil
	page.Reset()
	if err := WriteComparison(&page, c, time.UTC); err != nil || !strings.Contains(page.String(), "Nothing speaks against it.") {
		t.Errorf("%v: %s", err, page.String())
	}
}

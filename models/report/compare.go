package report

import (
	"fmt"
	"html/template"
	"io"
	"time"

	"avid/models/compare"
)

var comparePage = template.Must(template.ParseFS(files, "compare.html", "style.html"))

// comparison is what the page of a comparison shows.
type comparison struct {
	*compare.Comparison
	Judged  string
	When    string
	Reasons []string
	Sides   []side
	Groups  []group
	Events  []known
}

// side is a row of the table of both bundles.
type side struct {
	compare.Side
	What      string
	Alarms    int
	Rate      string
	Low, High string
	Promised  string
}

// group is alarms of one kind, with pictures of some of them.
type group struct {
	Title string
	Count int
	Shown []shot
}

// shot is a picture with words.
type shot struct {
	Picture template.URL
	Words   string
}

// known is a row of the table of events.
type known struct {
	compare.Known
	When    string
	Picture template.URL
}

// WriteComparison writes the page of a comparison; times of day are those of zone.
func WriteComparison(w io.Writer, c *compare.Comparison, zone *time.Location) error {
	v := comparison{Comparison: c, Judged: length(c.Seconds), When: c.Made.In(zone).Format("Mon 2 Jan 2006 15:04"), Reasons: c.Against()}
	for _, s := range []struct {
		what string
		of   compare.Side
		n    int
	}{{"present", c.Old, c.OldAlarms()}, {"new", c.New, c.NewAlarms()}} {
		r := c.RateOf(s.n)
		v.Sides = append(v.Sides, side{s.of, s.what, s.n, figure(r.PerDay), figure(r.Low), figure(r.High), figure(s.of.FalseAlarmsPerDay)})
	}
	for _, g := range []struct {
		title string
		who   compare.Who
	}{{"New: what only the new bundle would mark", compare.OnlyNew}, {"Gone: what only the present one marks", compare.OnlyOld}, {"What both mark", compare.Both}} {
		one := group{Title: g.title, Count: c.Count(g.who)}
		for _, a := range c.Alarms {
			if a.Who == g.who && a.JPEG != nil {
				one.Shown = append(one.Shown, shot{embedded("image/jpeg", a.JPEG),
					fmt.Sprintf("%s, %s, %.1f above the threshold", a.Start.In(zone).Format("Mon 2 Jan 15:04:05"), length(a.Seconds), a.Score)})
			}
		}
		v.Groups = append(v.Groups, one)
	}
	for _, k := range c.Known {
		row := known{Known: k, When: k.Start.In(zone).Format("Mon 2 Jan 15:04:05")}
		if k.JPEG != nil {
			row.Picture = embedded("image/jpeg", k.JPEG)
		}
		v.Events = append(v.Events, row)
	}
	if err := comparePage.Execute(w, &v); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

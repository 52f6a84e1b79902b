package api

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
	"avid/runtime/record"
)

// Sensitivity is what a camera would have given in a week, by how many false alarms a day
// it may have.
type Sensitivity struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Hours is how long the camera was judged in that time, which Alarms rest on.
	Hours             float64  `json:"hours"`
	FalseAlarmsPerDay *float64 `json:"false_alarms_per_day"` // what was set; null: as calibrated
	Rows              []Choice `json:"rows"`
}

// Choice is one choice of how many false alarms a day there may be.
type Choice struct {
	FalseAlarmsPerDay float64 `json:"false_alarms_per_day"`
	Threshold         float64 `json:"threshold"` // logits
	// Alarms is how many the time would have given. A higher rate never has fewer than a
	// lower one: where several alarms would have become one long one, they count as several.
	Alarms  int     `json:"alarms"`
	Minutes float64 `json:"minutes"` // that these would have lasted together
}

// choices are the false alarms a day that one chooses from.
var choices = [...]float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 24}

// lookBack is how long a Sensitivity looks back.
const lookBack = 7 * 24 * time.Hour

// addSensitivity answers for what other thresholds would have given.
func addSensitivity(mux *http.ServeMux, site Site, h History) {
	mux.HandleFunc("GET /api/cameras/{name}/sensitivity", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if err := mayLook(site, h, name, access.From(r.Context())); err != nil {
			answer(w, err)
			return
		}
		to := time.Now().UTC()
		for key, all := range r.URL.Query() {
			at, err := time.Parse(time.RFC3339, all[0])
			if key != "to" || err != nil {
				fail(w, http.StatusBadRequest, fmt.Sprintf("want to, the end of the week, as a date and time: %q", key))
				return
			}
			to = at.UTC()
		}
		s, err := sensitivity(site, h, name, to)
		if err != nil {
			answer(w, err)
			return
		}
		jsonreply.Send(w, http.StatusOK, s)
	})
}

func sensitivity(site Site, h History, name string, to time.Time) (s Sensitivity, err error) {
	s = Sensitivity{From: to.Add(-lookBack), To: to}
	thresholds, err := site.Thresholds(name, choices[:])
	if err != nil {
		return s, err
	}
	scores, err := h.Scores(name, s.From, s.To)
	if err != nil {
		return s, err
	}
	seconds := 0
	for _, v := range scores {
		seconds += v.Judged
	}
	s.Hours = math.Round(float64(seconds)/36) / 100
	for _, c := range site.Cameras() {
		if c.Name == name {
			s.FalseAlarmsPerDay = c.FalseAlarmsPerDay
		}
	}
	most := 0
	for i, threshold := range thresholds { // the highest first
		n, long := record.Alarms(scores, threshold)
		most = max(most, n)
		s.Rows = append(s.Rows, Choice{choices[i], threshold, most, math.Round(long.Seconds()/6) / 10})
	}
	return s, nil
}

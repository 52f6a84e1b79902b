// Package api answers the addresses under /api/ with which other programs, and the page,
// see and change what is on duty. openapi.yaml describes them (OpenAPI 3.0.3).
package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"avid/models/redact"
	"avid/models/zones"
	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
)

// description is the description of the interface.
//
//go:embed openapi.yaml
var description []byte

// Errors of a Site.
var (
	ErrUnknown = errors.New("there is no such camera, event or file")
	ErrRefused = errors.New("refused")
)

// Camera is how it is with a camera.
type Camera struct {
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	State    string    `json:"state"` // running, waiting, ended
	Since    time.Time `json:"since"` // it is so
	Restarts uint64    `json:"restarts"`
	Error    string    `json:"error,omitempty"` // why it failed last
	Armed    bool      `json:"armed"`           // its events are told: its schedule is on, and nobody has switched it off
	// FalseAlarmsPerDay is what was set; null: as calibrated.
	FalseAlarmsPerDay *float64 `json:"false_alarms_per_day"`
}

// Change is what is to be another way with a camera; nil: as it is.
type Change struct {
	FalseAlarmsPerDay *float64 `json:"false_alarms_per_day"` // 0: as calibrated
	Armed             *bool    `json:"armed"`                // its events are told, while its schedule is on
	// ShadowModel is a bundle in the folder of the file of cameras that judges the same
	// frames beside the camera's own, so that both can be compared; "": none.
	ShadowModel *string `json:"shadow_model"`
}

// Site is what is on duty. Its methods may be called from any goroutine.
type Site interface {
	// Cameras are those that are on duty, in order.
	Cameras() []Camera
	// Change changes a camera while it runs, for good. The errors are ErrUnknown,
	// ErrRefused with the reason, and others that the client learns nothing of.
	Change(name string, c Change) error
	// Thresholds are those by which a camera that is on duty gives so many false alarms a
	// day. The errors are as Change's.
	Thresholds(name string, perDay []float64) ([]float64, error)
	// Picture is the newest picture of a camera that was kept, a JPEG, and its time. The
	// error is ErrUnknown.
	Picture(name string) ([]byte, time.Time, error)
	// Zones are the zones of a camera. The errors are ErrUnknown, and others that the
	// client learns nothing of.
	Zones(name string) (Zones, error)
	// SetZones sets them while it runs, for good; nil: those of the file count again.
	// The errors are those of Change.
	SetZones(name string, l *zones.List) error
}

// forSeeing is said to who may not change anything.
const forSeeing = "this token is for seeing, not for changing"

// largest bounds the body of a request, bytes.
const largest = 64 << 10

// New answers for a site and what was recorded of it, nil where nothing is, to who asks by
// access.From.
func New(site Site, history History) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(description) // the client has gone away
	})
	mux.HandleFunc("GET /api/cameras", func(w http.ResponseWriter, r *http.Request) {
		all, who := []Camera{}, access.From(r.Context())
		for _, c := range site.Cameras() {
			if !who.May(c.Name) {
				continue
			}
			c.Error = redact.Text(c.Error)
			all = append(all, c)
		}
		jsonreply.Send(w, http.StatusOK, all)
	})
	mux.HandleFunc("PATCH /api/cameras/{name}", func(w http.ResponseWriter, r *http.Request) {
		name, who := r.PathValue("name"), access.From(r.Context())
		if !who.May(name) {
			answer(w, ErrUnknown)
			return
		}
		if !who.Manage {
			fail(w, http.StatusForbidden, forSeeing)
			return
		}
		var c Change
		if err := read(r, &c); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		answer(w, site.Change(name, c))
	})
	mux.HandleFunc("GET /api/cameras/{name}/picture", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if !access.From(r.Context()).May(name) {
			answer(w, ErrUnknown)
			return
		}
		jpeg, at, err := site.Picture(name)
		if err != nil {
			answer(w, err)
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		http.ServeContent(w, r, "", at, bytes.NewReader(jpeg))
	})
	addZones(mux, site)
	if history != nil {
		addHistory(mux, site, history)
		if t, ok := site.(Teacher); ok {
			addNormal(mux, t)
		}
	}
	if t, ok := site.(Trainer); ok {
		addRetrain(mux, t)
	}
	return mux
}

// answer tells how a change went: 204 where it is made.
func answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrUnknown):
		fail(w, http.StatusNotFound, ErrUnknown.Error())
	case errors.Is(err, ErrRefused):
		fail(w, http.StatusConflict, redact.Text(err.Error()))
	default:
		fail(w, http.StatusInternalServerError, "something went wrong; the log says what")
	}
}

// read reads the one JSON object of a request, strictly.
func read(r *http.Request, into any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, largest))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("want a JSON object as openapi.yaml has it: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("want one JSON object, and nothing behind it")
	}
	return nil
}

// fail answers with a sentence, as JSON.
func fail(w http.ResponseWriter, code int, text string) {
	jsonreply.Send(w, code, struct {
		Error string `json:"error"`
	}{text})
}

package api

import (
	"net/http"
	"time"

	"avid/models/redact"
	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
)

// Trainer is a Site that trains its cameras anew from what was recorded of them. Its
// methods may be called from any goroutine. The errors are ErrUnknown, ErrRefused with the
// reason, and others that the client learns nothing of.
type Trainer interface {
	// Detail is all that is known of a camera.
	Detail(name string) (Detail, error)
	// Retrain begins a training, or has it wait for that of another camera.
	Retrain(name string, w Wanted) error
	// Stay cancels a training that waits or is under way; of one that is ready it says that
	// the present bundle stays.
	Stay(name string) error
	// Promote puts the new bundle in the place of the present one, Back undoes it.
	Promote(name string, force bool) error
	Back(name string) error
	// Report is the path of the page that compares both.
	Report(name string) (string, error)
}

// Detail is a camera with its bundles.
type Detail struct {
	Camera
	Model   *Model      `json:"model,omitempty"`   // nil: its bundle cannot be read
	Shadow  *Shadow     `json:"shadow,omitempty"`  // nil: none judges beside its bundle
	Retrain *Retraining `json:"retrain,omitempty"` // nil: it was never trained anew
}

// Model is the bundle that judges a camera.
type Model struct {
	File     string     `json:"file"`             // its name, without folders
	SHA256   string     `json:"sha256"`           // of it
	Name     string     `json:"name,omitempty"`   // that it was trained with
	Made     *time.Time `json:"made,omitempty"`   // nil: it does not say
	Since    time.Time  `json:"since"`            // it is in its place
	Grade    string     `json:"grade"`            // how good it is by its own test, in a word
	Found    *float64   `json:"found,omitempty"`  // share of drawn irregularities that it found; nil: not tested
	Advice   string     `json:"advice,omitempty"` // what to do where it is not good
	Previous bool       `json:"previous"`         // the one before is kept, to go back to
}

// Shadow compares a second bundle with the camera's, on the same frames.
type Shadow struct {
	Model       string `json:"model"`        // name of its file
	Judged      uint64 `json:"judged"`       // frames that both have judged
	Both        uint64 `json:"both"`         // of them, those that both call irregular
	OnlyShadow  uint64 `json:"only_shadow"`  // those that it alone does
	OnlyPresent uint64 `json:"only_present"` // those that the camera's does alone
	Events      uint64 `json:"events"`       // of it, begun
}

// The states of a Retraining.
const (
	RetrainWaiting   = "waiting" // for that of another camera
	RetrainTraining  = "training"
	RetrainComparing = "comparing"
	RetrainReady     = "ready" // its report can be looked at
	RetrainFailed    = "failed"
	RetrainCancelled = "cancelled"
	RetrainPromoted  = "promoted"
	RetrainKept      = "kept" // the present bundle stays, though the new one is ready
)

// Retraining is how it is with a training.
type Retraining struct {
	State    string    `json:"state"`
	Since    time.Time `json:"since"`
	Progress *float64  `json:"progress,omitempty"` // 0 to 1, of training or comparing, once it is known
	Words    string    `json:"words,omitempty"`    // what it does, with the time left; or why it failed
	// Resumable tells that it ended before its time and can go on.
	Resumable bool `json:"resumable,omitempty"`
	// What follows is of ready, promoted and kept.
	Against  []string  `json:"against,omitempty"`  // what speaks against the new bundle
	Report   string    `json:"report,omitempty"`   // address of the page
	Compared *Compared `json:"compared,omitempty"` // nil: it was compared by an older avid
}

// Compared is what came of holding the new bundle against the present one.
type Compared struct {
	Hours  float64 `json:"hours"`  // that neither learnt from, and both judged
	Alarms ByWhom  `json:"alarms"` // in that time
	Events ByWhom  `json:"events"` // that are known, by who finds them
}

// ByWhom counts what the two bundles have found.
type ByWhom struct {
	Both        int `json:"both"`
	OnlyPresent int `json:"only_present"`
	OnlyNew     int `json:"only_new"`
	Neither     int `json:"neither"`
}

// Wanted says which hours are learnt from; what is empty is as avid train has it.
type Wanted struct {
	Hours   string  `json:"hours"`
	Days    float64 `json:"days"`
	Footage string  `json:"footage"`
	// Resume goes on with the last one, which ended before its time; nothing else is set then.
	Resume bool `json:"resume"`
}

// addRetrain answers for trainings.
func addRetrain(mux *http.ServeMux, t Trainer) {
	mux.HandleFunc("GET /api/cameras/{name}", func(w http.ResponseWriter, r *http.Request) {
		d, err := t.Detail(r.PathValue("name"))
		if err != nil || !access.From(r.Context()).May(r.PathValue("name")) {
			answer(w, orUnknown(err))
			return
		}
		d.Error = redact.Text(d.Error)
		if d.Retrain != nil {
			d.Retrain.Words = redact.Text(d.Retrain.Words)
		}
		jsonreply.Send(w, http.StatusOK, d)
	})
	mux.HandleFunc("GET /api/cameras/{name}/report", func(w http.ResponseWriter, r *http.Request) {
		path, err := t.Report(r.PathValue("name"))
		if err != nil {
			answer(w, err)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox")
		serveFileOf(w, r, r.PathValue("name"), path, "text/html; charset=utf-8")
	})
	mux.HandleFunc("POST /api/cameras/{name}/retrain", func(w http.ResponseWriter, r *http.Request) {
		var want Wanted
		if !mayChange(w, r) {
			return
		}
		if err := read(r, &want); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		answer(w, t.Retrain(r.PathValue("name"), want))
	})
	mux.HandleFunc("DELETE /api/cameras/{name}/retrain", func(w http.ResponseWriter, r *http.Request) {
		if mayChange(w, r) {
			answer(w, t.Stay(r.PathValue("name")))
		}
	})
	mux.HandleFunc("POST /api/cameras/{name}/promote", func(w http.ResponseWriter, r *http.Request) {
		var want struct {
			Force bool `json:"force"`
		}
		if !mayChange(w, r) {
			return
		}
		if err := read(r, &want); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		answer(w, t.Promote(r.PathValue("name"), want.Force))
	})
	mux.HandleFunc("POST /api/cameras/{name}/promote/back", func(w http.ResponseWriter, r *http.Request) {
		if mayChange(w, r) {
			answer(w, t.Back(r.PathValue("name")))
		}
	})
}

// orUnknown is an error, ErrUnknown where there is none: for who may not know.
func orUnknown(err error) error {
	if err == nil {
		return ErrUnknown
	}
	return err
}

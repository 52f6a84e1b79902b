package api

import (
	"net/http"

	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
)

// The states of a Learning.
const (
	Waits  = "waiting"
	Learns = "learning"
	Learnt = "done"
	Failed = "failed"
)

// Learning is how it is with an event that somebody has called normal.
type Learning struct {
	State string `json:"state"`         // empty: nobody has, since the server began
	Why   string `json:"why,omitempty"` // it failed, or what has become of it
}

// Teacher is a Site whose bundles learn that events are normal. Its methods may be called
// from any goroutine.
type Teacher interface {
	// Normal has the bundle of a camera learn, in the background, that an event is
	// ordinary, and Forget has it find the event again; by is who says so. The errors are
	// as Site.Change's.
	Normal(camera, id, by string) error
	Forget(camera, id, by string) error
	// Learning is how it is with that.
	Learning(camera, id string) Learning
}

// addNormal answers for events that are called normal.
func addNormal(mux *http.ServeMux, t Teacher) {
	const address = " /api/events/{camera}/{id}/normal"
	mux.HandleFunc("GET"+address, func(w http.ResponseWriter, r *http.Request) {
		camera := r.PathValue("camera")
		if !access.From(r.Context()).May(camera) {
			answer(w, ErrUnknown)
			return
		}
		jsonreply.Send(w, http.StatusOK, t.Learning(camera, r.PathValue("id")))
	})
	for method, do := range map[string]func(camera, id, by string) error{"POST": t.Normal, "DELETE": t.Forget} {
		mux.HandleFunc(method+address, func(w http.ResponseWriter, r *http.Request) {
			camera, id, who := r.PathValue("camera"), r.PathValue("id"), access.From(r.Context())
			switch {
			case !who.May(camera):
				answer(w, ErrUnknown)
				return
			case !who.Manage:
				fail(w, http.StatusForbidden, forSeeing)
				return
			}
			if err := do(camera, id, who.Name); err != nil {
				answer(w, err)
				return
			}
			jsonreply.Send(w, http.StatusAccepted, t.Learning(camera, id))
		})
	}
}

package api

import (
	"bytes"
	"cmp"
	"io"
	"net/http"

	"avid/models/zones"
	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
)

// Zones are the zones of a camera.
type Zones struct {
	// Zones count besides those of the bundle: what was set here, else the file's.
	Zones zones.List `json:"zones"`
	// Bundle are those that the camera's bundle was trained with. They always count.
	Bundle zones.List `json:"bundle"`
	// Set says that Zones were set here, and go before the file's.
	Set bool `json:"set"`
	// MayChange says that whoever asks may set them.
	MayChange bool `json:"may_change"`
}

// largestZones bounds the body of a request with zones, bytes: as zones.Parse does.
const largestZones = 256 << 10

// addZones answers for the zones of cameras.
func addZones(mux *http.ServeMux, site Site) {
	mux.HandleFunc("GET /api/cameras/{name}/zones", func(w http.ResponseWriter, r *http.Request) {
		name, who := r.PathValue("name"), access.From(r.Context())
		if !who.May(name) {
			answer(w, ErrUnknown)
			return
		}
		z, err := site.Zones(name)
		if err != nil {
			answer(w, err)
			return
		}
		z.Zones, z.Bundle, z.MayChange = listed(z.Zones), listed(z.Bundle), who.Manage
		jsonreply.Send(w, http.StatusOK, z)
	})
	mux.HandleFunc("PUT /api/cameras/{name}/zones", func(w http.ResponseWriter, r *http.Request) {
		if !mayChange(w, r) {
			return
		}
		text, err := io.ReadAll(io.LimitReader(r.Body, largestZones+1))
		if err == nil && !bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
			fail(w, http.StatusBadRequest, "want a list of zones as openapi.yaml has it, [] for none")
			return
		}
		l, wrong := zones.Parse(text)
		if err != nil || wrong != nil {
			fail(w, http.StatusBadRequest, cmp.Or(err, wrong).Error())
			return
		}
		answer(w, site.SetZones(r.PathValue("name"), &l))
	})
	mux.HandleFunc("DELETE /api/cameras/{name}/zones", func(w http.ResponseWriter, r *http.Request) {
		if mayChange(w, r) {
			answer(w, site.SetZones(r.PathValue("name"), nil))
		}
	})
}

// mayChange tells whether who asks may change the camera {name}, and answers else.
func mayChange(w http.ResponseWriter, r *http.Request) bool {
	who := access.From(r.Context())
	switch {
	case !who.May(r.PathValue("name")):
		answer(w, ErrUnknown)
		return false
	case !who.Manage:
		fail(w, http.StatusForbidden, forSeeing)
		return false
	}
	return true
}

// listed is a list that is [] in JSON where it is empty.
func listed(l zones.List) zones.List {
	if l == nil {
		return zones.List{}
	}
	return l
}

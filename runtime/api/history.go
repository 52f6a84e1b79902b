package api

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"avid/runtime/access"
	"avid/runtime/internal/jsonreply"
	"avid/runtime/record"
)

// History is what was recorded: a record.Store. Its methods may be called from any
// goroutine.
type History interface {
	Events(q record.Query) ([]record.EventRow, error)
	Named() ([]record.Named, error)
	Scores(camera string, from, to time.Time) ([]record.Score, error)
	Conditions(camera string, from, to time.Time) ([]record.Condition, error)
	Segments(camera string, from, to time.Time) ([]record.Recording, error)
	Clips(camera, id string) ([]record.Recording, error)
	Pictures(camera, id string) ([]record.Picture, error)
	Path(below string) string
	Acknowledge(camera, id string, a record.Acknowledgement) error
}

// Event is an event that was recorded.
type Event struct {
	Camera       string    `json:"camera"`
	ID           string    `json:"id"`
	State        string    `json:"state"` // open, ended, cut
	Kind         string    `json:"kind"`
	Zone         string    `json:"zone,omitempty"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
	Peak         *float64  `json:"peak"`
	Threshold    *float64  `json:"threshold"`
	Bundle       string    `json:"bundle"` // its SHA-256
	Acknowledged bool      `json:"acknowledged"`
	By           string    `json:"by,omitempty"`     // the user who acknowledged it
	Normal       bool      `json:"normal,omitempty"` // it was acknowledged as ordinary
	Note         string    `json:"note,omitempty"`
	Ordinary     string    `json:"ordinary,omitempty"` // the name under which its bundle has learnt it
	Clips        []string  `json:"clips"`              // addresses, in order
	Pictures     []string  `json:"pictures"`           // addresses
}

// events is a page of events.
type events struct {
	Events []Event `json:"events"`
	Next   string  `json:"next,omitempty"` // cursor of the next page
}

// Acknowledgement is what a user says of an event.
type Acknowledgement struct {
	Acknowledged bool   `json:"acknowledged"`
	Normal       bool   `json:"normal"`
	Note         string `json:"note"`
}

// Bounds of requests.
const (
	usualPage = 50
	mostPage  = 500
	mostNote  = 2000 // bytes
	// longestAnswer is how long a clip may take to be fetched.
	longestAnswer = time.Hour
)

// addHistory answers for what was recorded.
func addHistory(mux *http.ServeMux, site Site, h History) {
	addEvents(mux, h)
	addTimeline(mux, site, h)
	addSensitivity(mux, site, h)
	mux.HandleFunc("GET /api/history", func(w http.ResponseWriter, r *http.Request) {
		all, err := kept(site, h, access.From(r.Context()))
		if err != nil {
			answer(w, err)
			return
		}
		jsonreply.Send(w, http.StatusOK, all)
	})
}

// addEvents answers for the events.
func addEvents(mux *http.ServeMux, h History) {
	mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, r *http.Request) {
		q, err := parseQuery(r.URL.Query())
		if err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		page, err := pageOf(h, q, access.From(r.Context()))
		if err != nil {
			answer(w, err)
			return
		}
		jsonreply.Send(w, http.StatusOK, page)
	})
	mux.HandleFunc("GET /api/events/{camera}/{id}", func(w http.ResponseWriter, r *http.Request) {
		page, err := pageOf(h, record.Query{Camera: r.PathValue("camera"), ID: r.PathValue("id"), Limit: 1}, access.From(r.Context()))
		if err == nil && len(page.Events) == 0 {
			err = ErrUnknown
		}
		if err != nil {
			answer(w, err)
			return
		}
		jsonreply.Send(w, http.StatusOK, page.Events[0])
	})
	mux.HandleFunc("PATCH /api/events/{camera}/{id}", func(w http.ResponseWriter, r *http.Request) {
		camera, who := r.PathValue("camera"), access.From(r.Context())
		var a Acknowledgement
		if err := read(r, &a); err != nil || len(a.Note) > mostNote || a.Normal && !a.Acknowledged {
			fail(w, http.StatusBadRequest, fmt.Sprintf("want acknowledged, with it normal or not, and a note of at most %d bytes: %v", mostNote, err))
			return
		}
		switch {
		case !who.May(camera):
			answer(w, ErrUnknown)
		case !who.Manage:
			fail(w, http.StatusForbidden, forSeeing)
		default:
			answer(w, unknown(h.Acknowledge(camera, r.PathValue("id"), record.Acknowledgement{Acknowledged: a.Acknowledged, By: who.Name, Normal: a.Normal, Note: a.Note})))
		}
	})
	mux.HandleFunc("GET /api/events/{camera}/{id}/clips/{number}", func(w http.ResponseWriter, r *http.Request) {
		clips, err := h.Clips(r.PathValue("camera"), r.PathValue("id"))
		n, wrong := strconv.Atoi(r.PathValue("number"))
		if err != nil || wrong != nil || n < 1 || n > len(clips) {
			answer(w, ErrUnknown)
			return
		}
		serveFile(w, r, h.Path(clips[n-1].Path), "video/mp4")
	})
	mux.HandleFunc("GET /api/events/{camera}/{id}/{picture}", func(w http.ResponseWriter, r *http.Request) {
		pictures, err := h.Pictures(r.PathValue("camera"), r.PathValue("id"))
		if err != nil {
			answer(w, err)
			return
		}
		marked, known := map[string]bool{"picture.jpg": false, "marked.jpg": true}[r.PathValue("picture")]
		for _, p := range pictures {
			if known && p.Marked == marked {
				serveFile(w, r, h.Path(p.Path), "image/jpeg")
				return
			}
		}
		answer(w, ErrUnknown)
	})
}

// unknown is ErrUnknown for an event that the history has not.
func unknown(err error) error {
	if errors.Is(err, record.ErrEvent) {
		return ErrUnknown
	}
	return err
}

// parseQuery reads what is asked for.
func parseQuery(values url.Values) (record.Query, error) {
	q := record.Query{Limit: usualPage}
	for name, all := range values {
		if len(all) != 1 {
			return q, fmt.Errorf("%s is there %d times", name, len(all))
		}
		var err error
		switch v := all[0]; name {
		case "camera":
			q.Camera = v
		case "kind":
			q.Kind = v
		case "zone":
			q.Zone = v
		case "from":
			q.From, err = time.Parse(time.RFC3339, v)
		case "to":
			q.To, err = time.Parse(time.RFC3339, v)
		case "unacknowledged":
			q.Unacknowledged, err = strconv.ParseBool(v)
		case "limit":
			if q.Limit, err = strconv.Atoi(v); err == nil && (q.Limit < 1 || q.Limit > mostPage) {
				err = fmt.Errorf("want 1 to %d", mostPage)
			}
		case "cursor":
			q.Before, err = parseCursor(v)
		default:
			return q, fmt.Errorf("there is no parameter %q", name)
		}
		if err != nil {
			return q, fmt.Errorf("%s: %w", name, err)
		}
	}
	return q, nil
}

// errCursor says that a cursor is none that was given.
var errCursor = errors.New("no cursor of a page")

// cursor is where the page behind an event begins.
func cursor(e record.EventRow) string {
	return base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf("%d %s %s", e.Start.UnixMilli(), e.Camera, e.ID)))
}

// parseCursor reads a cursor. The error is errCursor.
func parseCursor(text string) (*record.EventRow, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(raw), " ", 3)
	if err != nil || len(parts) != 3 {
		return nil, errCursor
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errCursor
	}
	return &record.EventRow{Start: time.UnixMilli(ms), Camera: parts[1], ID: parts[2]}, nil
}

// pageOf is a page of what somebody may see; it may be shorter than was asked for.
func pageOf(h History, q record.Query, who access.Principal) (events, error) {
	page := events{Events: []Event{}}
	rows, err := h.Events(q)
	if err != nil {
		return page, err
	}
	for _, row := range rows {
		if !who.May(row.Camera) {
			continue
		}
		e := Event{Camera: row.Camera, ID: row.ID, State: row.State, Kind: row.Kind, Zone: row.Zone, Start: row.Start, End: row.End, Peak: row.Peak,
			Threshold: row.Threshold, Bundle: row.Bundle, Acknowledged: row.Acknowledged, By: row.By, Normal: row.Normal, Note: row.Note, Ordinary: row.Ordinary, Clips: []string{}, Pictures: []string{}}
		clips, err := h.Clips(row.Camera, row.ID)
		if err != nil {
			return page, err
		}
		pictures, err := h.Pictures(row.Camera, row.ID)
		if err != nil {
			return page, err
		}
		at := "/api/events/" + url.PathEscape(row.Camera) + "/" + url.PathEscape(row.ID) + "/"
		for i := range clips {
			e.Clips = append(e.Clips, fmt.Sprintf("%sclips/%d", at, i+1))
		}
		for _, p := range pictures {
			e.Pictures = append(e.Pictures, at+map[bool]string{false: "picture.jpg", true: "marked.jpg"}[p.Marked])
		}
		page.Events = append(page.Events, e)
	}
	if len(rows) == q.Limit {
		page.Next = cursor(rows[len(rows)-1])
	}
	return page, nil
}

// serveFile answers with a file, or the part of it that is asked for.
func serveFile(w http.ResponseWriter, r *http.Request, path, kind string) {
	serveFileOf(w, r, r.PathValue("camera"), path, kind)
}

// serveFileOf is serveFile of a camera.
func serveFileOf(w http.ResponseWriter, r *http.Request, camera, path, kind string) {
	if !access.From(r.Context()).May(camera) {
		answer(w, ErrUnknown)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		answer(w, ErrUnknown)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		answer(w, err)
		return
	}
	// A clip is larger than what the server's time for an answer is meant for.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longestAnswer)) // else it is cut off, and asked for again
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", info.ModTime(), f)
}

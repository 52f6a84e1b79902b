package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"avid/models/zones"
	"avid/runtime/access"
	"avid/runtime/api"
	"avid/runtime/record"
)

// site is a site of one camera, with the changes that were made.
type site struct {
	changes []float64
	learns  string
	zones   []string // that were set, as text; - for those of the file
}

func (s *site) Picture(name string) ([]byte, time.Time, error) {
	if name != "door" {
		return nil, time.Time{}, api.ErrUnknown
	}
	return []byte("jpeg"), time.Unix(1795780800, 0), nil
}

func (s *site) Zones(name string) (api.Zones, error) {
	if name != "door" {
		return api.Zones{}, api.ErrUnknown
	}
	l, err := zones.Parse([]byte(gate))
	return api.Zones{Bundle: l, Set: len(s.zones) > 0}, err
}

func (s *site) SetZones(name string, l *zones.List) error {
	switch {
	case name != "door":
		return api.ErrUnknown
	case l == nil:
		s.zones = append(s.zones, "-")
	default:
		s.zones = append(s.zones, l.String())
	}
	return nil
}

// gate is a list of one zone.
const gate = `[{"name":"gate","kind":"judge","points":[[0,0],[1,0],[1,1]],"least_time":2}]`

func (s *site) Cameras() []api.Camera {
	perDay := 2.5
	return []api.Camera{{Name: "door", Title: "Door", State: "waiting", Since: time.Unix(1795780800, 0), Restarts: 3,
		Error: "rtsp://u:sesame@door/1 is away", Armed: true, FalseAlarmsPerDay: &perDay}, {Name: "yard", Title: "Yard", State: "running"}}
}

func (s *site) Change(name string, c api.Change) error {
	switch {
	case name == "broken":
		return errors.New("disk full at /secret/place")
	case name != "door":
		return fmt.Errorf("%w: %s", api.ErrUnknown, name)
	case c.FalseAlarmsPerDay != nil && *c.FalseAlarmsPerDay < 0:
		return fmt.Errorf("%w: below 0", api.ErrRefused)
	}
	s.changes = append(s.changes, *c.FalseAlarmsPerDay)
	return nil
}

func (s *site) Thresholds(name string, perDay []float64) (all []float64, err error) {
	if name != "door" {
		return nil, api.ErrUnknown
	}
	for _, rate := range perDay {
		all = append(all, 8-rate/2)
	}
	return all, nil
}

func (s *site) Normal(camera, id, by string) error {
	if camera != "door" {
		return fmt.Errorf("%w: no film was kept", api.ErrRefused)
	}
	s.learns = by + " of " + id
	return nil
}

func (s *site) Forget(camera, id, by string) error { return s.Normal(camera, id, by) }

func (s *site) Learning(string, string) api.Learning {
	if s.learns == "" {
		return api.Learning{}
	}
	return api.Learning{State: api.Waits, Why: s.learns}
}

// history has an event of the door with a clip and a picture, and one of the yard.
type history struct {
	asked record.Query
	said  []record.Acknowledgement
}

func (h *history) Events(q record.Query) ([]record.EventRow, error) {
	h.asked = q
	at, peak, threshold := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), 7., 3.
	all := []record.EventRow{{Camera: "door", ID: "1.5-2", State: "ended", Kind: "moving", Zone: "gate", Start: at, End: at.Add(4 * time.Second), Peak: &peak, Threshold: &threshold, Bundle: "68f3",
		Acknowledgement: record.Acknowledgement{Acknowledged: true, By: "anna", Note: "a fox", Ordinary: "the fox"}},
		{Camera: "yard", ID: "1.5-1", State: "cut", Kind: "moving", Start: at, End: at}}
	if q.ID != "" {
		all = slices.DeleteFunc(all, func(e record.EventRow) bool { return e.ID != q.ID || e.Camera != q.Camera })
	}
	return all[:min(q.Limit, len(all))], nil
}

func (h *history) Scores(_ string, _, to time.Time) (all []record.Score, err error) {
	for i, v := range []float64{8, 7.8, 1, 7.9, 2} {
		s := record.Score{At: to.Add(time.Duration(i-6) * record.Step), Peak: v, Sure: v, Threshold: 6.5, Judged: 9}
		for k := range s.Seconds {
			s.Seconds[k] = record.Second{Peak: v, Sure: v}
		}
		all = append(all, s)
	}
	return all, nil
}

func (h *history) Conditions(_ string, from, _ time.Time) ([]record.Condition, error) {
	return []record.Condition{{Kind: "dark", Text: "it is too dark", Held: true, Start: from}}, nil
}

func (h *history) Segments(camera string, from, to time.Time) ([]record.Recording, error) {
	return []record.Recording{{Camera: camera, Start: from, End: from.Add(time.Minute)}, {Camera: camera, Start: from.Add(time.Minute), End: to}}, nil
}

func (h *history) Clips(camera, _ string) ([]record.Recording, error) {
	if camera != "door" {
		return nil, nil
	}
	return []record.Recording{{Path: "clip.txt"}}, nil
}

func (h *history) Pictures(camera, _ string) ([]record.Picture, error) {
	if camera != "door" {
		return nil, nil
	}
	return []record.Picture{{Path: "jpeg.txt", Marked: true}}, nil
}

func (h *history) Path(below string) string { return "testdata/" + below }

func (h *history) Named() ([]record.Named, error) {
	return []record.Named{{Camera: "door", Kinds: []string{"moving"}, Zones: []string{"gate"}}, {Camera: "old"}}, nil
}

func (h *history) Acknowledge(_, id string, a record.Acknowledgement) error {
	h.said = append(h.said, a)
	if id != "1.5-2" {
		return record.ErrEvent
	}
	return nil
}

// TestPages: a cursor leads to what is behind the last event of its page.
func TestPages(t *testing.T) {
	h := new(history)
	handler := api.New(new(site), h)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request(t, all, "GET", "/api/events?limit=2", ""))
	var page struct{ Next string }
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || page.Next == "" {
		t.Fatalf("%s, %v", w.Body, err)
	}
	handler.ServeHTTP(httptest.NewRecorder(), request(t, all, "GET", "/api/events?cursor="+page.Next, ""))
	if b := h.asked.Before; b == nil || b.Camera != "yard" || b.ID != "1.5-1" || !b.Start.Equal(time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("asked for what is before %+v", b)
	}
}

// all is somebody who may do all.
var all = access.Principal{Manage: true}

// request is a request of somebody.
func request(t *testing.T, who access.Principal, method, path, body string) *http.Request {
	return httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(access.With(t.Context(), who))
}

// described is the description, and a function that holds an exchange to it.
func described(t *testing.T) func(*http.Request, *httptest.ResponseRecorder, []byte) {
	t.Helper()
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"application/yaml", "video/mp4", "image/jpeg"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	return func(r *http.Request, w *httptest.ResponseRecorder, body []byte) {
		t.Helper()
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s %s is not described: %v", r.Method, r.URL, err)
			return
		}
		in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code, Header: w.Header(), Options: in.Options}
		out.SetBodyBytes(body)
		if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
			t.Errorf("%s %s: the answer is not as described: %v\n%s", r.Method, r.URL, err, body)
		}
	}
}

// TestAnswers: each address answers as openapi.yaml describes it, and tells no secret.
func TestAnswers(t *testing.T) {
	s := new(site)
	h := new(history)
	handler, fits := api.New(s, h), described(t)
	for _, c := range []struct {
		who                access.Principal
		method, path, body string
		code               int
		words              string
	}{
		{all, "GET", "/api/openapi.yaml", "", 200, "openapi: 3"},
		{all, "GET", "/api/cameras", "", 200, `"name":"door","title":"Door","state":"waiting"`},
		{all, "PATCH", "/api/cameras/door", `{"false_alarms_per_day":0.5}`, 204, ""},
		{all, "PATCH", "/api/cameras/door", `{"false_alarms_per_day":-1}`, 409, "refused: below 0"},
		{access.Principal{Manage: true, Streams: []string{"yard"}}, "GET", "/api/cameras", "", 200, `[{"name":"yard"`},
		{access.Principal{Manage: true, Streams: []string{"yard"}}, "PATCH", "/api/cameras/door", `{"false_alarms_per_day":9}`, 404, "there is no such"},
		{access.Principal{}, "PATCH", "/api/cameras/door", `{"false_alarms_per_day":9}`, 403, "for seeing"},
		{access.Principal{Streams: []string{}}, "GET", "/api/cameras", "", 200, `[]`},
		{all, "GET", "/api/events", "", 200, `{"events":[{"camera":"door","id":"1.5-2","state":"ended","kind":"moving","zone":"gate","start":"2026-11-27T12:00:00Z","end":"2026-11-27T12:00:04Z","peak":7,"threshold":3,"bundle":"68f3","acknowledged":true,"by":"anna","note":"a fox","ordinary":"the fox","clips":["/api/events/door/1.5-2/clips/1"],"pictures":["/api/events/door/1.5-2/marked.jpg"]},{"camera":"yard"`},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/events", "", 200, `{"events":[{"camera":"yard"`},
		{all, "GET", "/api/events?camera=door&from=2026-11-27T00:00:00Z&to=2026-11-28T00:00:00%2B01:00&kind=moving&zone=gate&unacknowledged=true&limit=1", "", 200, `"next":"`},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/events/yard/1.5-1", "", 200, `{"camera":"yard"`},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/events/door/1.5-2", "", 404, "no such"},
		{all, "GET", "/api/events/door/1.5-9", "", 404, "no such"},
		{all, "GET", "/api/history", "", 200, `[{"name":"door","title":"Door","duty":true,"kinds":["moving"],"zones":["gate"]},{"name":"yard","title":"Yard","duty":true,"kinds":[],"zones":[]},{"name":"old","title":"old","duty":false,"kinds":[],"zones":[]}]`},
		{access.Principal{Streams: []string{"old"}}, "GET", "/api/history", "", 200, `[{"name":"old"`},
		{all, "GET", "/api/cameras/door/timeline?from=2026-11-27T00:00:00Z&to=2026-11-27T00:02:00Z", "", 200, `"step":10,"peak":[null,null,null,null,null,null,8,7.8,1,7.9,2,null],"threshold":[null,null,null,null,null,null,6.5,6.5,6.5,6.5,6.5,null],"judged":[0,0,0,0,0,0,0.9,0.9,0.9,0.9,0.9,0],"events":[{"camera":"door"`},
		{all, "GET", "/api/cameras/door/timeline?from=2026-11-27T00:00:00Z&to=2026-11-28T00:00:00Z", "", 200, `"conditions":[{"kind":"dark","text":"it is too dark","held":true,"start":"2026-11-27T00:00:00Z","end":null}],"unjudged":[{"start":"2026-11-27T00:00:00Z","end":"2026-11-27T23:59:00Z"},{"start":"2026-11-27T23:59:50Z","end":"2026-11-28T00:00:00Z"}],"recorded":[{"start":"2026-11-27T00:00:00Z","end":"2026-11-28T00:00:00Z"}]}`},
		{all, "GET", "/api/cameras/door/timeline?from=2026-11-27T00:00:00Z", "", 400, "want from and to"},
		{all, "GET", "/api/cameras/door/timeline?from=2026-11-27T00:00:00Z&to=2027-11-27T00:00:00Z", "", 400, "up to"},
		{all, "GET", "/api/cameras/gate/timeline?from=2026-11-27T00:00:00Z&to=2026-11-28T00:00:00Z", "", 404, "no such"},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/cameras/door/timeline?from=2026-11-27T00:00:00Z&to=2026-11-28T00:00:00Z", "", 404, "no such"},
		{all, "GET", "/api/cameras/door/sensitivity?to=2026-11-27T00:00:00Z", "", 200, `{"from":"2026-11-20T00:00:00Z","to":"2026-11-27T00:00:00Z","hours":0.01,"false_alarms_per_day":2.5,"rows":[{"false_alarms_per_day":0.1,"threshold":7.95,"alarms":1,"minutes":0.2},{"false_alarms_per_day":0.2,"threshold":7.9,"alarms":2,"minutes":0.3},{"false_alarms_per_day":0.5,"threshold":7.75,"alarms":2,"minutes":0.5},`},
		{all, "GET", "/api/cameras/door/sensitivity?to=2026-11-27T00:00:00Z", "", 200, `{"false_alarms_per_day":10,"threshold":3,"alarms":2,"minutes":0.5},{"false_alarms_per_day":24,"threshold":-4,"alarms":2,"minutes":0.8}]`}, // one long one
		{all, "GET", "/api/cameras/door/sensitivity?to=now", "", 400, "want to"},
		{all, "GET", "/api/cameras/old/sensitivity", "", 404, "no such"},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/cameras/door/sensitivity", "", 404, "no such"},
		{all, "GET", "/api/events?limit=0", "", 400, "limit: want 1 to 500"},
		{all, "GET", "/api/events?from=yesterday", "", 400, "from: "},
		{all, "GET", "/api/events?cursor=x", "", 400, "cursor: no cursor"},
		{all, "GET", "/api/events?page=2", "", 400, `no parameter`},
		{all, "GET", "/api/events/door/1.5-2/clips/1", "", 200, "film"},
		{all, "GET", "/api/events/door/1.5-2/clips/2", "", 404, "no such"},
		{all, "GET", "/api/events/door/1.5-2/clips/x", "", 404, "no such"},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/events/door/1.5-2/clips/1", "", 404, "no such"},
		{all, "GET", "/api/events/door/1.5-2/marked.jpg", "", 200, "jpeg"},
		{all, "GET", "/api/events/door/1.5-2/picture.jpg", "", 404, "no such"},
		{access.Principal{Name: "bert", Manage: true}, "PATCH", "/api/events/door/1.5-2", `{"acknowledged":true,"note":"the postman"}`, 204, ""},
		{all, "PATCH", "/api/events/door/1.5-2", `{"acknowledged":false,"normal":true}`, 400, "with it normal"},
		{all, "PATCH", "/api/events/door/9", `{"acknowledged":true}`, 404, "no such"},
		{access.Principal{}, "PATCH", "/api/events/door/1.5-2", `{"acknowledged":true}`, 403, "for seeing"},
		{all, "PATCH", "/api/events/door/1.5-2", `{"ack":true}`, 400, "ack"},
		{all, "GET", "/api/events/door/1.5-2/normal", "", 200, `{"state":""}`},
		{access.Principal{Name: "bert", Manage: true}, "POST", "/api/events/door/1.5-2/normal", "", 202, `{"state":"waiting","why":"bert of 1.5-2"}`},
		{access.Principal{Name: "carl", Manage: true}, "DELETE", "/api/events/door/1.5-2/normal", "", 202, `carl of 1.5-2`},
		{all, "POST", "/api/events/yard/1.5-1/normal", "", 409, "no film was kept"},
		{access.Principal{}, "POST", "/api/events/door/1.5-2/normal", "", 403, "for seeing"},
		{access.Principal{Manage: true, Streams: []string{"yard"}}, "POST", "/api/events/door/1.5-2/normal", "", 404, "no such"},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/events/door/1.5-2/normal", "", 404, "no such"},
		{all, "PATCH", "/api/cameras/gate", `{"false_alarms_per_day":1}`, 404, "there is no such"},
		{all, "PATCH", "/api/cameras/door", `{"zeta":1}`, 400, "zeta"},
		{all, "PATCH", "/api/cameras/door", `{}{}`, 400, "nothing behind it"},
		{access.Principal{}, "GET", "/api/cameras/door/picture", "", 200, "jpeg"},
		{all, "GET", "/api/cameras/yard/picture", "", 404, "no such"},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/cameras/door/picture", "", 404, "no such"},
		{all, "GET", "/api/cameras/door/zones", "", 200, `{"zones":[],"bundle":` + gate + `,"set":false,"may_change":true}`},
		{access.Principal{}, "GET", "/api/cameras/door/zones", "", 200, `"may_change":false}`},
		{access.Principal{Streams: []string{"yard"}}, "GET", "/api/cameras/door/zones", "", 404, "no such"},
		{all, "PUT", "/api/cameras/door/zones", gate, 204, ""},
		{all, "PUT", "/api/cameras/door/zones", " []", 204, ""},
		{all, "PUT", "/api/cameras/door/zones", "", 400, "[] for none"},
		{all, "PUT", "/api/cameras/door/zones", `{"zones":[]}`, 400, "[] for none"},
		{all, "PUT", "/api/cameras/door/zones", strings.Replace(gate, "2", "-2", 1), 400, `its least_time is -2`},
		{all, "PUT", "/api/cameras/door/zones", strings.Replace(gate, "judge", "watch", 1), 400, `want judge, ignore or private`},
		{all, "PUT", "/api/cameras/door/zones", "[" + strings.Repeat(" ", 1<<20) + "]", 400, "more than"},
		{all, "PUT", "/api/cameras/yard/zones", gate, 404, "no such"},
		{access.Principal{}, "PUT", "/api/cameras/door/zones", gate, 403, "for seeing"},
		{access.Principal{Manage: true, Streams: []string{"yard"}}, "PUT", "/api/cameras/door/zones", gate, 404, "no such"},
		{access.Principal{}, "DELETE", "/api/cameras/door/zones", "", 403, "for seeing"},
		{all, "DELETE", "/api/cameras/door/zones", "", 204, ""},
		{all, "GET", "/api/cameras/door/zones", "", 200, `"set":true`},
		{all, "PATCH", "/api/cameras/door", `[]`, 400, "want a JSON object"},
		{all, "PATCH", "/api/cameras/door", strings.Repeat(" ", 1<<20) + "{}", 400, "want a JSON object"},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request(t, c.who, c.method, c.path, c.body))
		body, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if w.Code != c.code || !strings.Contains(string(body), c.words) || bytes.Contains(body, []byte("sesame")) {
			t.Errorf("%s %s %.40q: %d %s", c.method, c.path, c.body, w.Code, body)
		}
		fits(httptest.NewRequest(c.method, c.path, nil), w, body)
	}
	if want := (record.Acknowledgement{Acknowledged: true, By: "bert", Note: "the postman"}); len(h.said) == 0 || h.said[0] != want {
		t.Errorf("said of the event: %+v, want %+v", h.said, want)
	}
	if len(s.changes) != 1 || s.changes[0] != 0.5 {
		t.Errorf("changes %v", s.changes)
	}
	if want := []string{gate, "", "-"}; !slices.Equal(s.zones, want) {
		t.Errorf("zones %q, want %q", s.zones, want)
	}
}

// TestNotDescribed: other addresses, other methods, and errors of the machine say nothing
// of it.
func TestNotDescribed(t *testing.T) {
	handler := api.New(new(site), nil)
	for _, c := range []struct {
		method, path, body string
		code               int
	}{
		{"GET", "/api/none", "", 404}, {"GET", "/api/cameras/", "", 404}, {"DELETE", "/api/cameras/door", "", 405}, {"POST", "/api/cameras", "{}", 405},
		{"PATCH", "/api/cameras/broken", `{"false_alarms_per_day":1}`, 500},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request(t, all, c.method, c.path, c.body))
		if w.Code != c.code || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
}

package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"

	"avid/runtime/access"
	"avid/runtime/api"
)

// trainer is a site that trains its door.
type trainer struct {
	site
	did []string
}

func (s *trainer) of(name, what string) error {
	switch {
	case name != "door":
		return api.ErrUnknown
	case what == "":
		return nil
	case len(s.did) > 5:
		return fmt.Errorf("%w: one is under way", api.ErrRefused)
	}
	s.did = append(s.did, what)
	return nil
}

func (s *trainer) Detail(name string) (api.Detail, error) {
	share := 0.25
	made, found := time.Unix(1795000000, 0), 0.81
	d := api.Detail{Camera: s.Cameras()[0], Model: &api.Model{File: "door.avid", SHA256: "68f3", Made: &made, Since: made, Grade: "good", Found: &found, Previous: true}, Shadow: &api.Shadow{Model: "yard.next.avid", Judged: 9, Both: 1},
		Retrain: &api.Retraining{State: api.RetrainTraining, Since: time.Unix(1795780800, 0), Progress: &share, Resumable: true, Words: "step 3 of rtsp://u:sesame@door/1",
			Compared: &api.Compared{Hours: 8.9, Alarms: api.ByWhom{Both: 1}, Events: api.ByWhom{OnlyNew: 2}}}}
	return d, s.of(name, "")
}

func (s *trainer) Retrain(name string, w api.Wanted) error {
	return s.of(name, fmt.Sprintf("retrain %s %g %s %v", w.Hours, w.Days, w.Footage, w.Resume))
}
func (s *trainer) Promote(name string, force bool) error {
	return s.of(name, fmt.Sprint("promote ", force))
}
func (s *trainer) Stay(name string) error { return s.of(name, "stay") }
func (s *trainer) Back(name string) error { return s.of(name, "back") }
func (s *trainer) Report(name string) (string, error) {
	return "testdata/clip.txt", s.of(name, "")
}

// TestRetrain: each address answers as described, to those who may.
func TestRetrain(t *testing.T) {
	s := new(trainer)
	handler, fits := api.New(s, nil), described(t)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.FileBodyDecoder)
	see, other := access.Principal{}, access.Principal{Manage: true, Streams: []string{"yard"}}
	for _, c := range []struct {
		who                access.Principal
		method, path, body string
		code               int
		words              string
	}{
		{all, "GET", "/api/cameras/door", "", 200, `"retrain":{"state":"training"`},
		{all, "GET", "/api/cameras/door", "", 200, `"resumable":true`},
		{all, "POST", "/api/cameras/door/retrain", `{"resume":true}`, 204, ""},
		{see, "GET", "/api/cameras/door", "", 200, `"file":"door.avid","sha256":"68f3"`},
		{see, "GET", "/api/cameras/door", "", 200, `"shadow":{"model":"yard.next.avid","judged":9`},
		{other, "GET", "/api/cameras/door", "", 404, "no such"},
		{all, "GET", "/api/cameras/gate", "", 404, "no such"},
		{all, "POST", "/api/cameras/door/retrain", `{"hours":"06-22","days":2}`, 204, ""},
		{all, "POST", "/api/cameras/door/retrain", `{"hour":"06-22"}`, 400, "hour"},
		{see, "POST", "/api/cameras/door/retrain", `{}`, 403, "for seeing"},
		{other, "POST", "/api/cameras/door/retrain", `{}`, 404, "no such"},
		{see, "POST", "/api/cameras/door/promote", `{}`, 403, "for seeing"},
		{see, "POST", "/api/cameras/door/promote/back", "", 403, "for seeing"},
		{all, "DELETE", "/api/cameras/door/retrain", "", 204, ""},
		{see, "DELETE", "/api/cameras/door/retrain", "", 403, "for seeing"},
		{all, "DELETE", "/api/cameras/gate/retrain", "", 404, "no such"},
		{all, "POST", "/api/cameras/door/promote", `{}`, 204, ""},
		{all, "POST", "/api/cameras/door/promote", `{"force":true}`, 204, ""},
		{all, "POST", "/api/cameras/door/promote/back", "", 204, ""},
		{all, "POST", "/api/cameras/door/retrain", `{}`, 409, "one is under way"},
		{see, "GET", "/api/cameras/door/report", "", 200, "film"},
		{other, "GET", "/api/cameras/door/report", "", 404, "no such"},
		{all, "GET", "/api/cameras/gate/report", "", 404, "no such"},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request(t, c.who, c.method, c.path, c.body))
		body := w.Body.String()
		if w.Code != c.code || !strings.Contains(body, c.words) || strings.Contains(body, "sesame") {
			t.Errorf("%s %s %q: %d %s", c.method, c.path, c.body, w.Code, body)
		}
		fits(httptest.NewRequest(c.method, c.path, nil), w, []byte(body))
	}
	if got := strings.Join(s.did, ", "); got != "retrain  0  true, retrain 06-22 2  false, stay, promote false, promote true, back" {
		t.Errorf("it did %s", got)
	}
}

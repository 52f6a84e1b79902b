package receivers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"avid/runtime/fanout"
)

// report is what testdata/player.html says, of each stream.
type report struct {
	Agent   string
	Results []result
}

type result struct {
	Path, Error, Hello, State string

	Status, Patched, Left int // of HTTP

	Decoded, Pictures, Messages int
	Matched                     int // pictures whose RTP timestamp a message had
	Width, Height               int
}

// serve gives the page's origin, and the reports that come back to it.
func serve(t *testing.T) (origin string, reports <-chan report) {
	got := make(chan report, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /player.html", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "testdata/player.html")
	})
	mux.HandleFunc("POST /report", func(w http.ResponseWriter, r *http.Request) {
		var one report
		if err := json.NewDecoder(r.Body).Decode(&one); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		select {
		case got <- one:
		default:
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, got
}

// TestBrowsers: a page from another origin plays each codec that the browser
// has, with trickle ICE and the data channel.
func TestBrowsers(t *testing.T) {
	for _, b := range browsers {
		t.Run(b.name, func(t *testing.T) {
			b.find(t)
			var shown []format
			for _, f := range formats {
				if f.must || lacks(t, f.encode) == "" {
					f.need(t, f.encode)
					shown = append(shown, f)
				}
			}
			server, streams := show(t, shown...)
			query := url.Values{"server": {server.URL()}, "token": {token}}
			for _, s := range streams {
				query.Add("path", s.Config().Path)
			}
			other, reports := serve(t)
			b.open(t, other+"/player.html?"+query.Encode())
			select {
			case got := <-reports:
				t.Log(got.Agent)
				if len(got.Results) != len(shown) {
					t.Errorf("%d results of %d streams", len(got.Results), len(shown))
				}
				for _, r := range got.Results {
					b.check(t, r)
				}
			case <-time.After(2 * patience):
				t.Fatalf("%s does not report", b.name)
			}
			for _, s := range streams {
				eventually(t, "the viewers have left", func() bool { return s.Stats().Viewers == 0 })
			}
		})
	}
}

// check compares with what every browser must get. The channel is not reliable
// (maxRetransmits 0), so some messages may miss their picture.
func (b browser) check(t *testing.T, r result) {
	t.Helper()
	const enough = 45 // as testdata/player.html has it
	switch {
	case r.Status == http.StatusNotAcceptable && !slices.Contains(b.plays, fanout.Codec(r.Path)):
		t.Logf("%s does not take %s", b.name, r.Path)
	case r.Error != "" || r.Status != http.StatusCreated || r.Patched != http.StatusNoContent || r.Left != http.StatusOK:
		t.Errorf("the exchange: %+v", r)
	case r.Width != width || r.Height != height || r.Decoded < enough || r.Pictures < enough:
		t.Errorf("the video: %+v", r)
	case r.Hello != r.Path || r.Messages < enough || r.Matched < enough/2:
		t.Errorf("the metadata: %+v", r)
	}
}

package preview

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"avid/runtime/access"
	"avid/runtime/fanout"
	"avid/runtime/internal/jsonreply"
)

// streamInfo is one stream of GET /api/streams.
type streamInfo struct {
	Path    string        `json:"path"`
	Title   string        `json:"title"`
	Codec   fanout.Codec  `json:"codec"`
	Width   int           `json:"width"`
	Height  int           `json:"height"`
	Rate    fanout.Number `json:"rate"`
	Viewers int           `json:"viewers"`
	Bitrate uint          `json:"bitrate"`        // of the last second as encoded, bits/s
	Lag     fanout.Number `json:"lag,omitempty"`  // how old the newest frame was when it came, seconds
	Idle    bool          `json:"idle,omitempty"` // nobody watches, and nothing is encoded
	// State is how it is with the stream as the filter tells: filling, judging,
	// blind, silent or held, the last three for the reason in Reason; empty where no
	// filter tells.
	State string `json:"state,omitempty"`
	// Scene is what keeps it from being judged well, such as dark.
	Scene  string `json:"scene,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Dropped counts frames that this machine was too slow for, before they came
	// to the stream, where that is known.
	Dropped uint64 `json:"dropped,omitempty"`
	// Stalled: it is there, and no frames of it have come for a while.
	Stalled bool `json:"stalled,omitempty"`
	// Missing: it is expected and not there, for the reason in Note, if known.
	Missing bool   `json:"missing,omitempty"`
	Note    string `json:"note,omitempty"`
	// Pictured is how long ago the picture at /api/cameras/PATH/picture was taken,
	// seconds; nil: there is none.
	Pictured *fanout.Number `json:"pictured,omitempty"`
	// Manage: who asks may change it, at /api/cameras/PATH.
	Manage bool `json:"manage,omitempty"`
	// Events are those that were told behind the time that is asked for.
	Events []eventInfo `json:"events,omitempty"`
}

// list answers GET /api/streams, with those that who may see, and with since=MS their
// events that were told behind that time.
func (s *Server) list(w http.ResponseWriter, r *http.Request, who access.Principal) {
	streams := []streamInfo{}
	var told map[string][]eventInfo
	if text := r.URL.Query().Get("since"); text != "" {
		since, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			fail(w, http.StatusBadRequest, "since: want the time of an event in ms, or 0")
			return
		}
		told = s.eventsSince(since)
	}
	accounts := s.accounts()
	for _, stream := range s.all() {
		info := stream.info()
		info.Dropped = accounts[info.Path].dropped
		streams = append(streams, info)
	}
	for _, m := range s.missing() {
		streams = append(streams, m.info)
	}
	streams = slices.DeleteFunc(streams, func(i streamInfo) bool { return !who.May(i.Path) })
	pictured := s.pictures()
	for i := range streams {
		if ago, is := pictured[streams[i].Path]; is {
			streams[i].Pictured = new(fanout.Number)
			*streams[i].Pictured = fanout.Number(ago)
		}
		streams[i].Events = told[streams[i].Path]
		_, onDuty := accounts[streams[i].Path]
		streams[i].Manage = onDuty && who.Manage && s.changeable()
	}
	slices.SortFunc(streams, func(a, b streamInfo) int { return strings.Compare(a.Path, b.Path) })
	jsonreply.Send(w, http.StatusOK, streams)
}

func (s *Stream) info() streamInfo {
	c, stats, now := s.source.Present(), s.source.Stats(), s.source.Status()
	return streamInfo{
		Path: c.Path, Title: c.Title, Codec: c.Codec, Width: c.Width, Height: c.Height,
		Rate: fanout.Number(c.Rate), Viewers: stats.Viewers, Bitrate: stats.EncodedRate,
		Lag: fanout.Number(stats.Lag.Seconds()), Idle: stats.Idle, Stalled: s.source.Stalled() > 0,
		State: now.State, Scene: now.Scene, Reason: now.Reason,
	}
}

// healthInfo is the answer of GET /healthz.
type healthInfo struct {
	Status  string                   `json:"status"` // ok, late, stalled
	Streams int                      `json:"streams"`
	Stalled map[string]fanout.Number `json:"stalled,omitempty"` // seconds without a frame, by path
	Late    map[string]fanout.Number `json:"late,omitempty"`    // seconds behind the camera's clock, by path
	Reasons map[string]string        `json:"reasons,omitempty"` // why an expected one is not there, by path, where that is known
	// Impaired is why streams are judged, but not well, by path: no reason for another status.
	Impaired map[string]string `json:"impaired,omitempty"`
}

// A stream is late when its frames are older than lateFrom; from tooLate on the
// server is not well.
const (
	lateFrom = 2 * time.Second
	tooLate  = 5 * time.Second
)

// health answers GET /healthz: 503 when a stream has had no frame, or one that
// is expected has not been there, for long, or when its frames are old.
func (s *Server) health(w http.ResponseWriter, who access.Principal) {
	streams := slices.DeleteFunc(s.all(), func(one *Stream) bool { return !who.May(one.path) })
	info, code := healthInfo{Status: "ok", Streams: len(streams)}, http.StatusOK
	stalled := func(path string, since time.Duration) {
		if info.Stalled == nil {
			info.Stalled = map[string]fanout.Number{}
		}
		info.Status, code = "stalled", http.StatusServiceUnavailable
		info.Stalled[path] = fanout.Number(since.Round(100 * time.Millisecond).Seconds())
	}
	for _, stream := range streams {
		if lag := stream.Stats().Lag; lag > lateFrom {
			if info.Late == nil {
				info.Late = map[string]fanout.Number{}
			}
			info.Late[stream.path] = fanout.Number(lag.Round(100 * time.Millisecond).Seconds())
			if lag > tooLate && info.Status == "ok" {
				info.Status, code = "late", http.StatusServiceUnavailable
			}
		}
		if since := stream.source.Stalled(); since > 0 {
			stalled(stream.path, since)
		}
		if now := stream.source.Status(); impaired(now) {
			if info.Impaired == nil {
				info.Impaired = map[string]string{}
			}
			info.Impaired[stream.path] = now.Reason
		}
	}
	for _, m := range s.missing() {
		if m.away >= s.time.Stall && who.May(m.info.Path) {
			stalled(m.info.Path, m.away)
			if m.info.Note != "" {
				if info.Reasons == nil {
					info.Reasons = map[string]string{}
				}
				info.Reasons[m.info.Path] = m.info.Note
			}
		}
	}
	jsonreply.Send(w, code, info)
}

// impaired tells whether a stream is judged, but not well.
func impaired(s fanout.Status) bool { return s.State == "judging" && s.Reason != "" }

package servers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"avid/runtime/event"
)

// happened is what /api/events says of an event.
type happened struct {
	ID, State  string
	Start, End time.Time
	Clips      []string
}

// TestNewcomer: the lines of README lead from nothing to a page with two cameras, a clip
// of an event with five seconds before it, and a message of MQTT.
func TestNewcomer(t *testing.T) {
	for _, path := range []string{"build/avid", "build/bin/mediamtx"} {
		need(t, path)
	}
	s := newStage(t)
	s.start(shell(t, "README.md", "newcomer"))
	page := "http://127.0.0.1:" + s.port["8889"]
	eventually(t, "a page with two cameras that are judged", func() bool {
		var streams []struct{ State string }
		return get(page+"/api/streams", &streams) && len(streams) == 2 && streams[0].State == "judging" && streams[1].State == "judging"
	})
	if text, ok := body(page + "/"); !ok || !bytes.Contains(text, []byte("<html")) {
		t.Errorf("the page is %.200s", text)
	}
	for _, camera := range []string{"door", "yard"} {
		eventually(t, "messages of "+camera, func() bool { return told(t, filepath.Join(s.dir, "out", "mqtt.jsonl"), camera) })
		eventually(t, "a clip of "+camera+" with five seconds before and after", func() bool {
			var all struct{ Events []happened }
			if !get(page+"/api/events?camera="+camera, &all) {
				return false
			}
			for _, e := range all.Events {
				if e.State == "ended" && len(e.Clips) > 0 && s.long(camera, e) {
					return true
				}
			}
			return false
		})
	}
}

// told says whether a begin and an end of a camera's event were published.
func told(t *testing.T, path, camera string) bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(text) {
		if r, err := event.ParseRecord(line); err == nil && r.Camera == camera && len(r.Boxes) > 0 {
			seen[r.Type] = true
		}
	}
	return seen["begin"] && seen["end"]
}

// long says whether a clip has its event, and five seconds before and after, less half a
// second each for what lies between two frames and a key frame.
func (s *stage) long(camera string, e happened) bool {
	path := filepath.Join(s.dir, "out", "recordings", camera, "events", e.ID+".mp4")
	out, err := exec.CommandContext(s.t.Context(), "gst-launch-1.0", "-v", "filesrc", "location="+path, "!", "qtdemux", "!", "h264parse", "!",
		"fakesink", "silent=false").Output()
	if err != nil {
		return false
	}
	const rate = 10 // of the demo's clip
	return float64(bytes.Count(out, []byte("chain   ***"))) >= rate*(e.End.Sub(e.Start).Seconds()+9)
}

// body is what an address answers, with 200.
func body(address string) ([]byte, bool) {
	reply, err := http.Get(address)
	if err != nil {
		return nil, false
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	return text, err == nil && reply.StatusCode == http.StatusOK
}

// get reads JSON.
func get(address string, into any) bool {
	text, ok := body(address)
	return ok && json.Unmarshal(text, into) == nil
}

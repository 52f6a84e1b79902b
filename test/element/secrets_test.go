package element_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretsStayInside: what an element posts, logs and lets be read has no secret
// of its settings, whatever goes wrong with them; gst-launch prints all of it, and
// GStreamer draws the properties into a graph.
func TestSecretsStayInside(t *testing.T) {
	dir := t.TempDir()
	token, open, spaces := filepath.Join(dir, "token"), filepath.Join(dir, "open"), filepath.Join(dir, "spaces")
	for path, text := range map[string]string{token: "hunter2\n", open: "hunter2\n", spaces: "hunter2 hunter2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	const sink = "avidwebrtcsink codec=vp8 listen=127.0.0.1:0 media-ips=127.0.0.1 "
	for _, c := range []struct {
		name, element, words string
		code                 int // 0: it goes well
	}{
		{"bundle", "avidfilter model=rtsp://admin:hunter2@h/user=a_password=hunter2 ! fakesink", "There is no bundle at", 1},
		{"push", sink + "whip-endpoint=http://127.0.0.1:1/x?pw=hunter2 token=hunter2 title=rtsp://a:hunter2@h", "media server", 0},
		{"push from a file", sink + "whip-endpoint=http://127.0.0.1:1/x token-file=" + token, "media server", 0},
		{"user in the endpoint", sink + "whip-endpoint=http://a:hunter2@127.0.0.1:1/x", "without user and password", 1},
		{"STUN", sink + "stun-server=stun:a:hunter2@h:x", "stun-server", 1},
		{"TURN", sink + "turn-servers=turn:hunter2", "turn-servers[0]", 1},
		{"listen", sink + "listen=rtsp://a:hunter2@h", "listen", 1},
		{"server", sink + "title=http://h/?token=hunter2 turn-servers=turn:a:hunter2@127.0.0.1:1 token-file=" + token, "avid-webrtc", 0},
		{"open file", sink + "token-file=" + open, "every user of this machine can read the secrets in " + open, 0},
		{"spaces", sink + "token-file=" + spaces, "visible ASCII", 1},
		{"both", sink + "token=hunter2 token-file=" + token, "token and token-file, set one of them", 1},
		{"no file", sink + "turn-servers-file=/nonexistent/pw=hunter2", "turn-servers-file", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			graphs := t.TempDir()
			r := launch(t, "videotestsrc is-live=true num-buffers=20 ! video/x-raw,width=96,height=64,framerate=20/1 ! "+c.element,
				"GST_DEBUG=avid*:7", "GST_DEBUG_DUMP_DOT_DIR="+graphs)
			if (r.code != 0) != (c.code != 0) || !strings.Contains(r.out+r.err, c.words) {
				t.Errorf("ends with %d, no %q in\n%s%s", r.code, c.words, r.out, r.err)
			}
			texts := []string{r.out, r.err}
			drawn, err := filepath.Glob(filepath.Join(graphs, "*.dot"))
			if err != nil || len(drawn) == 0 {
				t.Errorf("graphs %q, %v", drawn, err)
			}
			for _, path := range drawn {
				if c.name == "bundle" { // a file's name is read back as it is
					break
				}
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				texts = append(texts, string(text))
			}
			for _, text := range texts {
				if at := strings.Index(text, "hunter2"); at >= 0 {
					t.Errorf("a secret: %s", text[max(0, at-200):min(len(text), at+100)])
				}
			}
		})
	}
}

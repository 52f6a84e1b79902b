package redact_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"avid/models/redact"
)

// TestText: what is secret goes and what is not stays.
func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// Addresses.
		{"rtsp://admin:hunter2@cam.example:554/1", "rtsp://***@cam.example:554/1"},
		{"rtsp://admin@cam.example/1", "rtsp://***@cam.example/1"},
		{"rtsp://:hunter2@cam.example/1", "rtsp://***@cam.example/1"},
		{"rtsp://admin:@cam.example/1", "rtsp://***@cam.example/1"},
		{"rtsp://user:p@hunter2@host/", "rtsp://***@host/"},
		{"rtsp://user:hunt/er2@host/1", "rtsp://***@host/1"},
		{"rtsp://user:12/hunter2@host/1", "rtsp://***@host/1"},
		{"rtsp://user:hunt?er2#x@host/1", "rtsp://***@host/1"},
		{"rtsp://user:hunter 2@host/1: no answer", "rtsp://***@host/1: no answer"},
		{"rtsp://user:hun@x ter2@host/1: no answer", "rtsp://***@host/1: no answer"},
		{"rtsp://a:hunter2@one/1, rtsp://b:hunter2@two/2", "rtsp://***@one/1, rtsp://***@two/2"},
		{`rtsp://user:hun"ter2@host/1`, "rtsp://***@host/1"},
		{`"rtsp://user:hun\"ter2@host/1": bad`, `"rtsp://***@host/1": bad`},
		{"rtsp://us%65r:p%40hunter2@host/1", "rtsp://***@host/1"},
		{"rtsp://user:hunter2@[fe80::1%25eth0]:554/1", "rtsp://***@[fe80::1%25eth0]:554/1"},
		{"rtsp://user:hunter2", "rtsp://***"},
		{"rtsp://user:hunter2/1", "rtsp://***/1"},
		{"RTSPS://U:hunter2@HOST", "RTSPS://***@HOST"},
		{"srt+x.y-z://u:hunter2@h:1?streamid=4", "srt+x.y-z://***@h:1?streamid=4"},
		{`{"u":"rtsp:\/\/u:hunter2@h\/1"}`, `{"u":"rtsp:\/\/***@h\/1"}`},
		{"?src=rtsp%3A%2F%2Fu%3Ahunter2%40host%2F1", "?src=rtsp%3A%2F%2F***%40host%2F1"},
		{"turn:user:hunter2@host:3478", "turn:***@host:3478"},
		{"turns://user:hunter2@host:5349?transport=tcp", "turns://***@host:5349?transport=tcp"},
		{"turn:u:hunter2@h:1,turn:u:hunter2@h:2", "turn:***@h:2"},
		{"turn:user:hunter2", "turn:***"},
		{"stat admin:hunter2@cam/1: no such file", "stat ***@cam/1: no such file"},
		{"rtsp:/admin:hunter2@cam/1", "***@cam/1"},
		// Parameters.
		{"http://h/?pw=hunter2", "http://h/?pw=***"},
		{"http://h/?PASSWORD=hunter2&channel=1", "http://h/?PASSWORD=***&channel=1"},
		{"http://h/?a=1;pwd=hunter2;b=2#token=hunter2", "http://h/?a=1;pwd=***;b=2#token=***"},
		{"http://h/?user=hunter2&key=hunter2&access_token=hunter2&X-Amz-Signature=hunter2&loginpas=hunter2", "http://h/?user=***&key=***&access_token=***&X-Amz-Signature=***&loginpas=***"},
		{"http://h/?pass%77ord=hunter2&x=1", "http://h/?pass%77ord=***&x=1"},
		{"http://h/?auth[pass]=hunter2", "http://h/?auth[pass]=***"},
		{"http://h/?pw=hun&ter2", "http://h/?pw=***"},
		{"rtsp://h/user=admin_password=hunter2_channel=1_stream=0.sdp?real_stream", "rtsp://h/user=***"},
		{"rtsp://h/user=admin&password=hunter2&channel=1.sdp", "rtsp://h/user=***&password=***&channel=1.sdp"},
		{"rtsp://h/channel=1_user=admin_password=hun_ter2", "rtsp://h/channel=1_user=***"},
		{"rtsp://h/?u=x%26password%3Dhunter2%26channel%3D1", "rtsp://h/?u=x%26password%3D***%26channel%3D1"},
		{`"url":"http://h/?pw=hunter2\u0026channel=1"`, `"url":"http://h/?pw=***\u0026channel=1"`},
		// GStreamer.
		{"rtspsrc location=rtsp://a:hunter2@h/1 user-id=admin user-pw=hunter2 latency=200", "rtspsrc location=rtsp://***@h/1 user-id=*** user-pw=*** latency=200"},
		{`rtspsrc user-pw="hun ter\"2" latency=1`, `rtspsrc user-pw=*** latency=1`},
		{`rtspsrc user-pw = hunter2 ! x`, `rtspsrc user-pw = *** ! x`},
		{"avidwebrtcsink token=hunter2 path=a", "avidwebrtcsink token=*** path=a"},
		{"../ext/gstsouphttpsrc.c(1): f (): /GstPipeline:p/GstSoupHTTPSrc:s:\nNot Found (404), URL: http://a:hunter2@h/x?pw=hunter2, Redirect to: (NULL)",
			"../ext/gstsouphttpsrc.c(1): f (): /GstPipeline:p/GstSoupHTTPSrc:s:\nNot Found (404), URL: http://***@h/x?pw=***, Redirect to: (NULL)"},
		// Headers, JSON, structs.
		{"Authorization: Basic aHVudGVyMg== x", "Authorization: ***"},
		{"got authorization:Digest username=\"a\", response=\"hunter2\"", "got authorization:***"},
		{"sent Bearer hunter2, refused", "sent Bearer ***, refused"},
		{"Basic YTpodW50ZXIy", "Basic ***"},
		{`{"user":"a","password": "hun\"ter2", "n":1}`, `{"user":"***","password": "***", "n":1}`},
		{"{Listen:x Token:hunter2 Max:3}", "{Listen:x Token:*** Max:3}"},
		{`parse "rtsp://u:%zz@h/": invalid URL escape "%zz"`, `parse "rtsp://***@h/": invalid URL escape "***"`},
	} {
		got := redact.Text(c.in)
		if got != c.want {
			t.Errorf("%s\n gives %s\n want  %s", c.in, got, c.want)
		}
		if again := redact.Text(got); again != got {
			t.Errorf("%s\n gives %s\n again %s", c.in, got, again)
		}
	}
}

// TestPlainText: sentences of the tool and of GStreamer stay as they are.
func TestPlainText(t *testing.T) {
	for _, s := range []string{
		"", "2 inputs at http://127.0.0.1:8889/, Ctrl-C ends", "watch at http://[::1]:8889/", "3 events in a.mp4: out/annotated.mp4, out/events.jsonl, out/snapshot.png",
		"listen \"0.0.0.0:0\" is open to other machines, set a token (or insecure)", "token missing or wrong", "the bearer token for whip-endpoint",
		"stun-server \"nowhere\", allowed is stun:host:port", "rtsp://camera.example/1: video cannot be read: source: Not found",
		"basic settings and digest of the day", `Post "http://h:80/x": dial tcp 127.0.0.1:1: connect: connection refused`,
		"videotestsrc num-buffers=3 ! video/x-raw,format=GRAY8,width=16 ! appsink name=out sync=false", "mail a@example.com", "in turn: a, b",
		"key-int-max=50 token= path=a", "rtsp://fe80::1/1", "rtsp://:8554/live", `{"path":"live","title":"Yard"}`, "http://host:port/ and http://HOST:PORT",
		"(see https://example.org:8443)", "0:00:01.5 100 % of 2:00",
	} {
		if got := redact.Text(s); got != s {
			t.Errorf("%s\n became %s", s, got)
		}
	}
}

// TestErrors: errors of net/url with an address in it.
func TestErrors(t *testing.T) {
	for _, address := range []string{"rtsp://admin:hunter2%zz@h/", "rtsp://admin:hunter2/x@h/", "rtsp://admin:hunter2\x01@h/", "rtsp://[hunter2:hunter2@h/", "rtsp://h:hunter2"} {
		_, err := url.Parse(address)
		if err == nil {
			t.Errorf("%q can be read", address)
			continue
		}
		for _, text := range []string{err.Error(), fmt.Sprintf("%s: %v", address, err), fmt.Sprintf("%q", address), fmt.Sprintf("%+v", errors.Join(err, err))} {
			if got := redact.Text(text); strings.Contains(got, "hunter2") {
				t.Errorf("%s\n gives %s", text, got)
			}
		}
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"rtsp://admin:hunter2@cam.example:554/live/hunter2?pw=hunter2": "rtsp://cam.example:554",
		"rtsp://admin:12/hunter2@cam.example/1":                        "rtsp://***",
		"rtsp://admin:hunter2/@cam.example/1":                          "rtsp://***",
		"rtsp://admin:hunter 2@cam.example/1":                          "rtsp://***",
		"rtsp://h/?mail=hunter2@x":                                     "rtsp://***",
		"udp://[::1]:5000":                                             "udp://[::1]:5000",
		"films/day 1.mp4":                                              "films/day 1.mp4",
		"films/user=a_password=hunter2.mp4":                            "films/user=***",
		"file:///films/day.mp4":                                        "file:///films/day.mp4",
	} {
		if got := redact.Address(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// TestWriterHides: of an address that is known only the host is written, wherever it
// stands and whatever is in it.
func TestWriterHides(t *testing.T) {
	var out bytes.Buffer
	w := redact.NewWriter(&out)
	addresses := []string{"http://h/live/hunter2", "http://h/live/hunter2/more", "rtsp://a:hunter \"2@h:1/hunter2", "film.mp4", "://", "http://plain:8889", "rtsp://1/hunter2@h"}
	for _, a := range addresses {
		w.Hide(a)
		fmt.Fprintf(w, "%s, %q, x%s.\n", a, a, a)
	}
	const want = "http://h, \"http://h\", xhttp://h.\nhttp://h, \"http://h\", xhttp://h.\nrtsp://***, \"rtsp://***\", xrtsp://***.\n" +
		"film.mp4, \"film.mp4\", xfilm.mp4.\n://, \"://\", x://.\nhttp://plain:8889, \"http://plain:8889\", xhttp://plain:8889.\nrtsp://***, \"rtsp://***\", xrtsp://***.\n"
	if got := out.String(); got != want {
		t.Errorf("%s\n want %s", got, want)
	}
}

// TestWriter: a secret that comes in pieces is seen, and nothing is lost.
func TestWriter(t *testing.T) {
	const text = "one rtsp://a:hunter2@h/1\ntwo pw=hunter2\nthree\r\n\nlast token=hunter2"
	for size := 1; size <= len(text); size++ {
		var out bytes.Buffer
		w := redact.NewWriter(&out)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if k, err := io.WriteString(w, rest[:n]); k != n || err != nil {
				t.Fatal(k, err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != redact.Text(text) || strings.Contains(got, "hunter2") {
			t.Errorf("in pieces of %d: %q", size, got)
		}
		if err := w.Flush(); err != nil || w.Unwrap() != io.Writer(&out) {
			t.Error(err)
		}
	}
}

// TestTextActsOnNothing: nothing that a terminal obeys comes through, and what is read
// stays as it is.
func TestTextActsOnNothing(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\x1b]0;mine\x07\x1b[2Jb.mp4", `a\x1b]0;mine\x07\x1b[2Jb.mp4`},
		{"\x1b[31mrtsp://u:hunter2@h/1", `\x1b[31mrtsp://***@h/1`},
		{"rtsp://u:hun\x1bter2@h/1", "rtsp://***@h/1"},
		{"over\rwritten\x08\x7f", `over\x0dwritten\x08\u007f`},
		{"C1 \u009b31m", `C1 \u009b31m`},
		{"a byte \x9b31m", `a byte \x9b31m`},
		{"\u202egpj.exe", `\u202egpj.exe`},
		{"one\n\ttwo", "one\n\ttwo"},
		{"Straße, 門, ‘ζ’ 👩‍🔧 \ufffd", "Straße, 門, ‘ζ’ 👩‍🔧 \ufffd"},
	} {
		if got := redact.Text(c.in); got != c.want {
			t.Errorf("%q gives %q, want %q", c.in, got, c.want)
		}
	}
}

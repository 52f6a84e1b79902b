//go:build !nogst

package video

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"avid/element/pipeline"
)

// answering is the host and port of a server that answers each connection's first request,
// whose CSeq it has, and closes it.
func answering(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				cseq := ""
				for lines := bufio.NewScanner(c); lines.Scan() && lines.Text() != ""; {
					if strings.HasPrefix(strings.ToLower(lines.Text()), "cseq:") {
						cseq = lines.Text()
					}
				}
				fmt.Fprint(c, strings.ReplaceAll(answer, "CSEQ", cseq))
			}()
		}
	}()
	return l.Addr().String()
}

// TestSourceSaysWhy: of a source that cannot be opened GStreamer's sentence is replaced by
// why, and what to check, without its address and what is secret in it.
func TestSourceSaysWhy(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(closed.Addr().String(), ":")
	closed.Close()
	rtsp := func(status string) string { return answering(t, "RTSP/1.0 "+status+"\r\nCSEQ\r\n\r\n") }
	for _, c := range []struct{ address, want string }{
		{"rtsp://eve:sesame@127.0.0.1:" + port + "/x", "connection refused at port " + port},
		{"http://eve:sesame@127.0.0.1:" + port + "/x", "speaks HTTP"},
		{"rtsp://eve:sesame@" + rtsp("401 Unauthorized") + "/x", "user or password is wrong (401 Unauthorized)"},
		{"rtsp://" + rtsp("401 Unauthorized") + "/x", "wants a user and a password"},
		{"rtsp://eve:sesame@" + rtsp("403 Forbidden") + "/x", "403 Forbidden"},
		{"rtsp://eve:sesame@" + rtsp("404 Not Found") + "/x", "no stream of this name (404 Not Found)"},
		{"http://eve:sesame@" + answering(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") + "/x", "no stream of this name (404 Not Found)"},
		{"rtsp://eve:sesame@" + rtsp("503 Service Unavailable") + "/x", "no stream to give at present (503)"},
		{"rtsp://eve:sesame@" + rtsp("454 Session Not Found") + "/x", "answers with an error (454)"},
		{"rtsp://eve:sesame@" + answering(t, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") + "/x", "does not speak RTSP"},
		{"rtsp://eve:sesame@" + answering(t, "") + "/x", "closes the connection without an answer"},
		{"file:///none/sesame.mp4", "there is no such file"},
		{"/dev/video99", "Cannot identify device '/dev/video99': No such file or directory"},
		{"rtmp://sesame/x", "no element here for addresses of rtmp:"},
		{"none://sesame", `No URI handler implemented for "none"`},
	} {
		p, err := Parse(c.address, "fakesink")
		if err != nil {
			t.Fatal(err)
		}
		err = Play(t.Context(), p, nil, nil)
		p.Close()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v, want %q", c.address, err, c.want)
		}
	}
}

// TestExplainSource: what takes too long for a test, what is about a stream that has begun,
// and what is of no source.
func TestExplainSource(t *testing.T) {
	const timeout, end = "Could not receive message. (Timeout while waiting for server response)", "Could not receive message. (Received end-of-file)"
	for _, c := range []struct {
		source, address, debug string
		began                  bool
		want                   string
	}{
		{"source", "rtsp://[::1]/x", timeout, false, "accepts the connection and does not answer"},
		{"source", "rtsp://[::1]/x", timeout, true, "does not answer any more"},
		{"source", "rtsp://[::1]/x", end, true, "it has closed the connection"},
		{"source", "rtsps://none.invalid/x", "Failed to connect. (Generic error)", false, "not found (DNS)"},
		{"source", "srt://[::1]:1", "Failed to authenticate: Incorrect passphrase (10)", false, "the passphrase in its address is wrong"},
		{"source", "srt://none:1", "Failed to open SRT: Failed to resolve host 'none': Error resolving", false, "not found (DNS)"},
		{"source", "rtsp://none.invalid/x", "Failed to connect. (Generic error)", true, "source: broken"},
		{"source", "rtsp://%zz/x", timeout, false, "source: broken"},
		{"source", "udp://[::1]:1", "gstudpsrc.c(404): bind", false, "source: broken"},
		{"filter", "rtsp://[::1]/x", timeout, false, "filter: broken"},
	} {
		err := explainSource(&pipeline.ElementError{Message: pipeline.Message{Source: c.source, Text: "broken", Debug: c.debug}}, c.address, c.began)
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.address, c.debug, err, c.want)
		}
	}
	if err := explainSource(ErrStall, "rtsp://[::1]/x", false); err != ErrStall { //nolint:errorlint // it is to be left as it is
		t.Errorf("%v", err)
	}
}

// TestTrouble: the warnings of SRT while it tries again say what to check; others say nothing.
func TestTrouble(t *testing.T) {
	warning := func(source, text string) pipeline.Message {
		return pipeline.Message{Kind: pipeline.MessageWarning, Source: source, Text: text}
	}
	for _, c := range []struct {
		m    pipeline.Message
		want string
	}{
		{warning("source", "Error on SRT socket: Connection timeout (16). Trying to reconnect"), "nothing answers"},
		{warning("source", "Socket is broken or closed. Trying to reconnect"), "passphrase"},
		{warning("filter", "x. Trying to reconnect"), ""},
		{warning("source", "The camera is slow."), ""},
		{pipeline.Message{Kind: pipeline.MessageError, Source: "source", Text: "Trying to reconnect"}, ""},
	} {
		if got := Trouble(c.m); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%+v: %q", c.m, got)
		}
	}
}

package servers_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestONVIF: a client of the gst-rtsp-server of docs/servers.md gets ONVIF's metadata
// beside the video: the track is described as the specification says, and its documents
// are whole, valid, and tell of objects and events.
func TestONVIF(t *testing.T) {
	s := newStage(t)
	s.edit("pipelines/servers/rtsp-server.py", "pt=107", "pt=107 mtu=300") // so that each document is several packets
	s.start("exec pipelines/servers/rtsp-server.py demo/walkway.mp4 demo/walkway.avid 8754")
	const address = "rtsp://127.0.0.1:8754/marked"
	var sdp string
	eventually(t, "the description", func() bool { sdp = s.describe(address); return sdp != "" })
	for _, want := range []string{"m=video 0 RTP/AVP 96\r\n", "m=application 0 RTP/AVP 107\r\n", "a=rtpmap:107 VND.ONVIF.METADATA/90000\r\n"} {
		if !strings.Contains(sdp, want) {
			t.Errorf("the description lacks %q:\n%s", want, sdp)
		}
	}
	s.metadata(address, 2)
}

// TestONVIFByMediaMTX: the same track goes through MediaMTX.
func TestONVIFByMediaMTX(t *testing.T) {
	need(t, "build/bin/mediamtx")
	s := newStage(t)
	s.start("exec build/bin/mediamtx pipelines/servers/mediamtx.yml")
	eventually(t, "the camera", func() bool { return s.plays("rtsp://127.0.0.1:8554/door", 5) })
	s.start("exec " + shell(t, "docs/servers.md", "server onvif"))
	eventually(t, "its video", func() bool { return s.plays("rtsp://127.0.0.1:8554/vms", 5) })
	s.metadata("rtsp://127.0.0.1:8554/vms", 1)
}

// edit changes a file of the stage.
func (s *stage) edit(path, old, text string) {
	s.t.Helper()
	path = filepath.Join(s.dir, path)
	before, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	after := bytes.Replace(before, []byte(old), []byte(text), 1)
	if bytes.Equal(before, after) {
		s.t.Fatalf("%s has no %q", path, old)
	}
	if err := os.WriteFile(path, after, 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// describe is the session description of an address (RFC 2326, section 10.2), "" where it
// is not there yet.
func (s *stage) describe(address string) string {
	address = s.ports.Replace(address)
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "rtsp://"), "/")
	c, err := net.DialTimeout("tcp", host, time.Minute)
	if err != nil {
		return ""
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(c, "DESCRIBE %s RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n", address)
	r := bufio.NewReader(c)
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return ""
		}
		if strings.TrimSpace(line) == "" {
			break
		}
		_, _ = fmt.Sscanf(line, "Content-Length: %d", &length) // other lines are no concern
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return ""
	}
	return string(text)
}

// heard is a document as a reader of it sees it.
type heard struct {
	Object []struct {
		ID string `xml:"ObjectId,attr"`
	} `xml:"VideoAnalytics>Frame>Object"`
	Message []struct {
		Operation string `xml:"PropertyOperation,attr"`
		Data      struct {
			Value bool `xml:",attr"`
		} `xml:"Data>SimpleItem"`
	} `xml:"Event>NotificationMessage>Message>Message"`
}

// metadata takes the metadata of an address, as rtspsrc gives them out, until an event has
// begun and ended, and holds that the documents are as they must be, in as many packets as
// are wanted at least.
func (s *stage) metadata(address string, packets int) {
	t := s.t
	t.Helper()
	path := filepath.Join(s.dir, "out", "meta.rtp")
	s.start("exec gst-launch-1.0 -q rtspsrc name=s protocols=tcp location=" + address + " s. ! application/x-rtp,media=video ! fakesink async=false " +
		"s. ! application/x-rtp,media=application ! rtpstreampay ! filesink async=false buffer-mode=unbuffered location=out/meta.rtp")
	var texts [][]byte
	var all []heard
	eventually(t, "an event in documents", func() bool {
		texts, all = documents(t, path, packets)
		began := false
		for _, d := range all {
			for _, m := range d.Message {
				if m.Operation == "Changed" && !m.Data.Value && began {
					return true
				}
				began = began || m.Operation == "Changed" && m.Data.Value
			}
		}
		return false
	})
	seen, longest := map[string]int{}, 0
	for _, d := range all {
		for _, o := range d.Object {
			seen[o.ID]++
			longest = max(longest, seen[o.ID])
		}
	}
	if longest < 10 { // things cross in some seconds, at 10 frames/s
		t.Errorf("no object keeps its number for longer than %d frames of %d", longest, len(all))
	}
	s.valid(texts)
}

// documents reads packets, each behind its length of two bytes (RFC 4571), and puts
// together what they carry. What is still being written is left for later.
func documents(t *testing.T, path string, packets int) (texts [][]byte, all []heard) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil
	}
	var text []byte
	n := 0
	for len(data) >= 2 && len(data) >= 2+int(binary.BigEndian.Uint16(data)) {
		size := int(binary.BigEndian.Uint16(data))
		packet := data[2 : 2+size]
		data = data[2+size:]
		if size < 12 || packet[0]&0x0f != 0 {
			t.Fatalf("no packet: % x", packet)
		}
		text = append(text, packet[12:]...)
		n++
		if packet[1]&0x80 == 0 {
			continue
		}
		var d heard
		if err := xml.Unmarshal(text, &d); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if n < packets {
			t.Fatalf("a document of %d bytes in %d packets", len(text), n)
		}
		texts, all = append(texts, text), append(all, d)
		text, n = nil, 0
	}
	return texts, all
}

// valid holds documents against ONVIF's schema.
func (s *stage) valid(texts [][]byte) {
	s.t.Helper()
	args := []string{"--nonet", "--noout", "--schema", filepath.Join(root(s.t), "runtime/onvif/testdata/schema/onvif.xsd")}
	for i, text := range texts {
		path := filepath.Join(s.dir, "out", fmt.Sprintf("%05d.xml", i))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			s.t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.CommandContext(s.t.Context(), "xmllint", args...).CombinedOutput(); err != nil {
		s.t.Errorf("%v\n%s", err, out[:min(len(out), 2000)])
	}
}

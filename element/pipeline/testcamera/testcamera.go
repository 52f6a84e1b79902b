//go:build !nogst

// Package testcamera is a network camera for tests: an RTSP server (RFC 2326) on
// loopback that sends a test picture, over TCP only.
package testcamera

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"

	"avid/element/pipeline"
)

// Camera sends to whoever plays it. Close it.
type Camera struct {
	form     Form
	listener net.Listener
	packets  net.PacketConn // RTP from the encoder
	pipeline *pipeline.Pipeline
	running  sync.WaitGroup

	mu      sync.Mutex
	clients map[net.Conn]bool // to whether it plays
	asked   []string          // Transport headers
	silent  bool
}

// Form is how a camera sends its picture.
type Form struct {
	Head string // of a pipeline that gives encoded video, up to the payloader
	Pay  string // the payloader, of payload type 96
	Map  string // what the SDP calls it, such as H264/90000
}

// The payloaders of what cameras send.
const (
	H264 = "h264parse ! rtph264pay config-interval=-1 pt=96"
	H265 = "h265parse ! rtph265pay config-interval=-1 pt=96"
	JPEG = "rtpjpegpay pt=96"
)

// ball is the picture.
const ball = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1"

// Plain is H.264 with a key frame a second.
func Plain(width, height, rate int) Form {
	return Ball(width, height, rate, fmt.Sprintf("x264enc tune=zerolatency speed-preset=ultrafast key-int-max=%d", rate), H264, "H264")
}

// Ball is a picture with an encoder behind it.
func Ball(width, height, rate int, encoder, pay, name string) Form {
	return Form{Head: fmt.Sprintf(ball, width, height, rate) + " ! " + encoder, Pay: pay, Map: name + "/90000"}
}

// Open starts a camera that is Plain.
func Open(width, height, rate int) (*Camera, error) {
	return OpenAt("127.0.0.1:0", Plain(width, height, rate))
}

// OpenAt starts a camera at an address, such as that of one that was closed.
func OpenAt(address string, form Form) (*Camera, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	c := &Camera{form: form, listener: listener, packets: packets, clients: map[net.Conn]bool{}}
	port := packets.LocalAddr().(*net.UDPAddr).Port
	if c.pipeline, err = pipeline.Parse(fmt.Sprintf("%s ! %s ! udpsink host=127.0.0.1 port=%d sync=false", form.Head, form.Pay, port)); err == nil {
		err = c.pipeline.SetState(pipeline.StatePlaying, time.Minute)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.running.Go(c.accept)
	c.running.Go(c.send)
	return c, nil
}

// URL is the camera's address, with a user and a password, which it does not
// look at.
func (c *Camera) URL() string {
	return "rtsp://user:password@" + c.Address() + "/camera"
}

// Address is its host and port.
func (c *Camera) Address() string { return c.listener.Addr().String() }

// Transports are the Transport headers that were asked for, in order.
func (c *Camera) Transports() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.asked...)
}

// Silence has it send nothing, or send again.
func (c *Camera) Silence(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = on
}

// Set sets a property of an element of its pipeline.
func (c *Camera) Set(element, property, value string) error {
	return c.pipeline.Set(element, property, value)
}

// Close ends it and its connections; twice is fine.
func (c *Camera) Close() {
	c.listener.Close()
	c.packets.Close()
	c.mu.Lock()
	for client := range c.clients {
		client.Close()
	}
	c.mu.Unlock()
	if c.pipeline != nil {
		c.pipeline.Close()
	}
	c.running.Wait()
}

func (c *Camera) accept() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.clients[client] = false
		c.mu.Unlock()
		c.running.Go(func() { c.serve(client) })
	}
}

// send passes the packets on, interleaved as channel 0 (RFC 2326 section 10.12).
func (c *Camera) send() {
	buf := make([]byte, 4+65536)
	for {
		n, _, err := c.packets.ReadFrom(buf[4:])
		if err != nil {
			return
		}
		buf[0], buf[1], buf[2], buf[3] = '$', 0, byte(n>>8), byte(n)
		c.mu.Lock()
		for client, plays := range c.clients {
			if plays && !c.silent {
				_ = client.SetWriteDeadline(time.Now().Add(time.Second))
				_, _ = client.Write(buf[:4+n]) // serve sees that it is gone
			}
		}
		c.mu.Unlock()
	}
}

// serve answers a client's requests; what it sends interleaved is RTCP.
func (c *Camera) serve(client net.Conn) {
	defer func() {
		client.Close()
		c.mu.Lock()
		delete(c.clients, client)
		c.mu.Unlock()
	}()
	in := bufio.NewReader(client)
	for {
		first, err := in.Peek(4)
		if err != nil {
			return
		}
		if first[0] == '$' {
			if _, err := in.Discard(4 + int(first[2])<<8 + int(first[3])); err != nil {
				return
			}
			continue
		}
		request := textproto.NewReader(in)
		line, err := request.ReadLine()
		if err != nil {
			return
		}
		header, err := request.ReadMIMEHeader()
		if err != nil {
			return
		}
		method, _, _ := strings.Cut(line, " ")
		c.answer(client, method, header)
	}
}

// answer answers a request.
func (c *Camera) answer(client net.Conn, method string, header textproto.MIMEHeader) {
	status, more, body := "200 OK", "", ""
	c.mu.Lock()
	defer c.mu.Unlock()
	switch method {
	case "OPTIONS":
		more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n"
	case "DESCRIBE":
		body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\n" +
			"a=rtpmap:96 " + c.form.Map + "\r\na=control:track\r\n"
		more = "Content-Type: application/sdp\r\n"
	case "SETUP":
		transport := header.Get("Transport")
		c.asked = append(c.asked, transport)
		if !strings.Contains(transport, "RTP/AVP/TCP") {
			status = "461 Unsupported Transport"
			break
		}
		more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
	case "PLAY":
		c.clients[client] = true
	}
	if body != "" {
		more += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	_ = client.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = fmt.Fprintf(client, "RTSP/1.0 %s\r\nCSeq: %s\r\nSession: 1\r\n%s\r\n%s", status, header.Get("CSeq"), more, body)
}

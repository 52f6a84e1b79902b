package avidwebrtcsink

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"avid/runtime/access"
	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// deps are what the element needs beside GStreamer's pads; tests fake it.
type deps struct {
	servers *servers
	push    func(preview.PushConfig) (output, error)
	has     func(element string) bool // whether GStreamer has an element
}

// server is a preview.Server.
type server interface {
	Addr() string
	URL() string
	Expect(path, title string) (*preview.Expected, error)
	Admit([]access.User) error
	Handle(http.Handler)
	KeepsHistory()
	Collect(prometheus.Collector) error
	Add(fanout.StreamConfig) (output, error)
	Close() error
}

// output is where a stream goes: a preview.Stream or a preview.Push.
type output = preview.Output

// previewServer is a preview.Server whose Add gives an output.
type previewServer struct{ *preview.Server }

func (s previewServer) Add(c fanout.StreamConfig) (output, error) {
	stream, err := s.Server.Add(c)
	if err != nil {
		return nil, err
	}
	return stream, nil
}

func listenPreview(c preview.Config) (server, error) {
	s, err := preview.Listen(c)
	if err != nil {
		return nil, err
	}
	return previewServer{s}, nil
}

func pushPreview(c preview.PushConfig) (output, error) {
	p, err := preview.StartPush(c)
	if err != nil {
		return nil, err
	}
	return p, nil
}

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"avid/element/pipeline/testcamera"
)

// setting is what the jobs of avid serve begin with.
type setting struct {
	dir    string             // an empty folder, which is deleted at the end
	avid   string             // the tool
	model  string             // absolute path of the bundle
	clip   string             // and of the clip
	camera *testcamera.Camera // sends the clip again and again, at rate frames/s
}

// in calls do with a setting, and ends it.
func (o options) in(rate int, do func(*setting) error) (err error) {
	s := &setting{avid: o.avid}
	if s.dir, err = os.MkdirTemp("", "avid-soak-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	var err1, err2 error
	s.model, err1 = filepath.Abs(o.model)
	s.clip, err2 = filepath.Abs(o.clip)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if s.camera, err = footage(o.clip, s.dir, rate); err != nil {
		return err
	}
	defer s.camera.Close()
	return do(s)
}

// start starts an avid serve with the cameras of a text, and waits for its page.
func (s *setting) start(ctx context.Context, text string) (*server, error) {
	return startServer(ctx, s.avid, s.dir, text)
}

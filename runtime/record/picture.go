package record

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
)

// quality of pictures is what cameras take for theirs.
const quality = 85

// Place is where an event's first clip and its marked picture are, or will be, as paths in
// the store; "", "" where no film is kept.
func (s *Store) Place(camera, id string) (clip, picture string) {
	if s.config.Mode == Nothing {
		return "", ""
	}
	base := s.below(s.eventBase(camera, id))
	return base + ".mp4", base + markedEnding + ".jpg"
}

// AddPicture keeps the highest frame of an event, as JPEG, which it returns, with what is
// irregular marked or without. The error wraps ErrEvent where there is no such event.
func (s *Store) AddPicture(camera, id string, marked bool, img image.Image) ([]byte, error) {
	path := s.eventBase(camera, id)
	if !exists(path + ".json") {
		return nil, fmt.Errorf("%w: %s of %s", ErrEvent, id, camera)
	}
	if marked {
		path += markedEnding
	}
	path += ".jpg"
	var data bytes.Buffer
	if err := jpeg.Encode(&data, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	if err := s.replace(path, data.Bytes()); err != nil {
		return nil, err
	}
	s.note(func(x execer) error {
		return putPicture(x, Picture{s.below(path), camera, id, marked, int64(data.Len())})
	})
	return data.Bytes(), nil
}

// Sidecar reads what an event of the store is. The error wraps ErrFile.
func (s *Store) Sidecar(camera, id string) (*Sidecar, error) {
	return ReadSidecar(s.sidecarPath(camera, id))
}

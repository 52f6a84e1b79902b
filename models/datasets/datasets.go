// Package datasets finds clips and their ground truth on disk: the UCSD
// anomaly data in its own layout and in ours, the UMN film with a table of its
// scenes, footage with masks of the user's own, and plain folders or videos of
// normal footage; and it draws IR-MNIST from the digits. Pictures are read in
// plain Go; videos through an opener that the caller brings, so that this
// package needs no video library.
//
// Every error names the file or folder that is at fault.
package datasets

import (
	"errors"
	"io"
	"time"

	"avid/models/luma"
)

// Errors that callers tell apart.
var (
	ErrLayout = errors.New("not laid out as expected")  // a folder or file is missing or of another form
	ErrEmpty  = errors.New("holds no frames")           // nothing to read
	ErrCount  = errors.New("frames and truth differ")   // masks or labels do not fit the frames
	ErrImage  = errors.New("picture cannot be read")    // damaged, or of an unknown form
	ErrLabels = errors.New("label file cannot be read") // labels.csv, scenes.csv or a .m file
	ErrDigits = errors.New("digit file cannot be read") // of MNIST
	ErrRange  = errors.New("bad frame range")           // --frames and the like
)

// Picture is one frame: luma, row-major, Width bytes a row. Gray belongs to
// the reader and is overwritten by its next call.
type Picture struct {
	Gray          []byte
	Range         luma.Range    // of Gray: full or limited
	Width, Height int           // pixels
	PTS           time.Duration // since the start of the clip
	Taken         time.Time     // when it was, by what the recording says of itself; zero: it does not
}

// Reader gives the frames of a clip in order, then io.EOF. It is not safe for
// concurrent use. Close may be called twice.
type Reader interface {
	Next() (Picture, error)
	io.Closer
}

// Opener opens a video file or URL.
type Opener func(path string) (Reader, error)

// ErrNoVideo is returned for a video when no Opener was given.
var ErrNoVideo = errors.New("no way to read videos here")

// Set is a data set: normal clips to learn from and clips with truth to test.
type Set struct {
	Name, Root  string
	Train, Test []*Clip
}

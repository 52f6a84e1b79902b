package datasets

import (
	"fmt"
	"path/filepath"
	"strings"

	"avid/models/redact"
)

// Clip is a run of frames from one fixed camera, or, when Still, pictures that
// have nothing to do with one another.
type Clip struct {
	Name   string   // such as "03" or "Test003"
	Path   string   // the folder, video file or URL
	Images []string // the pictures of a folder, in order; nil for a video
	Masks  []string // the truth, one picture a frame, in order; nil when there is none
	Spans  []Span   // the irregular frames by label; nil when there are no labels
	Range  Range    // the frames that count; Spans and Masks go by all frames
	Rate   float64  // frames/s of a folder; a video knows its own
	Top    int      // rows cut off at the top of each picture; masks are of what is left
	Still  bool     // each picture stands alone
	drawn  drawer   // makes the pictures and their masks; nil for what is on disk
}

// drawer makes the pictures of a clip that is not on disk.
type drawer interface {
	len() int
	size() (w, h int)
	picture(k int, gray []byte)
	mask(k int, mask []byte) // 255 where irregular, else 0
}

// Span is a stretch of frames, counted from 0, both ends included. The empty
// span, Last < First, says that a clip has labels and no irregular frame.
type Span struct{ First, Last int }

// DefaultRate is the frame rate taken for folders of pictures, which do not
// tell theirs: that of the UCSD clips.
const DefaultRate = 10.0

// shown is the clip's path as an error may show it: an address without its
// secrets.
func (c *Clip) shown() string { return redact.Address(c.Path) }

// IsVideo reports whether the clip is read by an Opener.
func (c *Clip) IsVideo() bool { return c.Images == nil && c.drawn == nil }

// Files is the pictures of a folder that count; none of a video.
func (c *Clip) Files() ([]string, error) {
	if c.Images == nil {
		return nil, nil
	}
	lo, hi, err := c.Range.clamp(len(c.Images))
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", c.shown(), err)
	}
	return c.Images[lo:hi], nil
}

// Frames is how many frames count, as far as that is known without reading
// them: 0 for a video that has neither masks nor an end of its Range.
func (c *Clip) Frames() (int, error) {
	n := max(len(c.Images), len(c.Masks))
	switch {
	case c.drawn != nil:
		n = c.drawn.len()
	case n == 0 && c.Range.End == 0:
		return 0, nil
	case n == 0:
		n = c.Range.End
	}
	lo, hi, err := c.Range.clamp(n)
	if err != nil {
		return 0, fmt.Errorf("clip %s: %w", c.shown(), err)
	}
	return hi - lo, nil
}

// Open starts reading the clip's frames from the first that counts. open may
// be nil for what is no video.
func (c *Clip) Open(open Opener) (Reader, error) {
	r, err := c.whole(open)
	if err != nil || c.Top == 0 {
		return r, err
	}
	return &topReader{Reader: r, path: c.Path, top: c.Top}, nil
}

// whole is Open of the pictures with all their rows.
func (c *Clip) whole(open Opener) (Reader, error) {
	rate := c.Rate
	if rate <= 0 {
		rate = DefaultRate
	}
	switch {
	case c.drawn != nil:
		lo, hi, err := c.Range.clamp(c.drawn.len())
		if err != nil {
			return nil, fmt.Errorf("clip %s: %w", c.shown(), err)
		}
		return &drawnReader{from: c.drawn, first: lo, next: lo, end: hi, rate: rate}, nil
	case c.Images != nil:
		files, err := c.Files()
		if err != nil {
			return nil, err
		}
		return &folderReader{files: files, rate: rate}, nil
	case open == nil:
		return nil, fmt.Errorf("clip %s: %w", c.shown(), ErrNoVideo)
	}
	r, err := open(c.Path)
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", c.shown(), err)
	}
	return Cut(r, c.Range), nil
}

var videoEndings = []string{".mkv", ".mp4", ".avi", ".mov", ".m4v", ".webm", ".ts", ".mpg", ".mpeg", ".ogv", ".flv", ".wmv", ".h264", ".264", ".mjpeg"}

func isVideo(name string) bool {
	return hasEnding(name, videoEndings)
}

func hasEnding(name string, endings []string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	for _, e := range endings {
		if ext == e {
			return !strings.HasPrefix(filepath.Base(name), ".")
		}
	}
	return false
}

// IsURL reports whether path is an address such as rtsp://camera/1 rather
// than a file.
func IsURL(path string) bool { return strings.Contains(path, "://") }

// folderClip makes a clip of the pictures in dir; nil when it holds none.
func folderClip(dir string) (*Clip, error) {
	images, err := listImages(dir)
	if err != nil || len(images) == 0 {
		return nil, err
	}
	return &Clip{Name: filepath.Base(dir), Path: dir, Images: images, Rate: DefaultRate}, nil
}

func videoClip(path string) *Clip {
	base := filepath.Base(path)
	return &Clip{Name: strings.TrimSuffix(base, filepath.Ext(base)), Path: path}
}

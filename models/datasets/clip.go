package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Clip is a run of frames from one fixed camera.
type Clip struct {
	Name   string   // such as "03" or "Test003"
	Path   string   // the folder, video file or URL
	Images []string // the pictures of a folder, in order; nil for a video
	Masks  []string // the truth, one picture a frame, in order; nil when there is none
	Spans  []Span   // the irregular frames by label; nil when there are no labels
	Range  Range    // the frames that count
	Rate   float64  // frames/s of a folder; a video knows its own
}

// Span is a stretch of frames, counted from 0, both ends included. The empty
// span, Last < First, says that a clip has labels and no irregular frame.
type Span struct{ First, Last int }

// DefaultRate is the frame rate taken for folders of pictures, which do not
// tell theirs: that of the UCSD clips.
const DefaultRate = 10.0

// IsVideo reports whether the clip is read by an Opener.
func (c *Clip) IsVideo() bool { return c.Images == nil }

// Files is the pictures of a folder that count; none of a video.
func (c *Clip) Files() ([]string, error) {
	if c.IsVideo() {
		return nil, nil
	}
	lo, hi, err := c.Range.clamp(len(c.Images))
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", c.Path, err)
	}
	return c.Images[lo:hi], nil
}

// Open starts reading the clip's frames from the first that counts. open may
// be nil for folders of pictures.
func (c *Clip) Open(open Opener) (Reader, error) {
	if !c.IsVideo() {
		files, err := c.Files()
		if err != nil {
			return nil, err
		}
		rate := c.Rate
		if rate <= 0 {
			rate = DefaultRate
		}
		return &folderReader{files: files, rate: rate}, nil
	}
	if open == nil {
		return nil, fmt.Errorf("clip %s: %w", c.Path, ErrNoVideo)
	}
	r, err := open(c.Path)
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", c.Path, err)
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

// OpenNormal finds the clips under a path given as normal footage: a video
// file, a URL, one folder of pictures, or a folder of such folders and videos.
// The error wraps ErrLayout or ErrEmpty.
func OpenNormal(path string) ([]*Clip, error) {
	if IsURL(path) {
		return []*Clip{{Name: path, Path: path}}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("normal footage: %w", err)
	}
	if !info.IsDir() {
		if hasEnding(path, imageEndings) {
			return nil, fmt.Errorf("normal footage %s is a single picture: give the folder that holds it: %w", path, ErrLayout)
		}
		return []*Clip{videoClip(path)}, nil
	}
	clips, err := clipsIn(path)
	if err != nil {
		return nil, err
	}
	if len(clips) == 0 {
		hint := "expected pictures (jpg, png, bmp, tif), videos, or folders of pictures"
		for _, name := range []string{"train", "Train"} {
			if _, err := os.Stat(filepath.Join(path, name)); err == nil {
				hint = "did you mean " + filepath.Join(path, name) + "?"
				break
			}
		}
		return nil, fmt.Errorf("normal footage %s %w: %s", path, ErrEmpty, hint)
	}
	return clips, nil
}

// clipsIn lists the clips of a folder: itself if it holds pictures, else its
// folders of pictures and its videos, in natural order. Folders of masks, by
// their ending _gt, are left out.
func clipsIn(dir string) ([]*Clip, error) {
	self, err := folderClip(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("clips: %w", err)
	}
	var clips []*Clip
	for _, e := range entries {
		full := filepath.Join(dir, e.Name())
		info, err := os.Stat(full) // follows links
		if err != nil || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		switch {
		case info.IsDir() && !strings.HasSuffix(strings.ToLower(e.Name()), "_gt"):
			c, err := folderClip(full)
			if err != nil {
				return nil, err
			}
			if c != nil {
				clips = append(clips, c)
			}
		case !info.IsDir() && isVideo(e.Name()):
			clips = append(clips, videoClip(full))
		}
	}
	if self != nil {
		if len(clips) > 0 {
			return nil, fmt.Errorf("folder %s holds pictures as well as clips (such as %s): %w", dir, clips[0].Name, ErrLayout)
		}
		return []*Clip{self}, nil
	}
	sortNatural(clips, func(c *Clip) string { return c.Name })
	return clips, nil
}

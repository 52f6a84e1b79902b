package record

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Archive is what a store's folder has of one camera, read from the files alone: also
// while another process records to it.
type Archive struct {
	Camera string
	// Segments are the oldest first, with the paths of their files. The one that is being
	// written is left out, and so are those that cannot be read.
	Segments []Recording
	Growing  int // that were left out as they are being written
	Damaged  int // that could not be read
	// Events are by when they began.
	Events []Kept
	// Held are the times in which the stream was not judged, as far as is known.
	Held []Held
	// Marked says why marks are drawn into the recordings; "": they are not.
	Marked string
}

// Kept is an event of an archive.
type Kept struct {
	Sidecar
	Clip string // the file of its first clip; "": there is none
}

// Learnt are the events of a camera that its bundle has learnt as ordinary and of which
// there is film, by when they began, and when their clips begin. The error is ErrFile.
func Learnt(dir, camera string) (events []Kept, clips []time.Time, err error) {
	a := &Archive{Camera: camera}
	if err := a.readEvents(filepath.Join(dir, safe(camera)), time.Time{}, time.Unix(math.MaxInt32, 0)); err != nil {
		return nil, nil, err
	}
	for _, k := range a.Events {
		if k.Ordinary == "" || k.Clip == "" {
			continue
		}
		r, _, err := segmentOf(k.Clip, time.Unix(math.MaxInt32, 0))
		if err != nil {
			continue // it is damaged, and nothing can be learnt from it
		}
		events, clips = append(events, k), append(clips, r.Start)
	}
	return events, clips, nil
}

// ErrCamera says that a folder has nothing of a camera.
var ErrCamera = errors.New("record: no recordings of this camera")

// growsFor is how long after it was written last a segment may still grow: fragments come
// each second, and the disk may be slow.
const growsFor = 30 * time.Second

// CamerasIn are the cameras that a folder has recordings of.
func CamerasIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCamera, err)
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			all = append(all, unsafeName(e.Name()))
		}
	}
	return all, nil
}

// ReadArchive reads what there is of a camera from one time up to another; now is the
// present. The errors are ErrCamera, with the cameras that there are, and ErrFile.
func ReadArchive(dir, camera string, from, to, now time.Time) (*Archive, error) {
	all, err := CamerasIn(dir)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(all, camera) {
		return nil, fmt.Errorf("%w: %s has none of %q, but of %s", ErrCamera, dir, camera, cmp.Or(strings.Join(all, ", "), "no camera at all"))
	}
	a := &Archive{Camera: camera}
	root := filepath.Join(dir, safe(camera))
	if text, err := os.ReadFile(filepath.Join(root, markedName)); err == nil {
		a.Marked = strings.TrimSpace(string(text))
	}
	if err := a.readSegments(root, from, to, now); err != nil {
		return nil, err
	}
	if err := a.readEvents(root, from, to); err != nil {
		return nil, err
	}
	if len(a.Segments) > 0 { // of other times nobody asks
		a.Held, err = readHeld(dir, camera, a.Segments[0].Start, to)
	}
	return a, err
}

// longestSegment bounds how long before a time a segment that reaches into it begins.
const longestSegment = 24*time.Hour + time.Minute

// readSegments reads the segments of a time.
func (a *Archive) readSegments(root string, from, to, now time.Time) error {
	files, err := filepath.Glob(filepath.Join(root, "????-??-??", "*.mp4"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	for _, path := range files {
		name := filepath.Base(filepath.Dir(path)) + " " + filepath.Base(path)
		began, err := time.Parse("2006-01-02 15-04-05", name[:min(len(name), 19)])
		if err != nil || began.After(to) || began.Before(from.Add(-longestSegment)) {
			continue
		}
		r, grows, err := segmentOf(path, now)
		switch {
		case err != nil:
			a.Damaged++
		case grows:
			a.Growing++
		case r.End.After(from) && r.Start.Before(to):
			r.Camera = a.Camera
			a.Segments = append(a.Segments, r)
		}
	}
	slices.SortFunc(a.Segments, func(x, y Recording) int { return x.Start.Compare(y.Start) })
	return nil
}

// segmentOf looks at a file, and tells whether it may still grow.
func segmentOf(path string, now time.Time) (r Recording, grows bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return r, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return r, false, err
	}
	if now.Sub(info.ModTime()) < growsFor && !followed(path) {
		return r, true, nil
	}
	s, _, err := measure(f)
	return Recording{Path: path, Start: s.start, End: s.end, Size: s.size}, false, err
}

// followed tells whether a later segment lies beside one, so that it grows no more.
func followed(path string) bool {
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(path)), "????-??-??", "*.mp4"))
	return err == nil && slices.Max(beside) > path
}

// readEvents reads the events of a time.
func (a *Archive) readEvents(root string, from, to time.Time) error {
	files, err := filepath.Glob(filepath.Join(root, eventsDir, "*.json"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	for _, path := range files {
		s, err := ReadSidecar(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // it was deleted meanwhile
		}
		if err != nil {
			return err
		}
		if s.End().Before(from) || !s.Start().Before(to) {
			continue
		}
		k := Kept{Sidecar: *s, Clip: strings.TrimSuffix(path, ".json") + ".mp4"}
		if !exists(k.Clip) {
			k.Clip = ""
		}
		a.Events = append(a.Events, k)
	}
	slices.SortFunc(a.Events, func(x, y Kept) int { return x.Start().Compare(y.Start()) })
	return nil
}

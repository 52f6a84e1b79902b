package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"avid/models/redact"
)

// OpenNormal finds the clips under a path given as normal footage: a video
// file, a URL, one folder of pictures, or a folder of such folders and videos.
// The error wraps ErrLayout or ErrEmpty.
func OpenNormal(path string) ([]*Clip, error) {
	if IsURL(path) {
		return []*Clip{{Name: redact.Address(path), Path: path}}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("footage: %w", err)
	}
	if !info.IsDir() {
		if hasEnding(path, imageEndings) {
			return nil, fmt.Errorf("%s is a single picture: give the folder that holds it: %w", path, ErrLayout)
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
		return nil, fmt.Errorf("%s %w: %s", path, ErrEmpty, hint)
	}
	return clips, nil
}

// clipsIn lists the clips of a folder: itself if it holds pictures, else its
// folders of pictures and its videos, in natural order. Folders of masks, by
// their ending _gt, and those named in except (lower case) are left out.
func clipsIn(dir string, except ...string) ([]*Clip, error) {
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
		case info.IsDir() && (strings.HasSuffix(strings.ToLower(e.Name()), "_gt") || slices.Contains(except, strings.ToLower(e.Name()))):
		case info.IsDir():
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

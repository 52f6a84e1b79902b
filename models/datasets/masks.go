package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The folders that OpenMasks knows by name, in any case.
const (
	masksFolder = "masks"
	expected    = "expected masks/ beside frames/, images/, pictures or a video, or folders with these in them"
)

var (
	frameFolders  = []string{"frames", "images"}
	normalFolders = []string{"train", "normal"}
)

// OpenMasks reads footage with ground truth of the user's own: frames, and for
// each a mask of the same size, a picture that is not 0 where the frame is
// irregular (the k-th file, in natural order, for the k-th frame; of a JPEG the
// lighter half counts). Frames are a folder of pictures, taken to have 10
// frames/s, or a video. root is one of
//
//	frames/ or images/, or the pictures or one video themselves, and masks/
//	frames/CLIP/ or frames/CLIP.mp4, or the same without frames/, and masks/CLIP/
//	CLIP/ with one of these in it, CLIP after CLIP
//
// and may hold train/ or normal/, ordinary footage to learn from: a folder of
// pictures, or videos and folders of pictures. Hidden files are ignored.
//
// The error wraps ErrLayout, ErrEmpty or ErrCount.
func OpenMasks(root string) (*Set, error) {
	s := &Set{Name: "masks", Root: root}
	for _, name := range normalFolders {
		dir, err := child(root, name)
		if err != nil {
			return nil, err
		}
		if dir == "" {
			continue
		}
		if s.Train != nil {
			return nil, fmt.Errorf("data set %s: %w: it has both %s", root, ErrLayout, strings.Join(normalFolders, "/ and ")+"/")
		}
		if s.Train, err = clipsIn(dir); err != nil {
			return nil, err
		}
		if len(s.Train) == 0 {
			return nil, fmt.Errorf("data set %s: %s %w", root, dir, ErrEmpty)
		}
	}
	masks, err := child(root, masksFolder)
	if err != nil {
		return nil, err
	}
	if masks != "" {
		s.Test, err = maskedClips(root, masks)
		return s, err
	}
	s.Test, err = maskedFolders(root)
	return s, err
}

// maskedFolders reads the folders of root, each with masks of its own.
func maskedFolders(root string) ([]*Clip, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("data set: %w", err)
	}
	sortNatural(entries, os.DirEntry.Name)
	var clips []*Clip
	var bare []string // folders without masks
	for _, e := range entries {
		dir := filepath.Join(root, e.Name())
		info, err := os.Stat(dir) // follows links
		if err != nil || !info.IsDir() || strings.HasPrefix(e.Name(), ".") || slices.Contains(normalFolders, strings.ToLower(e.Name())) {
			continue
		}
		masks, err := child(dir, masksFolder)
		if err != nil {
			return nil, err
		}
		if masks == "" {
			bare = append(bare, dir)
			continue
		}
		some, err := maskedClips(dir, masks)
		if err != nil {
			return nil, err
		}
		if len(some) > 1 { // several clips in a folder of folders
			for _, c := range some {
				c.Name = e.Name() + "/" + c.Name
			}
		}
		clips = append(clips, some...)
	}
	if len(clips) == 0 {
		return nil, fmt.Errorf("data set %s: %w: %s", root, ErrLayout, expected)
	}
	if len(bare) > 0 {
		return nil, fmt.Errorf("clip %s: %w: it has no folder masks", bare[0], ErrLayout)
	}
	return clips, nil
}

// maskedClips pairs the clips in dir with the masks beside them.
func maskedClips(dir, masks string) ([]*Clip, error) {
	clips, err := framesIn(dir)
	if err != nil {
		return nil, err
	}
	if len(clips) == 0 {
		return nil, fmt.Errorf("data set %s has masks, but %w: %s", dir, ErrEmpty, expected)
	}
	direct, err := listImages(masks)
	if err != nil {
		return nil, err
	}
	if len(direct) > 0 && len(clips) > 1 {
		return nil, fmt.Errorf("masks %s: %w: %d clips (%s …) need a folder of masks each", masks, ErrLayout, len(clips), clips[0].Name)
	}
	for _, c := range clips {
		if c.Masks = direct; direct == nil {
			if c.Masks, err = masksIn(masks, c.Name); err != nil {
				return nil, err
			}
		}
		if c.Masks == nil {
			return nil, fmt.Errorf("clip %s: %w: no masks in %s or %s", c.Path, ErrLayout, masks, filepath.Join(masks, c.Name))
		}
		if !c.IsVideo() {
			if err := c.checkMasks(len(c.Images)); err != nil {
				return nil, err
			}
		}
	}
	return clips, noOrphans(masks, clips)
}

// framesIn lists the clips of a folder that has masks. A clip that is the
// folder itself is named for it.
func framesIn(dir string) ([]*Clip, error) {
	for _, name := range frameFolders {
		frames, err := child(dir, name)
		if err != nil {
			return nil, err
		}
		if frames == "" {
			continue
		}
		clips, err := clipsIn(frames)
		if len(clips) == 1 && clips[0].Path == frames {
			clips[0].Name = filepath.Base(dir)
		}
		return clips, err
	}
	return clipsIn(dir, append(slices.Clone(normalFolders), masksFolder)...)
}

// noOrphans refuses masks that belong to no clip: a name is misspelt, or a clip
// missing.
func noOrphans(masks string, clips []*Clip) error {
	entries, err := os.ReadDir(masks)
	if err != nil {
		return fmt.Errorf("masks: %w", err)
	}
	for _, e := range entries {
		known := slices.ContainsFunc(clips, func(c *Clip) bool { return strings.EqualFold(c.Name, e.Name()) })
		if e.IsDir() && !known && !strings.HasPrefix(e.Name(), ".") {
			return fmt.Errorf("masks %s: %w: there is no clip of that name", filepath.Join(masks, e.Name()), ErrLayout)
		}
	}
	return nil
}

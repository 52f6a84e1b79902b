package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// OpenUCSD reads a folder laid out as UCSD Ped1 or Ped2, either as published
// (Train/Train001/001.tif, Test/Test001_gt/001.bmp, UCSDped1.m) or as train/,
// test/, gt/ and labels.csv, with folders of pictures or videos as clips; the
// case of names does not matter, nor which clips there are, nor what else lies
// there (Thumbs.db, ._001.tif). Train may be absent. Every test clip needs
// truth: a folder of masks, or labels. In one set some clips may have masks and
// the others labels, as in Ped1, where ten have both; a clip without masks
// counts at frame level only.
//
// Source: Mahadevan, Li, Bhalodia, Vasconcelos, Anomaly Detection in Crowded
// Scenes, CVPR 2010.
//
// The error wraps ErrLayout, ErrEmpty, ErrCount or ErrLabels.
func OpenUCSD(root string) (*Set, error) {
	s := &Set{Name: "ucsd", Root: root}
	test, err := child(root, "test")
	if err != nil {
		return nil, err
	}
	if test == "" {
		return nil, fmt.Errorf("data set %s: %w: it has no folder named test%s", root, ErrLayout, within(root, "test"))
	}
	train, err := child(root, "train")
	if err != nil {
		return nil, err
	}
	if train != "" {
		if s.Train, err = clipsIn(train); err != nil {
			return nil, err
		}
	}
	if s.Test, err = clipsIn(test); err != nil {
		return nil, err
	}
	if len(s.Test) == 0 {
		return nil, fmt.Errorf("data set %s: %s %w", root, test, ErrEmpty)
	}
	return s, addTruth(s.Test, root, test)
}

// within hints at the folders of root that hold a folder of that name; "" when
// none does.
func within(root, name string) string {
	entries, err := os.ReadDir(root)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		dir := filepath.Join(root, e.Name())
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		if found, err := child(dir, name); err == nil && found != "" {
			return "; did you mean " + dir + "?"
		}
	}
	return ""
}

// addTruth gives each test clip its masks and labels.
func addTruth(clips []*Clip, root, test string) error {
	gt, err := child(root, "gt")
	if err != nil {
		return err
	}
	labels, err := readLabels(root, test)
	if err != nil {
		return err
	}
	for _, c := range clips {
		c.Spans = labels.of(c.Name)
		if c.Masks, err = masksOf(c.Name, gt, test); err != nil {
			return err
		}
		if !c.HasTruth() {
			return fmt.Errorf("test clip %s: %w: no masks in %s or %s, no line in a label file", c.Path, ErrLayout,
				filepath.Join(root, "gt", c.Name), filepath.Join(test, c.Name+"_gt"))
		}
		if c.IsVideo() {
			continue
		}
		if c.HasMasks() {
			err = c.checkMasks(len(c.Images))
		} else {
			_, err = c.Truth(len(c.Images))
		}
		if err != nil {
			return err
		}
	}
	return checkEmpty(clips, labels, gt, test)
}

// checkEmpty refuses clips that have truth and a folder, but no frames in it.
func checkEmpty(clips []*Clip, l *labels, gt, test string) error {
	entries, err := os.ReadDir(test)
	if err != nil {
		return fmt.Errorf("data set: %w", err)
	}
	for _, e := range entries {
		dir := filepath.Join(test, e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(strings.ToLower(e.Name()), "_gt") ||
			slices.ContainsFunc(clips, func(c *Clip) bool { return c.Path == dir }) {
			continue
		}
		masks, err := masksOf(e.Name(), gt, test)
		if err != nil {
			return err
		}
		if masks != nil || l.of(e.Name()) != nil {
			return fmt.Errorf("test clip %s %w, yet it has truth", dir, ErrEmpty)
		}
	}
	return nil
}

// masksOf lists the masks of a test clip, nil when there are none: gt/03,
// test/03_gt, or gt/03_gt.
func masksOf(clip, gt, test string) ([]string, error) {
	for _, place := range [][2]string{{gt, clip}, {test, clip + "_gt"}, {gt, clip + "_gt"}} {
		masks, err := masksIn(place[0], place[1])
		if masks != nil || err != nil {
			return masks, err
		}
	}
	return nil, nil
}

// masksIn lists the masks in the folder of that name, nil when there is none.
func masksIn(parent, name string) ([]string, error) {
	if parent == "" {
		return nil, nil
	}
	dir, err := child(parent, name)
	if err != nil || dir == "" {
		return nil, err
	}
	masks, err := listImages(dir)
	if err == nil && len(masks) == 0 {
		err = fmt.Errorf("masks %s %w", dir, ErrEmpty)
	}
	return masks, err
}

// child is the folder of that name in dir, whatever its case; "" when there is
// none.
func child(dir, name string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("data set: %w", err)
	}
	for _, e := range entries {
		full := filepath.Join(dir, e.Name())
		if !strings.EqualFold(e.Name(), name) {
			continue
		}
		if info, err := os.Stat(full); err == nil && info.IsDir() {
			return full, nil
		}
	}
	return "", nil
}

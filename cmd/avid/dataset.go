package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/models/datasets"
	"avid/models/synth"
)

// errDataset says that the data set that was asked for cannot be had.
var errDataset = errors.New("data set")

// openSet opens a data set in a folder. seed chooses the pictures of irmnist.
func openSet(dataset, root string, seed uint64) (*datasets.Set, error) {
	switch {
	case !slices.Contains(datasetNames, dataset):
		return nil, fmt.Errorf("%w %q: want one of %s", errDataset, dataset, strings.Join(datasetNames, ", "))
	case root == "":
		return nil, fmt.Errorf("%w %s: --root must name its folder", errDataset, dataset)
	}
	switch dataset {
	case "umn":
		return datasets.OpenUMN(root)
	case "irmnist":
		return datasets.OpenIRMNIST(root, seed)
	case "masks":
		return datasets.OpenMasks(root)
	}
	return datasets.OpenUCSD(root) // avid synth writes the same form
}

// normalPart is what avid train learns from in a data set; synth without a root
// is made on the spot.
func normalPart(dataset, root string, seed uint64) ([]reel, error) {
	if dataset == "synth" && root == "" {
		return synthReels(seed)
	}
	set, err := openSet(dataset, root, seed)
	if err != nil {
		return nil, err
	}
	if len(set.Train) == 0 {
		return nil, fmt.Errorf("%w %s in %s: %w", errDataset, dataset, root, errNoFootage)
	}
	return reels(set.Train), nil
}

// synthTraining is how many clips are made to learn from, as many as avid synth
// puts into a data set, and synthSeeds sets their seeds apart from those of the
// clips that avid eval makes.
const (
	synthTraining = 10
	synthSeeds    = 1 << 62
)

// synthReels are ordinary clips of the synthetic walkway.
func synthReels(seed uint64) ([]reel, error) {
	cfg := synth.DefaultConfig()
	base, err := synth.New(cfg)
	if err != nil {
		return nil, err
	}
	made := make([]reel, synthTraining)
	for i := range made {
		cfg := cfg
		cfg.Seed = (seed ^ synthSeeds) + uint64(i)
		made[i].name = fmt.Sprintf("%02d", i+1)
		made[i].open = func(keep datasets.Range) (datasets.Reader, error) {
			s, err := base.Another(cfg)
			if err != nil {
				return nil, err
			}
			return datasets.Cut(&sceneReader{scene: s}, keep), nil
		}
	}
	return made, nil
}

// written is when the last of a clip's files was written; zero where that is not
// known.
func written(c *datasets.Clip) time.Time {
	path := c.Path
	if n := len(c.Images); n > 0 {
		path = c.Images[n-1]
	}
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// reels are clips to learn from.
func reels(clips []*datasets.Clip) []reel {
	all := make([]reel, len(clips))
	for i, c := range clips {
		all[i] = reel{name: c.Name, still: c.Still, live: datasets.IsURL(c.Path), made: written(c)}
		all[i].open = func(keep datasets.Range) (datasets.Reader, error) {
			part := *c
			part.Range = c.Range.Part(keep)
			return part.Open(video.Open)
		}
	}
	return all
}

package main

import (
	"strings"

	"github.com/spf13/cobra"

	"avid/models/bundle"
	"avid/runtime/analyze"
)

// modelsFlag is the bundle to judge by, or several.
func modelsFlag(c *cobra.Command, path *string) {
	modelFlag(c, path)
	c.Flags().Lookup("model").Usage += "; several with semicolons between, as \"day.avid;night.avid\": the one judges whose place looks most like the picture"
}

// openBundles reads the bundles of a list, each as openBundle does, and refuses those that
// no picture tells apart. The choice is nil where there is one.
func openBundles(list string) (all []*bundle.Bundle, choice *analyze.Moods, err error) {
	paths := bundle.Paths(list)
	var pictures []analyze.Picture
	for _, path := range paths {
		b, err := openBundle(path)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, b)
		pictures = append(pictures, analyze.Picture{Gray: b.Background(), H: b.Manifest.Height, W: b.Manifest.Width})
	}
	if len(all) > 1 {
		choice, err = analyze.NewMoods(pictures, paths)
	}
	return all, choice, err
}

// andList is words in a sentence.
func andList(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

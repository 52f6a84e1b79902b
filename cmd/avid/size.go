package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is a picture size in pixels; zero means to choose one.
type size struct{ h, w int }

// parseSize reads "HxW", or "auto" for the zero size.
func parseSize(text string) (size, error) {
	if text == "auto" || text == "" {
		return size{}, nil
	}
	a, b, ok := strings.Cut(strings.ToLower(text), "x")
	h, errH := strconv.Atoi(a)
	w, errW := strconv.Atoi(b)
	if !ok || errH != nil || errW != nil || h < 1 || w < 1 {
		return size{}, fmt.Errorf("size %q: write HEIGHTxWIDTH in pixels, such as 128x192", text)
	}
	return size{h, w}, nil
}

// modelArea is about the pixels of a model: 128x192, at which two CPU cores
// learn a camera in well under an hour.
const modelArea = 128 * 192

// fit chooses the model size for pictures of the given size: about modelArea
// pixels, the shape of the picture, both sides multiples of step, and not
// larger than the picture unless that would be below 64 pixels.
func fit(picture size, step int) size {
	aspect := float64(picture.w) / float64(picture.h)
	best, cost := size{}, math.Inf(1)
	for h := step; h <= 1024; h += step {
		for w := step; w <= 1024; w += step {
			if h < 64 || w < 64 || (h > max(picture.h, 64+step) || w > max(picture.w, 64+step)) {
				continue
			}
			c := 2*math.Abs(math.Log(float64(w)/float64(h)/aspect)) + math.Abs(math.Log(float64(h*w)/modelArea))
			if c < cost {
				best, cost = size{h, w}, c
			}
		}
	}
	return best
}

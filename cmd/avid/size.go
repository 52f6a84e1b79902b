package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is a picture size in pixels; zero means to choose one.
type size struct{ h, w int }

// String is the size as all of the tool writes it: width × height.
func (s size) String() string { return fmt.Sprintf("%dx%d", s.w, s.h) }

// turned is the size with its sides swapped.
func (s size) turned() size { return size{s.w, s.h} }

// lies tells whether the picture is wider than high, and stands the opposite.
func (s size) lies() bool   { return s.w > s.h }
func (s size) stands() bool { return s.h > s.w }

// parseSize reads "WxH", or "auto" for the zero size.
func parseSize(text string) (size, error) {
	if text == "auto" || text == "" {
		return size{}, nil
	}
	a, b, ok := strings.Cut(strings.ToLower(text), "x")
	w, errW := strconv.Atoi(a)
	h, errH := strconv.Atoi(b)
	if !ok || errH != nil || errW != nil || h < 1 || w < 1 {
		return size{}, fmt.Errorf("size %q: write WIDTHxHEIGHT in pixels, such as 192x128", text)
	}
	return size{h, w}, nil
}

// modelArea is about the pixels of a model: 192x128, at which two CPU cores
// learn a camera in well under an hour.
const modelArea = 192 * 128

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

package main

import "testing"

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want size
		bad  bool
	}{
		{text: "192x128", want: size{128, 192}}, {text: "96X64", want: size{64, 96}}, {text: "auto"}, {text: ""},
		{text: "128", bad: true}, {text: "0x5", bad: true}, {text: "axb", bad: true}, {text: "1x2x3", bad: true},
	} {
		got, err := parseSize(c.text)
		if got != c.want || c.bad != (err != nil) {
			t.Errorf("parseSize(%q) = %v, %v", c.text, got, err)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct{ picture, want size }{
		{size{240, 360}, size{128, 192}},
		{size{158, 238}, size{128, 192}},
		{size{576, 768}, size{144, 192}},
		{size{1080, 1920}, size{112, 208}},
		{size{1920, 1080}, size{208, 112}},
		{size{120, 160}, size{112, 160}},
		{size{40, 40}, size{80, 80}},
	} {
		got := fit(c.picture, 16)
		if got != c.want {
			t.Errorf("fit(%v) = %v, want %v", c.picture, got, c.want)
		}
		if got.h%16 != 0 || got.w%16 != 0 {
			t.Errorf("fit(%v) = %v: not multiples of 16", c.picture, got)
		}
	}
}

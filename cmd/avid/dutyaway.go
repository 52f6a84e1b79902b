//go:build !nogst

package main

import (
	"strings"
	"time"

	"avid/cmd/avid/internal/video"
	"avid/element/pipeline"
)

// tellsAgain is after how long the terminal is told once more of a camera that stays away
// for the same reason.
const tellsAgain = time.Hour

// tellOnce tells the terminal why the camera is away, once an hour where that stays the same.
func (p *post) tellOnce(why string, now time.Time) {
	if why == p.trouble && now.Sub(p.knownAt) < tellsAgain {
		return
	}
	p.trouble, p.knownAt = why, now
	p.duty.tell("%s: %s", p.name, why)
}

// warn tells of a warning. What a source that tries again by itself says, as that of SRT
// does, is why the camera is away.
func (p *post) warn(m pipeline.Message) {
	why := video.Trouble(m)
	if why == "" {
		p.duty.tell("%s: warning: %s", p.name, strings.TrimSpace(m.Text))
		return
	}
	p.tellOnce(why+"; trying again", time.Now())
	if !p.teller.there {
		p.expected.Note("No video: " + why + ". Trying again.")
	}
}

// isBack tells the terminal that frames come again of a camera that it knows to be away.
func (p *post) isBack() {
	if p.trouble != "" && p.teller.there {
		p.trouble = ""
		p.duty.tell("%s: it is back", p.name)
	}
}

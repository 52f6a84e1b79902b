package main

import (
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"

	"avid/models/datasets"
	"avid/runtime/evaluate"
	"avid/runtime/verdict"
)

const (
	sheetRows = 6  // of the overview
	apart     = 10 // frames between two pictures of a kind from one clip: nearer ones look the same
)

// pictures chooses, while frames are judged, those that show best and worst how
// good the masks are: of each kind of shot one a clip, of few clips more,
// sheetRows of all together. Of more than mostClips clips it keeps the sheetRows
// most telling of each kind only. Its memory does not grow with the frames.
type pictures struct {
	dir  string
	h, w int // of the masks

	names fileNames
	clip  string  // that is being judged
	file  string  // its name in files' names; "" before the first frame
	last  int     // its last frame
	now   *chosen // of it

	count int       // clips before
	clips []*chosen // of them; none any more when they were too many
	best  chosen    // of all of them, at most one a clip
}

// chosen are shots by kind.
type chosen [shotKinds]ranking

// newPictures prepares for pictures in dir with masks of h x w pixels.
func newPictures(dir string, h, w int) *pictures {
	return &pictures{dir: dir, h: h, w: w, names: fileNames{}}
}

// frame takes the verdict r on picture k of a clip, counted from 0. It borrows
// all of it.
func (p *pictures) frame(clip string, k int, pic datasets.Picture, t evaluate.Truth, r *verdict.Verdict) error {
	if len(r.Mask) != p.h*p.w {
		return fmt.Errorf("pictures: a mask of %d pixels, want %d x %d", len(r.Mask), p.h, p.w)
	}
	if p.file == "" {
		if err := os.MkdirAll(p.dir, 0o755); err != nil { // tells early about a bad folder
			return fmt.Errorf("folder for pictures: %w", err)
		}
	}
	if p.file == "" || clip != p.clip || k <= p.last {
		p.finish()
		p.clip, p.file, p.now = clip, p.names.of(clip), &chosen{}
	}
	p.last = k
	s := newShot(p.clip, p.file, k, t, r)
	s.compare(r.Mask, p.h, p.w, t.Mask, pic.Height, pic.Width)
	for kind := range p.now {
		var ok bool
		if s.rank, ok = s.rankAs(kind); !ok || !p.now[kind].wants(&s) {
			continue
		}
		if s.gray == nil {
			s.keep(pic, t.Mask, r.Mask)
		}
		kept := s
		p.now[kind].add(&kept)
	}
	return nil
}

// finish ends a clip.
func (p *pictures) finish() {
	if p.now == nil {
		return
	}
	p.count++
	p.clips = append(p.clips, p.now)
	for kind, r := range p.now {
		if len(r) > 0 && p.best[kind].wants(r[0]) {
			p.best[kind].add(r[0])
		}
	}
	p.now = nil
	if p.count > mostClips {
		p.clips = nil
		return
	}
	each := max(1, sheetRows/p.count)
	for _, c := range p.clips {
		for kind, r := range c {
			c[kind] = slices.Delete(r, min(each, len(r)), len(r))
		}
	}
}

// write writes the pictures, CLIP-KIND.png, and overview.png with the most
// telling of them side by side. No file is ever seen half written.
func (p *pictures) write() error {
	p.finish()
	p.file = ""
	if p.count == 0 {
		return nil
	}
	e, err := newEasel(p.h, p.w)
	if err != nil {
		return err
	}
	sets := p.clips
	if p.count > mostClips {
		sets = []*chosen{&p.best}
	}
	for _, c := range sets {
		for kind, r := range c {
			for i, s := range r {
				name := s.file + "-" + shotNames[kind]
				if i > 0 && s.file == r[0].file {
					name += fmt.Sprintf("-%d", i+1)
				}
				if err := p.save(name, e.single(s)); err != nil {
					return err
				}
			}
		}
	}
	if p.count > sheetRows {
		sets = []*chosen{&p.best}
	}
	return p.save("overview", e.sheet(sets))
}

func (p *pictures) save(name string, c *canvas) error {
	if c.err != nil {
		return fmt.Errorf("picture %s: %w", name, c.err)
	}
	return replaceFile(filepath.Join(p.dir, name+".png"), func(w io.Writer) error { return png.Encode(w, c.img) })
}

package main

import (
	"image"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
)

// Sizes in pixels.
const (
	ownSide       = 600 // at least, of a frame on a picture of its own
	cellSide      = 360 // of a frame on the overview
	gap           = 14
	captionHeight = 2*lineStep + gap
)

// single is the picture of a shot with a caption.
func (e *easel) single(s *shot) *canvas {
	n := (ownSide + max(s.w, s.h) - 1) / max(s.w, s.h)
	w, h := n*s.w, n*s.h
	c := e.canvas(max(w, ownSide), h+2*lineStep+12)
	c.frame(s, image.Rect(0, 0, w, h).Add(image.Pt((c.img.Rect.Dx()-w)/2, 0)))
	y := h + lineStep
	right := c.key(c.img.Rect.Dx()-6, y, s.marks > 0, s.truths > 0)
	c.text(e.bold, inkColor, 6, y, right-6, s.name())
	c.text(e.regular, inkColor, 6, y+lineStep, c.img.Rect.Dx()-6, s.verdict())
	return c
}

// headings are those of the overview's columns, and none what a set of clips
// without such a shot says.
var (
	headings = [shotKinds]string{"Irregular, found best", "Irregular, lowest score", "Normal, highest score"}
	none     = [shotKinds]string{"none found", "nothing irregular", "nothing normal"}
)

// sheet is the overview: a column for each kind, and for each set of shots as
// many rows as it has of a kind.
func (e *easel) sheet(sets []*chosen) *canvas {
	const step = cellSide + gap
	rows, height := sheetCells(sets)
	c := e.canvas(gap+shotKinds*step, gap+lineStep+height+lineStep)
	y, truth := gap+lineStep, false
	for kind, text := range headings {
		c.text(e.bold, inkColor, gap+kind*step, y-7, gap+kind*step+cellSide, text)
	}
	for _, r := range rows {
		for kind, s := range r.shots {
			c.cell(&r, kind, gap+kind*step, y)
			truth = truth || s != nil && s.truths > 0
		}
		y += r.height + captionHeight
	}
	right := c.key(c.img.Rect.Dx()-gap, y+lineStep-gap, true, truth)
	c.text(c.regular, faintColor, gap, y+lineStep-gap, right, "A score ≥ the threshold is marked. Frames count from 0.")
	return c
}

// cell draws a cell of the overview with its upper left corner at (x, y).
func (c *canvas) cell(r *sheetRow, kind, x, y int) {
	s := r.shots[kind]
	if s == nil {
		if r.words[kind] != "" {
			box := image.Rect(x, y, x+cellSide, y+r.height)
			draw.Draw(c.img, box, image.NewUniform(blankColor), image.Point{}, draw.Src)
			w := font.MeasureString(c.regular, r.words[kind]).Ceil()
			c.text(c.regular, faintColor, x+(cellSide-w)/2, y+r.height/2+5, x+cellSide, r.words[kind])
		}
		return
	}
	w, h := cellSize(s.w, s.h)
	c.frame(s, image.Rect(0, 0, w, h).Add(image.Pt(x+(cellSide-w)/2, y+(r.height-h)/2)))
	c.text(c.bold, inkColor, x, y+r.height+lineStep-2, x+cellSide, s.name())
	c.text(c.regular, inkColor, x, y+r.height+2*lineStep-4, x+cellSide, s.verdict())
}

// sheetRow is a row of the overview.
type sheetRow struct {
	shots  [shotKinds]*shot
	words  [shotKinds]string // in place of a shot
	height int               // of the frames
}

// sheetCells lays the sets out in rows, of the given height together.
func sheetCells(sets []*chosen) (rows []sheetRow, height int) {
	for _, set := range sets {
		deep := 0
		for _, r := range set {
			deep = max(deep, len(r))
		}
		for i := range deep {
			var row sheetRow
			for kind, r := range set {
				switch {
				case i < len(r):
					row.shots[kind] = r[i]
					_, h := cellSize(r[i].w, r[i].h)
					row.height = max(row.height, h)
				case i == 0 && len(set[weakest]) == 0:
					row.words[kind] = none[weakest]
				case i == 0:
					row.words[kind] = none[kind]
				}
			}
			rows = append(rows, row)
			height += row.height + captionHeight
		}
	}
	return rows, height
}

// cellSize is the size of a frame in a cell.
func cellSize(w, h int) (int, int) {
	long := max(w, h)
	return max(1, w*cellSide/long), max(1, h*cellSide/long)
}

package verdict

import "avid/models/nets"

// Follow moves the maps from where the camera usually looks to where things are in the
// frame, by Right and Down; what comes in at the border is not marked.
func (v *Verdict) Follow() {
	if v.Right == 0 && v.Down == 0 {
		return
	}
	Displace(v.Mask, v.H, v.W, v.Right, v.Down, 0)
	Displace(v.Heat, v.H, v.W, v.Right, v.Down, 0)
	Displace(v.Error, v.H, v.W, v.Right, v.Down, 0)
	Displace(v.Pixel, v.H, v.W, v.Right, v.Down, nets.Outside)
}

// Displace moves a map of h rows of w by whole pixels, in its place; what comes in at
// the border is fill.
func Displace[T any](m []T, h, w, right, down int, fill T) {
	if len(m) != h*w {
		return
	}
	blank := func(part []T) {
		for i := range part {
			part[i] = fill
		}
	}
	for k := range h {
		y := k // rows are read before they are written
		if down > 0 {
			y = h - 1 - k
		}
		row := m[y*w : (y+1)*w]
		from := y - down
		if from < 0 || from >= h {
			blank(row)
			continue
		}
		src := m[from*w : (from+1)*w]
		if right >= 0 {
			n := min(right, w)
			copy(row[n:], src)
			blank(row[:n])
		} else {
			n := min(-right, w)
			copy(row, src[n:])
			blank(row[w-n:])
		}
	}
}

package analyze

import (
	"slices"
	"time"

	"avid/models/bundle"
	"avid/models/nets"
	"avid/models/zones"
	"avid/runtime/event"
	"avid/runtime/verdict"
)

// watched is a part of the picture with events of its own: a zone, or all of it.
type watched struct {
	zone    zones.Zone // without a name: all of the picture
	tracker *event.Tracker
	spans   [][2]int // runs of its pixels, first to before end; nil: all
	has     []bool   // which pixels it has; nil: all
	score   float32  // of the verdict in work
	boxes   []verdict.Box
}

// Zones sets the parts of the picture that are judged apart or left out, from the next
// frame on. Open events end, and the ends hold until the next call. The error is
// event.ErrConfig.
func (a *Analyzer) Zones(set zones.Set) ([]event.Event, error) {
	ended := slices.Clone(a.End())
	h, w := a.intake.Size()
	judge := set.Judge()
	if len(judge) == 0 {
		judge = zones.List{{}}
	}
	var all []watched
	for i, z := range judge {
		config := a.events
		config.MinDuration = max(config.MinDuration, z.Least())
		tracker, err := event.NewTracker(config)
		if err != nil {
			return ended, err
		}
		if i > 0 {
			tracker.Share(all[0].tracker)
		} else if len(a.watched) > 0 {
			tracker.Continue(a.watched[0].tracker.Last())
		}
		one := watched{zone: z, tracker: tracker}
		if z.Name != "" {
			one.has = make([]bool, h*w)
			z.Spans(h, w, func(y, first, end int) {
				one.spans = append(one.spans, [2]int{y*w + first, y*w + end})
				for x := first; x < end; x++ {
					one.has[y*w+x] = true
				}
			})
		}
		all = append(all, one)
	}
	a.watched, a.counts = all, set.Counts(h, w)
	a.sized = slices.ContainsFunc(judge, func(z zones.Zone) bool { return z.LeastSize > 0 })
	var fill []byte
	if len(a.picture) == h*w {
		fill = a.picture
	}
	a.intake.Leave(a.counts, a.visible(set), fill)
	a.guard.leave(a.counts)
	a.place.leave(a.counts)
	return ended, nil
}

// visible is which pixels the model sees as they are; nil: all. What the bundle leaves out it
// has learnt, or was calibrated, to see as it always is. What was added is taken from the
// verdict alone: a score is then never higher than it was without, since the model, which
// does not know such borders, sees nobody cut in two at one. Only where it counts regions
// to call a frame irregular at all, those that do not count must not be seen.
func (a *Analyzer) visible(set zones.Set) []bool {
	if m, ok := a.model.(interface{ Regions() bundle.Regions }); ok && m.Regions().MinRegions > 1 {
		return a.counts
	}
	return set.Own.Counts(a.intake.Size())
}

// cut takes from a verdict what does not count: the score is that of what is left.
func (a *Analyzer) cut(v *verdict.Verdict) {
	if a.counts == nil {
		return
	}
	for i, c := range a.counts {
		if !c {
			clearPixel(v, i)
		}
	}
	if !a.sized {
		v.Score = slices.Max(v.Pixel)
		return
	}
	a.parts = Parts(&a.labeler, v, a.parts)
	for _, p := range a.parts {
		zone := a.zoneOf(p.Pixels)
		if zone == nil || float64(p.Area) >= zone.LeastSize*float64(v.H*v.W) {
			continue
		}
		p.Pixels(func(first, end int) {
			for i := first; i < end; i++ {
				clearPixel(v, i)
			}
		})
	}
	v.Score = slices.Max(v.Pixel)
}

// clearPixel has a pixel not be irregular.
func clearPixel(v *verdict.Verdict, i int) {
	v.Mask[i], v.Pixel[i], v.Heat[i] = 0, nets.Outside, min(v.Heat[i], 127)
}

// zoneOf is the zone that has most of some pixels; nil: none has any.
func (a *Analyzer) zoneOf(pixels func(func(first, end int))) *zones.Zone {
	var best *zones.Zone
	most := 0
	for i := range a.watched {
		one := &a.watched[i]
		if one.has == nil {
			continue
		}
		n := 0
		pixels(func(first, end int) {
			for _, in := range one.has[first:end] {
				if in {
					n++
				}
			}
		})
		if n > most {
			best, most = &one.zone, n
		}
	}
	return best
}

// rate finds the score of a zone in a verdict whose maps lie where the camera usually looks.
func (w *watched) rate(v *verdict.Verdict) {
	if w.has == nil {
		w.score = v.Score
		return
	}
	w.score = nets.Outside
	for _, s := range w.spans {
		w.score = max(w.score, slices.Max(v.Pixel[s[0]:s[1]]))
	}
}

// follow gives a zone's tracker the verdict on what lies in the zone, as rate found it; by
// now the maps lie on the frame.
func (a *Analyzer) follow(w *watched, shown time.Duration, v *verdict.Verdict) {
	boxes := v.Boxes
	if w.has != nil {
		w.boxes = w.boxes[:0]
		for _, b := range v.Boxes {
			if w.holds(v, b) {
				w.boxes = append(w.boxes, b)
			}
		}
		boxes = w.boxes
	}
	if e, told := w.tracker.Update(shown, w.score, v.Threshold, boxes); told {
		a.tell(e, w)
	}
}

// holds tells whether some of a box's mask lies in the zone.
func (w *watched) holds(v *verdict.Verdict, b verdict.Box) bool {
	for y := max(b.Y, v.Down); y < min(b.Y+b.H, v.H+v.Down); y++ {
		for x := max(b.X, v.Right); x < min(b.X+b.W, v.W+v.Right); x++ {
			if w.has[(y-v.Down)*v.W+x-v.Right] && v.Mask[y*v.W+x] != 0 {
				return true
			}
		}
	}
	return false
}

// ZoneOf is the name of the zone that a box of the last verdict lies in, of several the
// first; "": it lies in none that has a name.
func (a *Analyzer) ZoneOf(b verdict.Box) string {
	for i := range a.watched {
		if w := &a.watched[i]; w.has != nil && w.holds(a.verdict, b) {
			return w.zone.Name
		}
	}
	return ""
}

// Moved is how far the picture of the last sample lies from where the camera usually
// looks, as shares of its width and height, whether it was moved back to be judged or not:
// what is fixed to the place lies so much further right and down in it.
func (a *Analyzer) Moved() (right, down float64) {
	s := a.intake.steady.Seen()
	return s.Right / float64(a.verdict.W), s.Down / float64(a.verdict.H)
}

package onvif

import (
	"slices"
	"time"

	"avid/runtime/track"
	"avid/runtime/verdict"
)

// most is by how much the times of neighbouring frames of one stream go back, where an
// encoder has put them into another order: less than a second at 16 frames, the most that
// H.264 keeps back, and 25 frames/s. What goes back further is another stream.
const most = time.Second

// Moment is a frame as a Writer takes it.
type Moment struct {
	PTS    time.Duration // running time, for the order of frames
	Shown  time.Duration // stream time, in which reports have theirs
	At     time.Time     // when it was taken
	W, H   int           // of the picture, pixels, ≥ 1
	Serial uint64        // of the verdict: another one is another verdict; 0: there is none yet
	Boxes  []verdict.Box // in pixels of the picture
	All    bool          // somebody begins to listen: tell how it is with everything
}

// Writer makes the documents of one stream: one for each verdict with something in it, one
// when the last thing is gone, and one where an event begins or ends or somebody begins to
// listen. It is for one goroutine.
type Writer struct {
	tracker *track.Tracker
	every   time.Duration // how often everything is told again; 0: never

	begun   bool // a frame has been
	last    Moment
	serial  uint64
	objects []Object // of the last verdict
	told    time.Duration

	names   func() []Name
	listed  []Name     // by names, when it was last asked
	rules   []Property // as they are, each with the time of its change
	waiting []change   // since the last document
}

// change is a property with the stream time at which it changed, which the frame that is
// to come gives a clock time, unless that is known.
type change struct {
	Property
	shown time.Duration
	known bool
}

// NewWriter makes a Writer that tells all properties again every so often, 0 for never.
// Before it does so it calls names for the properties that there are, nil where that is not
// known. The error is track's ErrConfig.
func NewWriter(c track.Config, every time.Duration, names func() []Name) (*Writer, error) {
	t, err := track.New(c)
	if err != nil {
		return nil, err
	}
	return &Writer{tracker: t, every: every, names: names}, nil
}

// Change has the next document tell that a property has changed at a stream time: that of
// the frame that follows, with framed, or one that has been. Its own clock time counts
// only where no frame says what that is. A property that is new is first told of as it was
// before.
func (w *Writer) Change(p Property, shown time.Duration, framed bool) {
	if i := w.index(p.Name); i >= 0 {
		w.rules[i] = p
	} else {
		w.rules = append(w.rules, p)
		before := p
		before.On, before.Operation = !p.On, Initialized
		w.waiting = append(w.waiting, change{before, shown, false})
	}
	w.waiting = append(w.waiting, change{p, shown, false})
	if !framed {
		w.settle()
	}
}

// index is where a property is among the rules; -1: nowhere.
func (w *Writer) index(n Name) int {
	return slices.IndexFunc(w.rules, func(p Property) bool { return p.Name == n })
}

// list asks which properties there are: new ones are false, and those that are no more
// are told of a last time.
func (w *Writer) list(at time.Time) {
	names := w.names()
	if names == nil {
		return
	}
	for _, n := range w.listed {
		if i := w.index(n); i >= 0 && !slices.Contains(names, n) {
			w.rules = slices.Delete(w.rules, i, i+1)
			w.waiting = append(w.waiting, change{Property: Property{Name: n, At: at, Operation: Deleted}, known: true})
		}
	}
	for _, n := range names {
		if w.index(n) < 0 {
			w.rules = append(w.rules, Property{Name: n, At: at})
		}
	}
	w.listed = names
}

// Restart forgets the frames, since others follow: a new stream, or another place in it.
// Objects get new numbers, and how it is with events stays.
func (w *Writer) Restart() {
	w.settle()
	w.tracker.Forget()
	w.begun, w.objects = false, nil
}

// settle gives what waits the clock time that the last frame says, if there was one. No
// later one says it.
func (w *Writer) settle() {
	for i := range w.waiting {
		c := &w.waiting[i]
		if w.begun && !c.known {
			c.At = w.last.At.Add(c.shown - w.last.Shown)
		}
		c.known = true
	}
}

// Frame returns the document of a frame, nil where it has nothing to tell. Frames come in
// the order of their times; one that is late, as an encoder may have put it, has none. The
// error is ErrSize.
func (w *Writer) Frame(m Moment) ([]byte, error) {
	if w.begun && m.PTS <= w.last.PTS {
		if w.last.PTS-m.PTS < most {
			return nil, nil
		}
		w.Restart()
	}
	all := m.All || !w.begun || w.every > 0 && m.PTS-w.told >= w.every
	gone := len(w.objects) > 0
	judged := m.Serial != 0 && (!w.begun || m.Serial != w.serial)
	w.begun, w.last, w.serial = true, m, m.Serial
	if judged {
		w.objects = w.track(m)
	}
	var f *Frame
	if all || judged && (gone || len(w.objects) > 0) {
		f = &Frame{At: m.At, W: m.W, H: m.H, Objects: w.objects}
	}
	if all {
		w.list(m.At)
	}
	changed := w.changes()
	if all {
		changed = append(w.initial(m.At, changed), changed...)
		w.told = m.PTS
	}
	if f == nil && len(changed) == 0 {
		return nil, nil
	}
	return Document(f, changed)
}

// track gives the boxes of a frame their numbers.
func (w *Writer) track(m Moment) []Object {
	var out []Object
	for i, id := range w.tracker.Update(m.PTS, m.Boxes) {
		out = append(out, Object{id, m.Boxes[i]})
	}
	return out
}

// Rest returns a document of what waits to be told, where no frame will come for it; nil
// where there is nothing.
func (w *Writer) Rest() ([]byte, error) {
	if len(w.waiting) == 0 {
		return nil, nil
	}
	return Document(nil, w.changes())
}

// Drop forgets what waits to be told, since nobody listens; how it is with properties stays.
func (w *Writer) Drop() { w.waiting = nil }

// changes takes what waits.
func (w *Writer) changes() (out []Property) {
	w.settle()
	for _, c := range w.waiting {
		out = append(out, c.Property)
	}
	w.waiting = nil
	return out
}

// initial is how it is with the rules that have not changed just now.
func (w *Writer) initial(at time.Time, changed []Property) (out []Property) {
	for _, p := range w.rules {
		if !slices.ContainsFunc(changed, func(c Property) bool { return c.Name == p.Name }) {
			p.At, p.Operation = at, Initialized
			out = append(out, p)
		}
	}
	return out
}

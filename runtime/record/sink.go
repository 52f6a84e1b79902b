package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// sink is a row of files that follow each other: a camera's segments, or the clips of an
// event.
type sink struct {
	r     *Recorder
	event string // of clips
	long  time.Duration
	file  *file
	made  int       // files begun
	told  time.Time // end of the file when the index was told last
	retry time.Time // after a failure: not before
}

// retryAfter is how long the disk is left alone after a failure.
const retryAfter = 5 * time.Second

// tellEach is how often the index is told how far a file is, which the file says itself
// when the index has it as open.
const tellEach = 5 * time.Second

// add appends a part, in a new file where it is time, and tells whether it is written.
func (k *sink) add(p *part, c *coding) bool {
	if k.file != nil && p.key && p.wall.Sub(k.file.start) >= k.long {
		k.finish()
	}
	if k.file == nil && (!p.key || p.wall.Before(k.retry) && k.retry.Sub(p.wall) <= retryAfter || !k.begin(p, c)) {
		return false
	}
	offset, n, err := k.file.add(p)
	if err != nil {
		k.fail(err, p.wall)
		return false
	}
	k.r.works()
	k.r.state.Bytes += int64(n)
	if k.file.end.Sub(k.told) >= tellEach || k.file.end.Before(k.told) {
		k.row(true)
	}
	if k.event == "" && p.path == "" { // the frames need not stay in memory
		p.path, p.offset, p.fragment, p.frames = k.file.path, offset, n, nil
	}
	return true
}

// begin makes the next file.
func (k *sink) begin(p *part, c *coding) bool {
	path := k.name(p.wall)
	k.r.store.grows(path, true)
	f, err := newFile(k.r.store, path, c, p)
	if err != nil {
		k.r.store.grows(path, false)
		k.fail(err, p.wall)
		return false
	}
	k.file = f
	k.made++
	k.told = time.Time{} // with its first fragment
	if k.event == "" {
		k.r.state.Segments++
	} else {
		k.r.state.Clips++
	}
	return true
}

// name is a path that no file has.
func (k *sink) name(t time.Time) string {
	base, n := k.r.store.eventBase(k.r.camera, k.event), k.made+1
	if k.event == "" {
		t = t.UTC()
		base, n = filepath.Join(k.r.store.dir, safe(k.r.camera), t.Format("2006-01-02"), t.Format("15-04-05")), 1
	}
	for ; ; n++ {
		path := base + ".mp4"
		if n > 1 {
			path = fmt.Sprintf("%s-%d.mp4", base, n)
		}
		if !exists(path) {
			return path
		}
	}
}

// row brings the index up to date.
func (k *sink) row(open bool) {
	f := k.file
	k.told = f.end
	k.r.store.note(func(x execer) error {
		return putRecording(x, Recording{Path: k.r.store.below(f.path), Camera: k.r.camera, Event: k.event, Start: f.start, End: f.end, Size: f.size, Open: open})
	})
}

// fail ends the file at what is whole of it.
func (k *sink) fail(err error, at time.Time) {
	k.retry = at.Add(retryAfter)
	k.finish()
	k.r.fail(err)
}

// finish ends the file, if there is one. One without a fragment is removed.
func (k *sink) finish() {
	f := k.file
	if f == nil {
		return
	}
	err := f.close()
	if f.number == 1 {
		err = errors.Join(err, os.Remove(f.path))
		k.r.store.note(func(x execer) error { return dropPath(x, k.r.store.below(f.path)) })
	} else {
		k.row(false)
	}
	k.file = nil
	k.r.store.grows(f.path, false)
	if err != nil {
		k.r.fail(err)
	}
}

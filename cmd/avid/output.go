//go:build !nogst

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"avid/cmd/avid/internal/video"
)

// output is the three files of avid run. Video and picture are written under temporary
// names and renamed when all is done; events have their name at once, and so has the
// video of a live input, which is whole at any moment.
type output struct {
	video, lines, snapshot string   // final names
	temporary              string   // where the video is written
	began                  bool     // the first part
	more                   []string // further parts of the video of a live input that was away
	encoder                string   // tail of the pipeline
	events                 *eventLog
}

// isFolder says whether an output is to be a folder: it is one, or its name has no
// ending.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir() || strings.HasSuffix(path, "/") || filepath.Ext(path) == ""
}

// newOutput prepares the files for a folder or a video file. None of them may
// be one of the inputs.
func newOutput(path string, live bool, inputs ...string) (*output, error) {
	o := &output{}
	ending := strings.ToLower(filepath.Ext(path))
	var err error
	if isFolder(path) {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, err
		}
		ending = ".mp4"
		o.video, o.lines, o.snapshot = filepath.Join(path, "annotated.mp4"), filepath.Join(path, "events.jsonl"), filepath.Join(path, "snapshot.png")
	} else {
		if live { // what an earlier run has recorded is never written over
			if path, err = free(path); err != nil {
				return nil, err
			}
		}
		base := strings.TrimSuffix(path, filepath.Ext(path))
		o.video, o.lines, o.snapshot = path, base+".events.jsonl", base+".snapshot.png"
	}
	encoder := video.Encoder
	if live {
		encoder = video.LiveEncoder
	}
	if o.encoder, err = encoder(ending); err != nil {
		return nil, fmt.Errorf("output %s: %w, or a folder", path, err)
	}
	if !isFolder(path) && !live && isFile(o.video) && !isFile(o.lines) {
		return nil, fmt.Errorf("output %s: there is a file of this name, which avid run did not write: %s would be beside it; choose another name", path, filepath.Base(o.lines))
	}
	for _, file := range []string{o.video, o.lines, o.snapshot} {
		if err := checkOutput(file, inputs...); err != nil {
			return nil, err
		}
	}
	o.events = &eventLog{path: o.lines}
	if o.temporary = o.video; !live {
		o.temporary = temporaryName(o.video, ending)
	}
	return o, nil
}

// free is the path, or that of a file beside it where there is one of its name already:
// NAME-2.mkv, NAME-3.mkv and so on.
func free(path string) (string, error) {
	ending := filepath.Ext(path)
	for n, next := 2, path; ; n++ {
		if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
			return next, nil
		} else if err != nil {
			return "", fmt.Errorf("%w: %w", errOutput, err)
		}
		next = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ending), n, ending)
	}
}

// part is where the next part of the video is to be written: the first one, or a file
// beside it whose name nobody has. A part in which nothing was written is not kept.
func (o *output) part() (string, error) {
	last := o.temporary
	if len(o.more) > 0 {
		last = o.more[len(o.more)-1]
	}
	if info, err := os.Stat(last); o.began && err == nil && info.Size() > 0 {
		if last, err = free(o.video); err != nil {
			return "", err
		}
		o.more = append(o.more, last)
	}
	o.began = true
	return last, nil
}

// parts is how many parts the video has.
func (o *output) parts() int { return 1 + len(o.more) }

// videos are the names of the video and its further parts.
func (o *output) videos() string { return strings.Join(append([]string{o.video}, o.more...), ", ") }

// finish makes the snapshot of the frame at the given time of a part of the video, from 1
// (negative: of the middle of the first one), and gives all files their names.
func (o *output) finish(part int, at time.Duration) error {
	if err := errors.Join(o.events.open(), o.events.close()); err != nil {
		return err
	}
	shown := append([]string{o.temporary}, o.more...)[max(part-1, 0)]
	err := replaceFile(o.snapshot, func(w io.Writer) error { return video.Snapshot(shown, at, w) })
	if err != nil {
		return err
	}
	if err := os.Rename(o.temporary, o.video); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

// discard removes what finish did not rename, and keeps the events; it may follow it.
func (o *output) discard() {
	_ = o.events.close() // each line was written whole
	if info, err := os.Stat(o.temporary); err == nil && (o.temporary != o.video || info.Size() == 0) {
		os.Remove(o.temporary)
	}
	for _, path := range o.more {
		if info, err := os.Stat(path); err == nil && info.Size() == 0 {
			os.Remove(path)
		}
	}
}

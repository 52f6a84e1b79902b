package record

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"avid/runtime/event"
)

// found is what lies in the folder.
type found struct {
	recordings []Recording // sizes alone, and what their places say
	pictures   []Picture
	sidecars   map[eventKey]string // paths
	left       []string            // half files of ours
}

// scan lists a store's files.
func (s *Store) scan() (found, error) {
	f := found{sidecars: map[eventKey]string{}}
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // it was deleted meanwhile
		}
		f.take(s.below(path), path, info.Size())
		return nil
	})
	return f, err
}

// take notes one file, by its path below the store's folder.
func (f *found) take(below, path string, size int64) {
	parts := strings.Split(below, string(filepath.Separator))
	name := parts[len(parts)-1]
	if strings.HasPrefix(name, temporary) {
		f.left = append(f.left, path)
		return
	}
	if len(parts) != 3 {
		return // none of ours
	}
	camera := unsafeName(parts[0])
	base, ending := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	switch {
	case parts[1] != eventsDir && ending == ".mp4":
		f.recordings = append(f.recordings, Recording{Path: below, Camera: camera, Size: size})
	case parts[1] != eventsDir:
	case ending == ".mp4":
		id := filepath.Base(strings.TrimSuffix(SidecarOf(path), ".json"))
		f.recordings = append(f.recordings, Recording{Path: below, Camera: camera, Event: unsafeName(id), Size: size})
	case ending == ".json":
		f.sidecars[eventKey{camera, unsafeName(base)}] = path
	case ending == ".jpg":
		plain := strings.TrimSuffix(base, markedEnding)
		f.pictures = append(f.pictures, Picture{below, camera, unsafeName(plain), plain != base, size})
	}
}

// markedEnding is before .jpg where a picture has marks.
const markedEnding = ".mask"

// reconcile brings index and files together: what is unfinished is finished, rows of
// files that are gone go, and files without a row get one. Files that grow are left.
// all has it look into every file.
func (s *Store) reconcile(all bool) error {
	f, err := s.scan()
	if err != nil {
		return err
	}
	if !s.recording() {
		for _, path := range f.left {
			_ = os.Remove(path) // it is tried again next time
		}
	}
	known, err := s.known()
	if err != nil {
		return err
	}
	return s.index.change(func(tx *sql.Tx) error {
		repaired, err := s.takeRecordings(tx, f, known, all)
		if err == nil {
			err = s.takeSidecars(tx, f, known, all)
		}
		for _, p := range f.pictures {
			delete(known.files, p.Path)
			err = errors.Join(err, putPicture(tx, p))
		}
		for path := range known.files {
			err = errors.Join(err, dropPath(tx, path))
		}
		for key := range known.events {
			err = errors.Join(err, dropEvent(tx, key.camera, key.id))
		}
		if repaired > 0 && err == nil {
			s.options.Note(fmt.Sprintf("%d recordings were not finished when avid was stopped; they are whole to their last second", repaired))
		}
		return err
	})
}

// recording says that there are recorders, whose files may not be whole yet.
func (s *Store) recording() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cameras) > 0
}

// known is what the index has.
type known struct {
	files  map[string]Recording // pictures with their path alone
	events map[eventKey]EventRow
}

func (s *Store) known() (known, error) {
	k := known{map[string]Recording{}, map[eventKey]EventRow{}}
	segments, err1 := s.index.recordings(fromSegments)
	clips, err2 := s.index.recordings(fromClips)
	pictures, err3 := s.index.pictures("")
	events, err4 := s.index.events("")
	for _, r := range append(segments, clips...) {
		k.files[r.Path] = r
	}
	for _, p := range pictures {
		k.files[p.Path] = Recording{Path: p.Path}
	}
	for _, e := range events {
		k.events[eventKey{e.Camera, e.ID}] = e
	}
	return k, errors.Join(err1, err2, err3, err4)
}

// takeRecordings looks into the recordings that the index does not have as they are,
// and counts those that were cut off. What has no frame is deleted.
func (s *Store) takeRecordings(tx *sql.Tx, f found, known known, all bool) (repaired int, err error) {
	for _, r := range f.recordings {
		row, there := known.files[r.Path]
		delete(known.files, r.Path)
		if s.isGrowing(r.Path) || there && !all && !row.Open && row.Size == r.Size {
			continue
		}
		span, err := repair(s.Path(r.Path))
		if errors.Is(err, ErrFile) {
			if err := s.dropEmpty(tx, r); err != nil {
				return repaired, err
			}
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return repaired, err
		}
		if row.Open || span.size != r.Size {
			repaired++
		}
		r.Start, r.End, r.Size = span.start, span.end, span.size
		if err := putRecording(tx, r); err != nil {
			return repaired, err
		}
	}
	return repaired, nil
}

// smallest is less than a file with a frame has: others are not deleted, but told of.
const smallest = 4096

// dropEmpty forgets a file without a whole fragment, and deletes it if it is one of
// which a kill left the beginning alone.
func (s *Store) dropEmpty(tx *sql.Tx, r Recording) error {
	path := s.Path(r.Path)
	if r.Size < smallest || begun(path) {
		if err := os.Remove(path); err != nil {
			return err
		}
	} else {
		s.options.Note(path + " is no recording of avid's and is left as it is")
	}
	return dropPath(tx, r.Path)
}

// begun says that a file begins as ours do.
func begun(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 1024)
	n, _ := f.ReadAt(head, 0) // io.EOF where it is shorter
	var kinds string
	for at := int64(0); ; {
		b, ok := nextBox(f, at, int64(n))
		if !ok {
			return strings.HasPrefix(kinds, "ftypmoov") && (int64(n) < at+8 || string(head[at+4:at+8]) == "prft")
		}
		kinds += b.kind
		at += b.size
	}
}

func (s *Store) isGrowing(below string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writing[s.Path(below)]
}

// takeSidecars reads the sidecars that the index does not have as ended.
func (s *Store) takeSidecars(tx *sql.Tx, f found, known known, all bool) error {
	for key, path := range f.sidecars {
		row, there := known.events[key]
		delete(known.events, key)
		if s.isOpen(key) || there && !all && row.State != StateOpen {
			continue
		}
		side, err := ReadSidecar(path)
		if errors.Is(err, ErrFile) {
			s.options.Note(fmt.Sprintf("an event is left out of the index: %v", err))
			continue
		}
		if side.State == StateOpen {
			if err := s.finish(side, path); err != nil {
				return err
			}
		}
		if err := putEvent(tx, side.row(sizes(path, linesOf(path)))); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) isOpen(key eventKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[key] != nil
}

// finish ends an event that was open when the recorder was stopped: its lines may have
// more than its sidecar.
func (s *Store) finish(side *Sidecar, path string) error {
	lines, err := ReadLines(linesOf(path))
	if err != nil {
		s.options.Note(fmt.Sprintf("an event has lost its verdicts: %v", err))
	}
	for _, l := range lines {
		if l.Record != nil {
			side.take(*l.Record)
		}
	}
	if side.Last.Type != string(event.End) {
		side.State = StateCut
	}
	return side.write(s, path)
}

// linesOf is the path of the lines that belong to a sidecar.
func linesOf(sidecar string) string { return strings.TrimSuffix(sidecar, ".json") + ".jsonl" }

// sizes is how large files are together; one that is not there has nothing.
func sizes(paths ...string) (sum int64) {
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

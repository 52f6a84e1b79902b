package record

import (
	"os"
	"path/filepath"
	"time"
)

// markedName is the file of a camera that says why marks are drawn into its recordings, a
// line.
const markedName = "marked.txt"

// Marked notes that the recordings of the camera have marks drawn into them, and why:
// nothing can be learnt from such.
func (r *Recorder) Marked(why string) error {
	path := filepath.Join(r.store.dir, safe(r.camera), markedName)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return r.store.replace(path, []byte(why+"\n"))
}

// Held is a time in which a stream was not judged.
type Held struct {
	From, To time.Time
	Kind     string // of a Condition
}

// readHeld reads the times in which a camera was not judged; what goes on lasts as long as
// something is written of it.
func readHeld(dir, camera string, from, to time.Time) (all []Held, err error) {
	conditions, err := (&Store{dir: dir}).Conditions(camera, from, to)
	for _, c := range conditions {
		if c.Held {
			all = append(all, Held{c.Start, *c.End, c.Kind})
		}
	}
	return all, err
}

package record

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"

	"avid/runtime/event"
)

// Bounds of what a journal keeps until it is written.
const (
	mostSteps   = perDay // Steps, a day
	mostPending = 1024   // verdicts of the events that go on: half a minute of a fast camera
	// together is how far verdicts may be apart of which two of three begin an event.
	together = 2 * time.Second
	// quiet is how long no frame may come until the camera counts as silent.
	quiet = 10 * time.Second
)

// journal gathers what is judged of a camera until it is written. Its methods may be
// called from any goroutine, and do not wait for the disk but for flush.
type journal struct {
	store  *Store
	camera string

	writing sync.Mutex // held while flush writes; before mu

	mu      sync.Mutex
	now     *Score  // that goes on; nil: none was begun
	done    []Score // that are over and not written yet
	merged  bool    // the first was read from its file, if that had it
	last    [2]float64
	at      time.Time // of the last verdict
	seen    time.Time // of the last frame
	pending []Verdict
	open    []Condition // that last
	lines   []Condition // that are not written yet
	day     time.Time   // that open is in the file of
	failed  bool        // it could not be written the last time
}

func newJournal(s *Store, camera string) *journal {
	return &journal{store: s, camera: camera, last: [2]float64{math.Inf(-1), math.Inf(-1)}}
}

// step is the Score of a time, which is never before the present one.
func (j *journal) step(t time.Time) *Score {
	at := t.UTC().Truncate(Step)
	if j.now == nil || at.After(j.now.At) {
		if j.now != nil {
			j.done = append(j.done, *j.now)
			j.done = j.done[max(0, len(j.done)-mostSteps):]
		}
		j.now = &Score{At: at, Peak: math.NaN(), Sure: math.NaN(), Threshold: math.NaN(), Seconds: unjudged()}
	}
	return j.now
}

// verdict takes in a verdict.
func (j *journal) verdict(v Verdict) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := seconds(v.Time)
	if gap := t.Sub(j.at); gap > together || gap < 0 {
		j.last = [2]float64{math.Inf(-1), math.Inf(-1)}
	}
	s := j.step(t)
	// The second of the last three.
	three := []float64{v.Score, j.last[0], j.last[1]}
	slices.Sort(three)
	if sure := three[1]; !math.IsInf(sure, -1) {
		s.Sure = greater(s.Sure, sure)
	}
	s.Peak, s.Threshold = greater(s.Peak, v.Score), v.Threshold
	second := max(0, min(int(t.Sub(s.At)/time.Second), len(s.Seconds)-1))
	s.seconds |= 1 << second
	s.Seconds.add(second, v.Score, three[1])
	s.Judged = bits.OnesCount16(s.seconds)
	j.last, j.at = [2]float64{v.Score, j.last[0]}, t
	if len(j.pending) < mostPending {
		j.pending = append(j.pending, v)
	}
}

// frame takes in that a frame has come, and why nothing is judged; "": it is.
func (j *journal) frame(at time.Time, blind string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.step(at)
	j.seen = at
	j.end(Silent, at)
	j.end(Away, at)
	if blind == "" {
		j.end(Blind, at)
	} else {
		j.begin(Condition{Kind: Blind, Text: blind, Held: true, Start: at})
	}
}

// scene takes in a record of what keeps the camera from being judged well.
func (j *journal) scene(r event.Record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r.Type == event.SceneEnd {
		j.end(r.Kind, seconds(r.Time))
		return
	}
	j.begin(Condition{Kind: r.Kind, Text: r.Text, Held: r.Held, Start: seconds(r.StartTime)})
}

// away takes in that the camera cannot be reached. What was seen of it lasts no more.
func (j *journal) away(at time.Time, why string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.open) > 0 && j.open[0].Kind != Away {
		j.end(j.open[0].Kind, at)
	}
	j.begin(Condition{Kind: Away, Text: why, Held: true, Start: at})
}

// begin begins a condition, if it does not last. It needs mu, as end does.
func (j *journal) begin(c Condition) {
	if slices.ContainsFunc(j.open, func(o Condition) bool { return o.Kind == c.Kind }) {
		return
	}
	c.Start = c.Start.UTC().Truncate(time.Millisecond)
	j.open, j.lines = append(j.open, c), append(j.lines, c)
}

// end ends the condition of a kind, if it lasts.
func (j *journal) end(kind string, at time.Time) {
	i := slices.IndexFunc(j.open, func(c Condition) bool { return c.Kind == kind })
	if i < 0 {
		return
	}
	c := j.open[i]
	at = at.UTC().Truncate(time.Millisecond)
	c.End = &at
	j.open, j.lines = slices.Delete(j.open, i, i+1), append(j.lines, c)
}

// lasts tells whether a condition goes on.
func (j *journal) lasts(c Condition) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.open, func(o Condition) bool { return o.Kind == c.Kind && o.Start.Equal(c.Start) })
}

// taken are the verdicts that came since they were taken last.
func (j *journal) taken() []Verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := j.pending
	j.pending = nil
	return all
}

// collect takes what is to be written at a time.
func (j *journal) collect(now time.Time) (scores []Score, lines []Condition) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.seen.IsZero() && now.Sub(j.seen) >= quiet {
		j.begin(Condition{Kind: Silent, Text: "no frames come", Held: true, Start: j.seen})
	}
	if day := midnight(now); !day.Equal(j.day) {
		if !j.day.IsZero() {
			j.lines = append(j.lines, j.open...)
		}
		j.day = day
	}
	j.step(now)
	scores, lines = append(j.done, *j.now), j.lines
	j.done, j.lines = nil, nil
	return scores, lines
}

// flush writes what there is.
func (j *journal) flush(now time.Time) {
	j.writing.Lock()
	defer j.writing.Unlock()
	scores, lines := j.collect(now)
	if !j.merged { // an earlier process may have judged a part of the first
		before, err := j.store.Scores(j.camera, scores[0].At, scores[0].At.Add(Step))
		if err == nil && len(before) == 1 {
			j.mu.Lock()
			if j.now.At.Equal(before[0].At) {
				j.now.merge(before[0])
			}
			j.mu.Unlock()
			scores[0].merge(before[0])
		}
		j.merged = true
	}
	err := j.write(scores, lines)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil { // the next flush tries it again
		j.done, j.lines = append(scores[:len(scores)-1], j.done...), append(lines, j.lines...)
		j.done = j.done[max(0, len(j.done)-mostSteps):]
	}
	if err != nil && !j.failed {
		j.store.options.Note(fmt.Sprintf("what is judged of %s is not kept at present: %v", j.camera, err))
	}
	j.failed = err != nil
}

// write writes scores and conditions to the files of their days.
func (j *journal) write(scores []Score, lines []Condition) error {
	for len(scores) > 0 {
		day := midnight(scores[0].At)
		n := slices.IndexFunc(scores, func(s Score) bool { return !midnight(s.At).Equal(day) })
		if n < 0 {
			n = len(scores)
		}
		if err := writeScores(j.store.dayPath(j.camera, day, scoresEnd), scores[:n]); err != nil {
			return err
		}
		if err := writePlaces(j.store.dayPath(j.camera, day, secondsEnd), secondsMagic, secondsLen, scores[:n], (*Score).marshalSeconds); err != nil {
			return err
		}
		scores = scores[n:]
	}
	for _, c := range lines {
		day := c.Start
		if c.End != nil {
			day = *c.End
		}
		if c.End == nil && j.day.After(day) {
			day = j.day // it goes on today
		}
		if err := appendConditions(j.store.dayPath(j.camera, day, conditionsEnd), []Condition{c}); err != nil {
			return err
		}
	}
	return nil
}

package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"avid/runtime/event"
)

// childDir has the folder of the child that TestKill kills.
const childDir = "AVID_TEST_RECORD_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, child(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// child records film and events for ever, on a clock that runs ahead. It tells of each
// second of film before it is written, and of each event that has ended.
func child(dir string) error {
	c := plain(Continuous)
	c.Segment = 10 * time.Second
	f, err := newFilm(H264)
	if err != nil {
		return err
	}
	from, err := strconv.ParseInt(os.Getenv(childDir+"_FROM"), 10, 64)
	if err != nil {
		return err
	}
	f.begin = time.UnixMilli(from)
	s, err := Open(dir, c, Options{Now: f.now})
	if err != nil {
		return err
	}
	r, err := s.Recorder("yard", nil)
	if err != nil {
		return err
	}
	for id := uint64(from); ; id++ {
		start := f.now()
		begin := f.report(event.Begin, id, start, 8)
		fmt.Println("begins", begin.ID)
		if err := r.Report(begin); err != nil {
			return err
		}
		for range 40 {
			fmt.Println("at", f.now().UnixMilli())
			if err := r.Write(f.next()); err != nil {
				return err
			}
			r.Verdict(Verdict{Time: float64(f.now().UnixMilli()) / 1000, Score: 8, Threshold: 6.5})
		}
		if err := r.Report(f.report(event.End, id, start, 8)); err != nil {
			return err
		}
		fmt.Println("ended", begin.ID)
	}
}

// run runs the child for so many lines and a random moment more, kills it, and returns
// all that it has told.
func run(t *testing.T, dir string, from time.Time, lines int) (told []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s_FROM=%d", childDir, from.UnixMilli()))
	var failed strings.Builder
	cmd.Stderr = &failed
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, strings.TrimSpace(line))
		if len(told) == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || failed.Len() > 0 || len(told) < lines {
		t.Fatalf("the child ended by itself: %v, %s, %d lines", err, failed.String(), len(told))
	}
	return told
}

// kills is how often TestKill kills.
const kills = 100

// TestKill: a recorder that is killed at any moment loses no event whose end was
// reported, and of the film five seconds at most; the store opens, and index and files
// are as one.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	chance := rand.New(rand.NewPCG(18, 3)) //nolint:gosec // the moments are to be the same each time
	from := began
	ended := map[string]bool{}
	for range kills {
		told := run(t, dir, from, 1+chance.IntN(220))
		last := from
		for _, line := range told {
			switch what, value, _ := strings.Cut(line, " "); what {
			case "ended":
				ended[value] = true
			case "at":
				ms, err := strconv.ParseInt(value, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				last = time.UnixMilli(ms)
			}
		}
		afterKill(t, dir, from, last, ended)
		from = last.Add(time.Minute)
	}
	if len(ended) < kills {
		t.Errorf("%d events ended in all: the kills come too soon to show anything", len(ended))
	}
}

// afterKill checks a store after the kill of a child that ran for a time.
func afterKill(t *testing.T, dir string, from, last time.Time, ended map[string]bool) {
	t.Helper()
	s, err := Open(dir, plain(Continuous), Options{Now: func() time.Time { return last }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	segments, err := s.Segments("yard", from, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	until := from
	for _, seg := range segments {
		until = seg.End
	}
	if lost := last.Sub(until); lost > 5*time.Second {
		t.Errorf("the film ends %v before the kill", lost)
	}
	consistent(t, s, from)
	events, err := s.Events(Query{From: began})
	for before := events; err == nil && len(before) == mostRows; events = append(events, before...) {
		before, err = s.Events(Query{From: began, Before: &before[len(before)-1]})
	}
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]string{}
	for _, e := range events {
		state[e.ID] = e.State
		if e.State == StateOpen {
			t.Errorf("event %s goes on", e.ID)
		}
	}
	for id := range ended {
		if state[id] != StateEnded {
			t.Errorf("event %s had ended and is %q", id, state[id])
		}
	}
}

// consistent checks that each file has its row and each row its file, of that size and
// playable where it was written after a time.
func consistent(t *testing.T, s *Store, from time.Time) {
	t.Helper()
	f, err := s.scan()
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.known()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.recordings {
		row, there := k.files[r.Path]
		if !there || row.Size != r.Size || row.Open || row.Event != r.Event {
			t.Errorf("%s has %d bytes, its row is %+v (there: %v)", r.Path, r.Size, row, there)
		}
		delete(k.files, r.Path)
		if row.End.Before(from) {
			continue
		}
		if n := frames(t, s.Path(r.Path)); there && time.Duration(n)*frameLen != row.End.Sub(row.Start) {
			t.Errorf("%s has %d frames, its row says %v", r.Path, n, row.End.Sub(row.Start))
		}
	}
	for path := range k.files {
		if filepath.Ext(path) != ".jpg" {
			t.Errorf("%s has a row and is not there", path)
		}
	}
	if len(k.events) != len(f.sidecars) || len(f.left) > 0 {
		t.Errorf("%d events in the index, %d sidecars; left over: %v", len(k.events), len(f.sidecars), f.left)
	}
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// server is an avid serve and what it writes.
type server struct {
	cmd   *exec.Cmd
	file  string
	lines chan string
	head  string
	page  string // its address
	heap  int64  // bytes of Go's heap, by the last metrics
}

// spawn starts it with the cameras of a text.
func spawn(ctx context.Context, avid, dir, text string) (*server, error) {
	s := &server{file: filepath.Join(dir, "cameras.yaml"), lines: make(chan string, 100), head: text}
	if err := s.write(""); err != nil {
		return nil, err
	}
	s.cmd = exec.CommandContext(ctx, avid, "serve", s.file, "--no-browser")
	told, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stdout = s.cmd.Stderr // the same pipe
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.lines)
		for in := bufio.NewScanner(told); in.Scan(); {
			s.lines <- in.Text()
		}
	}()
	return s, nil
}

// startServer is spawn, and waits for the page.
func startServer(ctx context.Context, avid, dir, text string) (*server, error) {
	s, err := spawn(ctx, avid, dir, text)
	if err != nil {
		return nil, err
	}
	if s.page, err = s.waitFor(regexp.MustCompile(`cameras? at (http://\S+),`)); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// drain takes what the server says from now on, which would wait otherwise.
func (s *server) drain() {
	go func() {
		for range s.lines { // it is told of nowhere
		}
	}()
}

// write replaces the file of cameras.
func (s *server) write(more string) error {
	if err := os.WriteFile(s.file+".new", []byte(s.head+more), 0o600); err != nil {
		return err
	}
	return os.Rename(s.file+".new", s.file)
}

// change replaces the file of cameras and has the server read it at once.
func (s *server) change(more string) error {
	if err := s.write(more); err != nil {
		return err
	}
	return s.cmd.Process.Signal(syscall.SIGHUP)
}

// labelled is a line of /metrics that is of a camera or of an address of events, and
// heapLine the one that says what Go's heap had in use when it was collected last.
var (
	labelled = regexp.MustCompile(`(?m)^avid_(\w+)\{(?:stream|address)="([^"]+)"\} (\S+)$`)
	heapLine = regexp.MustCompile(`(?m)^go_gc_heap_live_bytes (\S+)$`)
)

// look measures the server's process.
func (s *server) look() (sample, error) {
	one, err := look(s.cmd.Process.Pid)
	one.heap = s.heap
	return one, err
}

// metrics are the server's numbers, by camera or address and by name. A server that has so
// little of the machine that it does not answer in time is asked again.
func (s *server) metrics() (map[string]map[string]float64, error) {
	var text []byte
	for end := time.Now().Add(hang); ; time.Sleep(poll) {
		reply, err := http.Get(s.page + "metrics")
		if err == nil {
			text, err = io.ReadAll(reply.Body)
			err = errors.Join(err, reply.Body.Close())
		}
		if err == nil {
			break
		}
		if late := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); !late || time.Now().After(end) {
			return nil, err
		}
	}
	all := map[string]map[string]float64{}
	for _, m := range labelled.FindAllSubmatch(text, -1) {
		value, err := strconv.ParseFloat(string(m[3]), 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m[0], err)
		}
		of := string(m[2])
		if all[of] == nil {
			all[of] = map[string]float64{}
		}
		all[of][string(m[1])] = value
	}
	if m := heapLine.FindSubmatch(text); m != nil {
		heap, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m[0], err)
		}
		s.heap = int64(heap)
	}
	return all, nil
}

// poll is how often the server is asked.
const poll = 200 * time.Millisecond

// waitFor waits until the server writes a line that fits, and returns its first group.
func (s *server) waitFor(fits *regexp.Regexp) (string, error) {
	late, last := time.After(hang), ""
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				return "", fmt.Errorf("avid serve has ended, and %q was waited for: %s", fits, last)
			}
			last = line
			if m := fits.FindStringSubmatch(line); m != nil {
				return m[1], nil
			}
		case <-late:
			return "", fmt.Errorf("in vain: %q of avid serve", fits)
		}
	}
}

// stop ends the server as Ctrl-C does.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	for range s.lines { // until it has said all
	}
	return s.cmd.Wait()
}

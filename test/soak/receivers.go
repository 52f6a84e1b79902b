package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"avid/runtime/event"
)

// inbox is what a receiver was told, in order.
type inbox struct {
	mu  sync.Mutex
	all []event.Record
}

func (b *inbox) put(body []byte) error {
	r, err := event.ParseRecord(body)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, r)
	return nil
}

func (b *inbox) records() []event.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.all)
}

// hook is a receiver of webhooks.
type hook struct {
	inbox
	address string
	server  http.Server
	ended   chan error
}

// openHook begins to listen on loopback. Close it.
func openHook() (*hook, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hook{address: "http://" + l.Addr().String() + "/", ended: make(chan error, 1)}
	h.server = http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = h.put(body)
		}
		if err != nil { // of a sender that was killed
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})}
	go func() { h.ended <- h.server.Serve(l) }()
	return h, nil
}

func (h *hook) close() error {
	err := h.server.Close()
	if end := <-h.ended; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

// broker is a mosquitto with a subscriber.
type broker struct {
	inbox
	address string
	stop    context.CancelFunc
	running sync.WaitGroup
}

// openBroker starts mosquitto on a free port, and mosquitto_sub. Close it.
func openBroker(ctx context.Context, dir string) (*broker, error) {
	ctx, stop := context.WithCancel(ctx)
	b := &broker{stop: stop}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		stop()
		return nil, err
	}
	port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	b.address = "mqtt://127.0.0.1:" + port + "/avid"
	settings := filepath.Join(dir, "mosquitto.conf")
	err = errors.Join(l.Close(), os.WriteFile(settings, []byte("listener "+port+" 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"), 0o600))
	if err == nil {
		path, missing := exec.LookPath("mosquitto")
		if missing != nil {
			path = "/usr/sbin/mosquitto" // which is not in the PATH of all users
		}
		err = b.run(exec.CommandContext(ctx, path, "-c", settings))
	}
	for end := time.Now().Add(time.Minute); err == nil; time.Sleep(poll) {
		c, refused := net.Dial("tcp", "127.0.0.1:"+port)
		if refused == nil {
			err = c.Close()
			break
		}
		if time.Now().After(end) {
			err = fmt.Errorf("mosquitto does not answer: %w", refused)
		}
	}
	if err == nil {
		err = b.run(exec.CommandContext(ctx, "mosquitto_sub", "-h", "127.0.0.1", "-p", port, "-V", "5", "-q", "1", "-i", "soak", "-t", "avid/+/event"))
	}
	if err != nil {
		b.close()
		return nil, fmt.Errorf("mosquitto and mosquitto_sub are needed (Debian's mosquitto and mosquitto-clients): %w", err)
	}
	return b, nil
}

// run starts a program, whose lines that are records are taken.
func (b *broker) run(cmd *exec.Cmd) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	b.running.Go(func() {
		in := bufio.NewScanner(out)
		for in.Buffer(nil, 1<<20); in.Scan(); {
			_ = b.put(in.Bytes()) // mosquitto's own lines are none
		}
		_ = cmd.Wait() // it is stopped by a signal
	})
	return nil
}

func (b *broker) close() {
	b.stop()
	b.running.Wait()
}

// toldOf is what each receiver was told, each record once, where it came first.
func toldOf(dir string, h *hook, b *broker) (map[string][]event.Record, error) {
	var lines inbox
	text, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	for line := range bytes.Lines(text) {
		err = errors.Join(err, lines.put(line))
	}
	told := map[string][]event.Record{}
	for name, all := range map[string][]event.Record{"lines": lines.all, "webhook": h.records(), "MQTT": b.records()} {
		seen := map[string]bool{}
		for _, r := range all {
			if key := keyOf(r); !seen[key] {
				seen[key] = true
				told[name] = append(told[name], r)
			}
		}
	}
	return told, err
}

// keyOf tells a record from each other.
func keyOf(r event.Record) string { return fmt.Sprintf("%s %s %.3f", r.ID, r.Type, r.Time) }

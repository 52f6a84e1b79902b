package avidpublish

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"avid/element/avidfilter"
	"avid/element/gstc"
	"avid/runtime/event"
	"avid/runtime/publish"
	"avid/runtime/publish/carriers"
	"avid/runtime/secret"
	"avid/runtime/state"
)

// Errors of a start.
var (
	errNoURL    = errors.New("neither url nor url-file has an address")
	errNoFilter = errors.New("no avidfilter upstream answers")
	errSettings = errors.New("settings do not fit")
)

// publisher is the body of one avidpublish.
type publisher struct {
	el *gstc.Reader

	mu      sync.Mutex // guards what follows; a leaf, held for no call out
	set     settings
	run     *run   // between start and stop, else nil
	reports uint64 // since the start
	errors  uint64 // of them
}

// run is what exists between start and stop.
type run struct {
	send   *publish.Publisher
	origin event.Origin
	end    chan struct{} // closed at the stop
	ended  sync.WaitGroup
	counts Counts

	mu   sync.Mutex              // held while a record is put into the queues, in order
	open map[string]event.Record // the newest of each event that has not ended
}

func newPublisher(el *gstc.Reader) *publisher {
	p := &publisher{el: el}
	for _, row := range table {
		if row.field != nil {
			*row.field(&p.set) = row.Text
		}
	}
	return p
}

// addresses are those of the settings.
func (p *publisher) addresses(s settings) ([]string, error) {
	all := strings.Fields(s.URL)
	if s.URLFile != "" {
		file, err := secret.Read(s.URLFile)
		if err != nil {
			return nil, fmt.Errorf("%w: url-file: %w", errSettings, err)
		}
		if text := file.Warning(); text != "" {
			p.el.PostWarning(upper(text)+".", "")
		}
		all = append(all, carriers.List(file.Text)...)
	}
	if len(all) == 0 {
		return nil, errNoURL
	}
	return all, nil
}

// Start begins to send. It waits for no network.
func (p *publisher) Start() error {
	p.mu.Lock()
	set := p.set
	p.mu.Unlock()
	r, err := p.openRun(set)
	if err != nil {
		return failure(err)
	}
	p.mu.Lock()
	p.run, p.reports, p.errors = r, 0, 0
	p.mu.Unlock()
	r.send.Camera(publish.Camera{Name: set.Camera, Away: true})
	r.ended.Go(func() { p.tellState(r) })
	return nil
}

func (p *publisher) openRun(set settings) (*run, error) {
	if set.Camera == "" {
		return nil, fmt.Errorf("%w: camera is empty", errSettings)
	}
	all, err := p.addresses(set)
	if err != nil {
		return nil, err
	}
	dir := set.QueueDir
	if dir == "" {
		home, err := state.Dir()
		if err != nil {
			return nil, fmt.Errorf("%w: queue-dir is needed: %w", errSettings, err)
		}
		dir = filepath.Join(home, "publish")
	}
	routes, err := carriers.OpenAll(all, publish.Host{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSettings, err)
	}
	send, err := publish.New(publish.DefaultConfig(dir), routes, publish.WithLog(p.tell))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errQueue, err)
	}
	return &run{send: send, origin: event.Origin{Camera: set.Camera, Began: time.Now()}, open: map[string]event.Record{}, end: make(chan struct{})}, nil
}

// tell says what goes wrong, or right again, with a receiver.
func (p *publisher) tell(text string) {
	p.el.PostWarning(upper(text)+".", "")
	p.el.Logf(gstc.LogWarning, "%s", text)
}

// upper is a sentence with its first letter large, unless it begins with an address.
func upper(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if text == "" || strings.Contains(first, ":") {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Report puts a report into the queues, which are on disk when it returns.
func (p *publisher) Report(s *gstc.Structure) {
	p.mu.Lock()
	r := p.run
	p.mu.Unlock()
	if r == nil {
		return
	}
	e, ok, err := avidfilter.RecordOf(r.origin, s)
	if !ok {
		return
	}
	if err == nil {
		err = r.take(e)
	}
	p.mu.Lock()
	p.reports++
	if err != nil {
		p.errors++
	}
	p.mu.Unlock()
	if err != nil {
		p.tell(fmt.Sprintf("an event is not sent: %v", err))
	}
}

// take puts a record into the queues, and keeps what is needed to end the events that are
// open at the stop.
func (r *run) take(e event.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case e.Label != event.Label:
	case e.Type == string(event.End):
		delete(r.open, e.ID)
	default:
		r.open[e.ID] = e
	}
	return r.send.Publish(e)
}

// Stop ends the events that are open, since the filter is upstream and stops later, and
// sends for five seconds at most what can be sent; the rest waits for the next start.
func (p *publisher) Stop() {
	p.mu.Lock()
	r := p.run
	p.run = nil
	p.mu.Unlock()
	if r == nil {
		return
	}
	close(r.end)
	r.ended.Wait()
	if err := r.cut(); err != nil {
		p.tell(fmt.Sprintf("the end of an event is not sent: %v", err))
	}
	r.send.Camera(publish.Camera{Name: r.origin.Camera, Away: true})
	r.send.Finish(p.tell)
}

// cut ends the events that are open.
func (r *run) cut() (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.open {
		err = errors.Join(err, r.send.Publish(e.Cut()))
	}
	return err
}

package avidpublish

import (
	"strings"

	"avid/element/gstc"
	"avid/models/redact"
)

// settings are the writable properties.
type settings struct{ URL, URLFile, Camera, QueueDir string }

// property is a row of the table with the setting that it is of; the one without is
// answered by the element itself.
type property struct {
	gstc.Property
	field func(*settings) *string
}

// table is every property of avidpublish, in the order in which they are read.
var table = []property{
	{gstc.Property{Name: "url", Kind: gstc.String, Ready: true,
		Doc: "Where to send events, as docs/publish.md has it: file:///…, https://…, mqtt://…, nats://…, kafka://…; several with spaces between. It is read back without passwords, but ps shows it on a command line: see url-file"},
		func(s *settings) *string { return &s.URL }},
	{gstc.Property{Name: "url-file", Kind: gstc.String, Ready: true,
		Doc: "File with such addresses, one a line, # begins a comment; besides those of url. Only its owner should be able to read it"},
		func(s *settings) *string { return &s.URLFile }},
	{gstc.Property{Name: "camera", Kind: gstc.String, Text: "camera1", Ready: true,
		Doc: "Name of the camera in what is sent; cameras with the same receiver need different ones"},
		func(s *settings) *string { return &s.Camera }},
	{gstc.Property{Name: "queue-dir", Kind: gstc.String, Ready: true,
		Doc: "Folder in which events wait that cannot be sent yet; empty: avid/publish in the user's folder for state"},
		func(s *settings) *string { return &s.QueueDir }},
	{Property: gstc.Property{Name: "stats", Kind: gstc.Record, ReadOnly: true,
		Doc: "Counts since the stream began: reports that came, errors of taking them, and routes: an array with name (the address without passwords), up, queued, sent, dropped, failed and error of each"}},
}

// properties is the table as gstc takes it.
func properties() []gstc.Property {
	rows := make([]gstc.Property, len(table))
	for i, p := range table {
		rows[i] = p.Property
	}
	return rows
}

// Set stores a property; it counts from the next start on.
func (p *publisher) Set(row int, v gstc.Value) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if field := table[row].field; field != nil {
		*field(&p.set) = strings.TrimSpace(v.Text)
	}
}

// Get reads a property, without secrets.
func (p *publisher) Get(row int) gstc.Value {
	p.mu.Lock()
	set, r, reports, failed := p.set, p.run, p.reports, p.errors
	p.mu.Unlock()
	if field := table[row].field; field != nil {
		return gstc.Value{Text: redact.Text(*field(&set))}
	}
	routes := []gstc.Structure{}
	if r != nil {
		for _, s := range r.send.Status() {
			routes = append(routes, gstc.Structure{Name: "route", Fields: []gstc.Field{
				{Name: "name", Value: s.Name}, {Name: "up", Value: s.Connected}, {Name: "queued", Value: uint64(s.Queued)},
				{Name: "sent", Value: s.Sent}, {Name: "dropped", Value: s.Dropped}, {Name: "failed", Value: s.Failed}, {Name: "error", Value: s.LastError},
			}})
		}
	}
	return gstc.Value{Record: &gstc.Structure{Name: "avidpublish-stats", Fields: []gstc.Field{
		{Name: "reports", Value: reports}, {Name: "errors", Value: failed}, {Name: "routes", Value: routes},
	}}}
}

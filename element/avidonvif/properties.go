package avidonvif

import (
	"strings"

	"avid/element/gstc"
)

// settings are the writable properties.
type settings struct {
	Camera string
	Source source
	Sync   uint // seconds
}

// defaultSettings are those of a new element.
func defaultSettings() settings { return settings{Camera: "camera1", Source: auto, Sync: 10} }

// source is where a frame's clock time comes from, in the order of the table's bits.
type source uint

// The sources.
const (
	auto source = iota
	clock
	clockTime
)

// The rows of the table.
const (
	rowCamera = iota
	rowSource
	rowSync
	rowStats
)

// properties is every property of avidonvif.
func properties() []gstc.Property {
	d := defaultSettings()
	return []gstc.Property{
		rowCamera: {Name: "camera", Kind: gstc.String, Text: d.Camera, Ready: true,
			Doc: "Name of the camera, which events have as their VideoSource; a recorder tells cameras apart by it where it takes several by one stream"},
		rowSource: {Name: "time-source", Kind: gstc.Enum, BitsName: "AvidOnvifTimeSource", Default: float64(d.Source), Ready: true,
			Bits: []gstc.Bit{
				{Value: uint(auto), Nick: "auto", Doc: "What the source says, where a frame has it (GstReferenceTimestampMeta, as of rtspsrc add-reference-timestamp-meta=true), else as clock"},
				{Value: uint(clock), Nick: "clock", Doc: "This machine's clock, less what the frame has waited since it was taken"},
				{Value: uint(clockTime), Nick: "clock-time", Doc: "The pipeline's clock, which is UTC, as a GstNtpClock is"},
			},
			Doc: "Where the UtcTime of a document comes from"},
		rowSync: {Name: "sync-interval", Kind: gstc.Uint, Max: 3600, Default: float64(d.Sync), Unit: "s", Ready: true,
			Doc: "How often the state of each rule (a zone's events, what keeps the stream from being judged) is told again, for who begins to listen later; 0: only at the begin, and where it is asked for as a key frame is"},
		rowStats: {Name: "stats", Kind: gstc.Record, ReadOnly: true,
			Doc: "Counts since the stream began: documents that were made, those of them that nobody took (dropped), begins and ends that were told of (changes), and errors of reading what the filter says"},
	}
}

// counts are those of stats.
type counts struct{ documents, dropped, changes, errors uint64 }

// Set stores a property; it counts from the next start on.
func (b *body) Set(row int, v gstc.Value) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch row {
	case rowCamera:
		b.set.Camera = strings.TrimSpace(v.Text)
	case rowSource:
		b.set.Source = source(v.Uint)
	case rowSync:
		b.set.Sync = v.Uint
	}
}

// Get reads a property.
func (b *body) Get(row int) gstc.Value {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch row {
	case rowCamera:
		return gstc.Value{Text: b.set.Camera}
	case rowSource:
		return gstc.Value{Uint: uint(b.set.Source)}
	case rowSync:
		return gstc.Value{Uint: b.set.Sync}
	}
	c := b.counts
	return gstc.Value{Record: &gstc.Structure{Name: "avidonvif-stats", Fields: []gstc.Field{
		{Name: "documents", Value: c.documents}, {Name: "dropped", Value: c.dropped},
		{Name: "changes", Value: c.changes}, {Name: "errors", Value: c.errors},
	}}}
}

package gstc

/*
#include "query.h"
#include "reader.h"
*/
import "C"

import "unsafe"

// ReaderBody is the behaviour of an element that lets a stream pass as it is, of any
// caps, and reads what avidfilter reports of it. Start and Stop come one at a time, and
// never while the stream runs; Report comes from the stream's thread, or, where no
// frames come, from another one; Set and Get from any thread at any time. An error that
// is a *BusError is posted as such; others as LIBRARY FAILED.
type ReaderBody interface {
	// Start readies the element for the stream.
	Start() error
	// Stop frees what Start made; never before Start.
	Stop()
	// Report hears of an event or of a scene, in the form of the filter's messages.
	Report(*Structure)
	// Set and Get are the property at the given row of the table.
	Set(row int, v Value)
	Get(row int) Value
}

// ReaderClass describes an element that reads reports, as Class does one that works on
// pictures.
type ReaderClass struct {
	TypeName    string // GType, as in "AvidPublish"
	Name        string // as in "avidpublish"
	LongName    string
	Klass       string // as in "Generic/Bin"
	Description string
	Author      string
	Rank        uint
	Properties  []Property
	Side        string // caps of the pad meta, whose New makes a SideBody; "": it has none
	New         func(*Reader) ReaderBody
}

// Reader is the GStreamer side of a ReaderBody. Its verbs may be called from any thread
// between the making of the body and the end of Stop.
type Reader struct{ Element }

// UpstreamStats is the property stats of the first element before this one that has one
// and answers, as avidfilter does; nil where nobody does.
func (r *Reader) UpstreamStats() *Structure {
	pad := (*C.GstBaseTransform)(unsafe.Pointer(r.ptr)).sinkpad
	query := C.avid_ask_stats(pad)
	if query == nil {
		return nil
	}
	defer C.gst_mini_object_unref((*C.GstMiniObject)(unsafe.Pointer(query)))
	return readStructure(C.gst_query_get_structure(query), 0)
}

// RegisterReader registers a ReaderClass as Register does a Class.
func RegisterReader(c *ReaderClass) error { return registerReader(nil, c) }

// RegisterReader does as the function RegisterReader, as a feature of the plugin.
func (p Plugin) RegisterReader(c *ReaderClass) error { return registerReader(p.ptr, c) }

func registerReader(plugin *C.GstPlugin, c *ReaderClass) error {
	described := &Class{TypeName: c.TypeName, Name: c.Name, LongName: c.LongName, Klass: c.Klass,
		Description: c.Description, Author: c.Author, Rank: c.Rank, Caps: "ANY", Properties: c.Properties}
	spec := specOf(described)
	spec.index = C.guint(indexOf(&readerClasses, c))
	if c.Side != "" {
		spec.side_caps = cString(c.Side)
	}
	return feature(plugin, described, C.avid_reader_register(spec))
}

// readerClassAt is the class of an AvidSpec.index.
func readerClassAt(index int) *ReaderClass {
	classesMu.Lock()
	defer classesMu.Unlock()
	return readerClasses[index]
}

//export avidGoReaderNew
func avidGoReaderNew(index C.guint, el *C.GstElement) (h C.guintptr) {
	defer guard(el, "making the element", nil)
	class := readerClassAt(int(index))
	i := &instance{properties: class.Properties, element: Element{el}, reader: Reader{Element{el}}}
	i.listener = class.New(&i.reader)
	i.common = i.listener
	i.side, _ = i.listener.(SideBody)
	return C.guintptr(instances.add(i))
}

//export avidGoReaderReport
func avidGoReaderReport(h C.guintptr, el *C.GstElement, report *C.GstStructure) {
	defer guard(el, "a report", nil)
	if i := instances.get(uintptr(h)); i != nil {
		i.listener.Report(readStructure(report, 0))
	}
}

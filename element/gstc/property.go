package gstc

/*
#include "gstc.h"
#include <stdlib.h>
*/
import "C"

import "unsafe"

// Kind is the type of a property.
type Kind int

// The kinds, in the order of AvidKind in gstc.h.
const (
	Bool Kind = iota
	Uint
	Double
	String
	Flags
	Record // a read-only GstStructure
	Enum
)

// Bit is one named value of a Flags or Enum property.
type Bit struct {
	Value     uint
	Nick, Doc string
}

// Property is one row of an element's table: what gst-inspect shows.
type Property struct {
	Name string
	Kind Kind
	// Min and Max bound Uint and Double, both included.
	Min, Max float64
	Default  float64 // Bool (0, 1), Uint, Double, Flags and Enum
	Text     string  // default of a String; "" is NULL
	Unit     string  // shown in brackets behind Doc
	Doc      string  // one sentence, without a final stop
	Bits     []Bit   // values of Flags and Enum
	BitsName string  // GType name of Flags and Enum
	ReadOnly bool
	// WriteOnly hides a secret.
	WriteOnly bool
	// Ready is set when a change while playing takes effect only with the next
	// way from READY to PAUSED.
	Ready bool
	// Start is set when a change takes effect only with the next way from NULL
	// to READY. GStreamer has no flag for that: Blurb says it.
	Start bool
	// Controllable properties can be bound to a GstControlSource.
	Controllable bool
}

// Blurb is the text that gst-inspect shows.
func (p Property) Blurb() string {
	text := p.Doc
	if p.Start {
		text += "; read on the way to READY"
	}
	if p.Unit != "" {
		text += " [" + p.Unit + "]"
	}
	return text
}

// Value is a property's value; the field that the Kind names is set.
type Value struct {
	Bool   bool
	Uint   uint // Uint, Flags and Enum
	Double float64
	Text   string // "" is NULL
	Record *Structure
}

// DefaultValue is the row's default as a Value.
func (p Property) DefaultValue() Value {
	return Value{Bool: p.Default != 0, Uint: uint(max(p.Default, 0)), Double: p.Default, Text: p.Text}
}

// fill writes the row into its C form. The strings are never freed, since the
// type is never unregistered.
func (p Property) fill(c *C.AvidProperty) {
	c.name = cString(p.Name)
	c.nick = cString(p.Name)
	c.blurb = cString(p.Blurb())
	c.kind = C.AvidKind(p.Kind)
	c.min, c.max, c.def = C.double(p.Min), C.double(p.Max), C.double(p.Default)
	if p.Text != "" {
		c.text_def = cString(p.Text)
	}
	flags := C.guint(C.G_PARAM_STATIC_NAME | C.G_PARAM_STATIC_NICK | C.G_PARAM_STATIC_BLURB)
	if !p.WriteOnly {
		flags |= C.G_PARAM_READABLE
	}
	switch {
	case p.ReadOnly:
	case p.Start:
		flags |= C.G_PARAM_WRITABLE
	case p.Ready:
		flags |= C.G_PARAM_WRITABLE | C.GST_PARAM_MUTABLE_READY
	default:
		flags |= C.G_PARAM_WRITABLE | C.GST_PARAM_MUTABLE_PLAYING
	}
	if p.Controllable {
		flags |= C.GST_PARAM_CONTROLLABLE
	}
	c.flags = flags
	switch p.Kind {
	case Flags:
		p.fillFlags(c)
	case Enum:
		p.fillEnum(c)
	}
}

// fillFlags writes the named values of Flags.
func (p Property) fillFlags(c *C.AvidProperty) {
	c.bits_name = cString(p.BitsName)
	size := C.size_t(len(p.Bits)+1) * C.size_t(unsafe.Sizeof(C.GFlagsValue{}))
	c.bits = (*C.GFlagsValue)(C.calloc(1, size))
	rows := unsafe.Slice(c.bits, len(p.Bits))
	for i, b := range p.Bits {
		rows[i].value = C.guint(b.Value)
		rows[i].value_name = (*C.gchar)(cString(b.Doc))
		rows[i].value_nick = (*C.gchar)(cString(b.Nick))
	}
}

// fillEnum writes the named values of an Enum.
func (p Property) fillEnum(c *C.AvidProperty) {
	c.bits_name = cString(p.BitsName)
	size := C.size_t(len(p.Bits)+1) * C.size_t(unsafe.Sizeof(C.GEnumValue{}))
	c.values = (*C.GEnumValue)(C.calloc(1, size))
	rows := unsafe.Slice(c.values, len(p.Bits))
	for i, b := range p.Bits {
		rows[i].value = C.gint(b.Value)
		rows[i].value_name = (*C.gchar)(cString(b.Doc))
		rows[i].value_nick = (*C.gchar)(cString(b.Nick))
	}
}

// load reads a GValue of the row's kind.
func (p Property) load(v *C.GValue) Value {
	switch p.Kind {
	case Bool:
		return Value{Bool: goBool(C.g_value_get_boolean(v))}
	case Uint:
		return Value{Uint: uint(C.g_value_get_uint(v))}
	case Double:
		return Value{Double: float64(C.g_value_get_double(v))}
	case Flags:
		return Value{Uint: uint(C.g_value_get_flags(v))}
	case Enum:
		return Value{Uint: uint(C.g_value_get_enum(v))}
	case String:
		return Value{Text: C.GoString((*C.char)(C.g_value_get_string(v)))}
	default:
		return Value{}
	}
}

// store writes a Value into a GValue of the row's kind.
func (p Property) store(v *C.GValue, value Value) {
	switch p.Kind {
	case Bool:
		C.g_value_set_boolean(v, cBool(value.Bool))
	case Uint:
		C.g_value_set_uint(v, C.guint(value.Uint))
	case Double:
		C.g_value_set_double(v, C.gdouble(value.Double))
	case Flags:
		C.g_value_set_flags(v, C.guint(value.Uint))
	case Enum:
		C.g_value_set_enum(v, C.gint(value.Uint))
	case String:
		if value.Text != "" {
			withString(value.Text, func(s *C.char) { C.g_value_set_string(v, (*C.gchar)(s)) })
		}
	case Record:
		if value.Record != nil {
			C.g_value_take_boxed(v, C.gconstpointer(unsafe.Pointer(value.Record.native())))
		}
	}
}

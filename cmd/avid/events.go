//go:build !nogst

package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"avid/runtime/event"
	"avid/runtime/mask"
)

// errStructure says that a bus message is not what avidfilter writes.
var errStructure = errors.New("message of the filter is not understood")

// irregularity is the name of avidfilter's bus messages.
const irregularity = "avid-irregularity"

// parseEvent reads the text of a bus message of avidfilter, in GStreamer's
// structure notation; false when it is another message.
func parseEvent(text string) (event.Event, bool, error) {
	name, _, _ := strings.Cut(text, ",")
	if strings.TrimSpace(strings.TrimSuffix(name, ";")) != irregularity {
		return event.Event{}, false, nil
	}
	fields, err := parseStructure(text)
	if err != nil {
		return event.Event{}, true, err
	}
	r := fieldReader{fields: fields}
	e := event.Event{
		Kind: event.Kind(r.text(event.FieldKind)), ID: uint64(r.number(event.FieldID)),
		Start: r.time(event.FieldStart), Time: r.time(event.FieldTime), Duration: r.time(event.FieldDuration),
		Score: float32(r.number(event.FieldScore)), Peak: float32(r.number(event.FieldPeak)),
	}
	boxes, _ := fields[event.FieldBoxes].([]any)
	for _, b := range boxes {
		inner, ok := b.(map[string]any)
		if !ok {
			return e, true, fmt.Errorf("%w: a box is %T", errStructure, b)
		}
		r := fieldReader{fields: inner}
		e.Boxes = append(e.Boxes, mask.Box{X: int(r.number("x")), Y: int(r.number("y")), W: int(r.number("w")), H: int(r.number("h")),
			Area: int(r.number("area")), Score: float32(r.number("score"))})
		if r.err != nil {
			return e, true, r.err
		}
	}
	return e, true, r.err
}

// fieldReader takes typed fields and keeps the first error.
type fieldReader struct {
	fields map[string]any
	err    error
}

func (r *fieldReader) text(name string) string {
	s, ok := r.fields[name].(string)
	if !ok {
		r.fail(name)
	}
	return s
}

func (r *fieldReader) number(name string) float64 {
	s := r.text(name)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		r.fail(name)
		return math.NaN()
	}
	return v
}

// time reads nanoseconds.
func (r *fieldReader) time(name string) time.Duration {
	s := r.text(name)
	v, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		r.fail(name)
	}
	return time.Duration(v)
}

func (r *fieldReader) fail(name string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: field %s is %q", errStructure, name, r.fields[name])
	}
}

// parseStructure reads "name, field=(type)value, …;". Values are string,
// []any for arrays and map[string]any for structures within.
func parseStructure(text string) (map[string]any, error) {
	p := structureParser{rest: text}
	fields, err := p.structure(0)
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("%w: %.20q after its end", errStructure, p.rest)
	}
	return fields, err
}

// maxNesting bounds the recursion of structureParser.
const maxNesting = 8

type structureParser struct{ rest string }

// structure reads a structure up to its ";", "]" or the end.
func (p *structureParser) structure(depth int) (map[string]any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("%w: nested too deep", errStructure)
	}
	p.word(",;]")
	fields := map[string]any{}
	for p.take(',') {
		name := p.word("=,;]")
		if !p.take('=') {
			return nil, fmt.Errorf("%w: no = after %q", errStructure, name)
		}
		value, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		fields[name] = value
	}
	p.take(';')
	return fields, nil
}

// value reads "(type)value".
func (p *structureParser) value(depth int) (any, error) {
	kind := ""
	if p.take('(') {
		kind = p.word(")")
		if !p.take(')') {
			return nil, fmt.Errorf("%w: type without end", errStructure)
		}
	}
	return p.bare(kind, depth)
}

func (p *structureParser) bare(kind string, depth int) (any, error) {
	switch {
	case p.take('<'):
		return p.array(kind, depth)
	case p.take('['):
		s, err := p.structure(depth + 1)
		if err == nil && !p.take(']') {
			err = fmt.Errorf("%w: structure without end", errStructure)
		}
		return s, err
	case p.take('"'):
		text, err := p.quoted()
		if err == nil && (strings.EqualFold(kind, "structure") || kind == "GstStructure") {
			inner := structureParser{rest: text}
			return inner.structure(depth + 1)
		}
		return text, err
	}
	return p.word(",;]>"), nil
}

func (p *structureParser) array(kind string, depth int) (any, error) {
	list := []any{}
	for !p.take('>') {
		if len(list) > 0 && !p.take(',') {
			return nil, fmt.Errorf("%w: array without end", errStructure)
		}
		v, err := p.bare(kind, depth)
		if err != nil {
			return nil, err
		}
		if v == "" {
			return nil, fmt.Errorf("%w: empty array element", errStructure)
		}
		list = append(list, v)
	}
	return list, nil
}

// quoted reads to the closing quote; a backslash takes the next byte as is.
func (p *structureParser) quoted() (string, error) {
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case '\\':
			i++
			if i < len(p.rest) {
				b.WriteByte(p.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("%w: text without end", errStructure)
}

// word reads up to one of the stops.
func (p *structureParser) word(stops string) string {
	n := strings.IndexAny(p.rest, stops)
	if n < 0 {
		n = len(p.rest)
	}
	w := strings.TrimSpace(p.rest[:n])
	p.rest = p.rest[n:]
	return w
}

// take skips blanks and then c, if it comes.
func (p *structureParser) take(c byte) bool {
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

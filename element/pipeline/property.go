package pipeline

import (
	"fmt"
	"runtime"

	"github.com/go-gst/go-glib/pkg/gobject/v2"
	"github.com/go-gst/go-gst/pkg/gst"

	"avid/element/gstc"
)

// element gives an element by name; release it.
func (p *Pipeline) element(name string) (gst.Element, error) {
	top := p.borrow()
	if top == nil {
		return nil, ErrClosed
	}
	el := top.GetByName(name)
	if el == nil {
		return nil, fmt.Errorf("%w: %s", ErrElement, name)
	}
	return el, nil
}

// Set sets a property of a named element, written as for gst-launch.
func (p *Pipeline) Set(element, property, value string) error {
	el, err := p.element(element)
	if err != nil {
		return err
	}
	defer release(el)
	if !SetText(el, property, value) {
		return fmt.Errorf("%w: %s of %s", ErrProperty, property, element)
	}
	return nil
}

// Get reads a property of a named element, written as for gst-launch.
func (p *Pipeline) Get(element, property string) (string, error) {
	el, err := p.element(element)
	if err != nil {
		return "", err
	}
	defer release(el)
	text, ok := Text(el, property)
	if !ok {
		return "", fmt.Errorf("%w: %s of %s", ErrProperty, property, element)
	}
	return text, nil
}

// Structure reads a property of a named element that is a structure.
func (p *Pipeline) Structure(element, property string) (*gstc.Structure, error) {
	el, err := p.element(element)
	if err != nil {
		return nil, err
	}
	defer release(el)
	defer runtime.KeepAlive(el)
	s := gstc.PropertyStructure(gst.UnsafeElementToGlibNone(el), property)
	if s == nil {
		return nil, fmt.Errorf("%w: %s of %s", ErrProperty, property, element)
	}
	return s, nil
}

// SetText sets a property of an element, which it borrows, written as for
// gst-launch; false when there is none.
func SetText(el gst.Element, property, value string) bool {
	typed, ok := el.(interface {
		PropertyType(name string) gobject.Type
	})
	if !ok || typed.PropertyType(property) == gobject.TypeInvalid {
		return false
	}
	gst.UtilSetObjectArg(el, property, value)
	return true
}

// Text reads a property of an element, which it borrows, as gst-launch would
// write it; false when there is none.
func Text(el gst.Element, property string) (string, bool) {
	defer runtime.KeepAlive(el)
	return gstc.PropertyText(gst.UnsafeElementToGlibNone(el), property)
}

// SourcePads is how many source pads the element has: an element that reads a
// file has one only once it has found something in it.
func (p *Pipeline) SourcePads(element string) (int, error) {
	el, err := p.element(element)
	if err != nil {
		return 0, err
	}
	defer release(el)
	defer runtime.KeepAlive(el)
	return gstc.SourcePads(gst.UnsafeElementToGlibNone(el)), nil
}

// GaveUp tells whether something in a named bin was reading a file, has stopped and
// gives nothing: a demuxer that could make nothing of it, and whose error may be
// lost. It may say so for a moment of one that is just being started.
func (p *Pipeline) GaveUp(bin string) (bool, error) {
	el, err := p.element(bin)
	if err != nil {
		return false, err
	}
	defer release(el)
	defer runtime.KeepAlive(el)
	return gstc.GaveUp(gst.UnsafeElementToGlibNone(el)), nil
}

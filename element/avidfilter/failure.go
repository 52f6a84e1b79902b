package avidfilter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"avid/element/gstc"
	"avid/models/bundle"
	"avid/models/luma"
	"avid/models/onnx"
	"avid/runtime/analyze"
	"avid/runtime/engine"
	"avid/runtime/verdict"
)

// errNoModel says that the property model is not set.
var errNoModel = errors.New("property model is not set")

// failures maps each error to its GStreamer message; the first that matches
// counts. %s is the model's path or the device, where the text has one.
var failures = []struct {
	is   error
	code gstc.Code
	text string
	what func(settings) string
}{
	{errNoModel, gstc.ResourceNotFound,
		"No model: set the property model to the bundle of this camera, as made by \"avid train\".", nil},
	{errSettings, gstc.LibrarySettings, "The settings do not fit each other or the bundle.", nil},
	{fs.ErrNotExist, gstc.ResourceNotFound, "There is no bundle at \"%s\".", modelOf},
	{bundle.ErrNewerFormat, gstc.ResourceOpenRead,
		"The bundle \"%s\" was written by a newer avid; update avid or train it again.", modelOf},
	{bundle.ErrTruncated, gstc.ResourceOpenRead,
		"The bundle \"%s\" is cut off; copy it again.", modelOf},
	{bundle.ErrCorrupt, gstc.ResourceOpenRead,
		"The bundle \"%s\" is damaged; copy it again.", modelOf},
	{bundle.ErrNotBundle, gstc.ResourceOpenRead,
		"\"%s\" is not an avid bundle; such a file is made by \"avid train\".", modelOf},
	{bundle.ErrTooLarge, gstc.ResourceOpenRead,
		"The bundle \"%s\" is larger than any bundle may be.", modelOf},
	{bundle.ErrManifest, gstc.ResourceOpenRead,
		"The bundle \"%s\" has an invalid manifest; copy it again, or take it from who made it.", modelOf},
	{bundle.ErrUntrusted, gstc.ResourceOpenRead,
		"The bundle \"%s\" is not as one of the trusted-keys has signed it; have it signed (\"avid sign\"), or take it from who made it.", modelOf},
	{onnx.ErrRefused, gstc.ResourceOpenRead,
		"The networks in the bundle \"%s\" are refused, as avid writes none like them; take the bundle from who made it.", modelOf},
	{engine.ErrPatience, gstc.LibraryInit, "Opening the bundle on the device \"%s\" takes too long, and was given up; \"avid doctor\" says what the device is.", deviceOf},
	{engine.ErrLibrary, gstc.LibraryInit,
		"ONNX Runtime cannot be loaded; \"avid doctor\" says what is missing.", nil},
	{engine.ErrMemory, gstc.LibraryInit, "The device \"%s\" has too little free memory for this bundle.", deviceOf},
	{engine.ErrDevice, gstc.LibraryInit,
		"The device \"%s\" is not available; \"avid doctor\" says what is, device=auto takes it.", deviceOf},
	{gstc.ErrMap, gstc.StreamFormat, "A buffer does not hold the picture that its caps describe.", nil},
	{errFields, gstc.CoreNegotiation,
		"Interlaced video whose fields lie apart cannot be worked on; put \"deinterlace\" before avidfilter.", nil},
	{luma.ErrFormat, gstc.CoreNegotiation, "This video format or size cannot be worked on.", nil},
	{luma.ErrBuffer, gstc.StreamFormat, "A buffer is smaller than the picture that its caps describe.", nil},
	{analyze.ErrWarmUp, gstc.ResourceOpenRead, "The networks in the bundle \"%s\" do not run.", modelOf},
	{verdict.ErrNotFinite, gstc.StreamFailed, "The networks gave a score that is not a number; train the bundle again.", nil},
	{engine.ErrModel, gstc.StreamFailed, "Inference failed.", nil},
}

func modelOf(s settings) string  { return s.Model }
func deviceOf(s settings) string { return s.Device }

// failure gives the message for an error. Errors that the table does not know
// come from reading the bundle's file (RESOURCE OPEN_READ) when errOpen is
// among them; the rest is LIBRARY FAILED.
func failure(err error, s settings) error {
	var known *gstc.BusError
	if err == nil || errors.As(err, &known) || errors.Is(err, gstc.ErrFlushing) {
		return err
	}
	if !errors.Is(err, engine.ErrPatience) && (errors.Is(err, engine.ErrInterrupted) || errors.Is(err, context.Canceled)) {
		return gstc.ErrFlushing
	}
	for _, f := range failures {
		if !errors.Is(err, f.is) {
			continue
		}
		text := f.text
		// Which setting it is, is what the user can mend.
		if _, cause, ok := strings.Cut(err.Error(), errSettings.Error()+": "); ok && errors.Is(f.is, errSettings) {
			text = "The settings do not fit: " + cause + "."
		}
		if f.what != nil {
			text = fmt.Sprintf(text, f.what(s))
		}
		// So is what the device lacks.
		if errors.Is(f.is, engine.ErrDevice) || errors.Is(f.is, engine.ErrMemory) {
			text += " Why: " + engine.Reason(err) + "."
		}
		return gstc.Fail(f.code, text, err)
	}
	if errors.Is(err, errOpen) {
		return gstc.Fail(gstc.ResourceOpenRead, fmt.Sprintf("The bundle \"%s\" cannot be read.", s.Model), err)
	}
	return gstc.Fail(gstc.LibraryFailed, "The filter failed.", err)
}

package avidwebrtcsink

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"avid/element/gstc"
	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// failures maps each error to its GStreamer message; the first that matches
// counts. A text that ends with ": " is followed by what the error says behind
// the sentinel: which setting it is, is what the user can mend.
var failures = []struct {
	is   error
	code gstc.Code
	text string
}{
	{errSettings, gstc.LibrarySettings, "The settings do not fit: "},
	{errDisagree, gstc.LibrarySettings, "Sinks that listen on the same address need the same settings, and another one differs in "},
	{errTaken, gstc.LibrarySettings, "Another sink has this path on this address; set path= to another name than "},
	{preview.ErrConfig, gstc.LibrarySettings, "The settings do not fit: "},
	{fanout.ErrConfig, gstc.LibrarySettings, "The settings do not fit: "},
	{fanout.ErrPath, gstc.LibrarySettings, "The property path does not fit: "},
	{syscall.EADDRINUSE, gstc.ResourceBusy, "The address is in use by another program; set listen= to another port: "},
	{preview.ErrListen, gstc.ResourceOpenReadWrite, "The address cannot be listened on: "},
	{errNoEncoder, gstc.CoreMissingPlugin, "There is no encoder: "},
	{errRefused, gstc.CoreNegotiation, "No encoder takes this video: "},
	{errChain, gstc.CoreMissingPlugin, "This video cannot be passed on: "},
	{errMedia, gstc.CoreNegotiation, "The stream cannot be shown: "},
	{errNoCaps, gstc.CoreNegotiation, "The stream does not say what it is; put a parser or a decoder before the sink."},
}

// failure gives the message for an error.
func failure(err error) error {
	var known *gstc.BusError
	if err == nil || errors.As(err, &known) || errors.Is(err, gstc.ErrFlushing) {
		return err
	}
	for _, f := range failures {
		if !errors.Is(err, f.is) {
			continue
		}
		text := f.text
		if strings.HasSuffix(text, " ") {
			text += reason(err, f.is) + "."
		}
		return gstc.Fail(f.code, text, err)
	}
	return gstc.Fail(gstc.LibraryFailed, "The sink failed.", err)
}

// reason is what an error says behind the sentinel.
func reason(err, sentinel error) string {
	if errors.Is(sentinel, syscall.EADDRINUSE) {
		sentinel = preview.ErrListen
	}
	whole := err.Error()
	if _, cause, ok := strings.Cut(whole, sentinel.Error()+": "); ok {
		return cause
	}
	return whole
}

// errMedia says that a stream changes into another kind, which a stream that
// viewers follow cannot.
var errMedia = errors.New("another kind of video in the middle of the stream")

// errNoCaps says that data came without caps.
var errNoCaps = errors.New("no caps")

// otherKind is the errMedia of a stream.
func otherKind(from, to string) error {
	return fmt.Errorf("%w: %s after %s", errMedia, to, from)
}

package avidpublish

import (
	"errors"
	"strings"

	"avid/element/gstc"
)

// errQueue says that the queues cannot be opened.
var errQueue = errors.New("queues cannot be opened")

// failures maps each error to its GStreamer message; the first that matches counts. A
// text that ends with ": " is followed by what the error says behind the sentinel.
var failures = []struct {
	is   error
	code gstc.Code
	text string
}{
	{errNoURL, gstc.LibrarySettings, "Nowhere to send to: set the property url (docs/publish.md has the addresses), or url-file."},
	{errSettings, gstc.LibrarySettings, "The settings do not fit: "},
	{errQueue, gstc.ResourceOpenReadWrite, "The folder in which events wait cannot be used; set queue-dir= to another one: "},
}

// failure gives the message for an error.
func failure(err error) error {
	for _, f := range failures {
		if !errors.Is(err, f.is) {
			continue
		}
		text := f.text
		if strings.HasSuffix(text, " ") {
			_, cause, _ := strings.Cut(err.Error(), f.is.Error()+": ")
			text += cause + "."
		}
		return gstc.Fail(f.code, text, err)
	}
	return gstc.Fail(gstc.LibraryFailed, "The publisher failed.", err)
}

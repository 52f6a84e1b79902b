package preview

import (
	"fmt"
	"net/http"
	"time"
)

// statusError is an endpoint's answer other than 201 Created.
type statusError struct {
	Status int
	After  time.Duration // that it asked to wait, 0: it did not
}

// Error has the status in words.
func (e *statusError) Error() string {
	return fmt.Sprintf("the endpoint says %d %s", e.Status, http.StatusText(e.Status))
}

// final says whether asking again soon is of no use.
func (e *statusError) final() bool {
	return e.Status/100 == 4 && e.Status != http.StatusRequestTimeout && e.Status != http.StatusTooManyRequests
}

// offer says whether what was offered may be at fault.
func (e *statusError) offer() bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusNotImplemented:
		return true
	}
	return false
}

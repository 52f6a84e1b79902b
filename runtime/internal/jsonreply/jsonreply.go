// Package jsonreply answers requests of HTTP with JSON.
package jsonreply

import (
	"encoding/json"
	"net/http"
)

// Send answers with a status and a value as JSON, on a line of its own. A value that cannot be
// written so is answered with 500, which is a fault of the caller.
func Send(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"cannot write JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client has gone away
}

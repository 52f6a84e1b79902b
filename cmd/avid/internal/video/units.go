//go:build !nogst

package video

import (
	"avid/element/pipeline"
	"avid/runtime/record"
)

// codecs are those that are recorded as they come, by their caps' names.
var codecs = map[string]record.Codec{"video/x-h264": record.H264, "video/x-h265": record.H265}

// RecordUnit is an encoded frame for a Recorder; false where it is of another codec, or
// has no time.
func RecordUnit(u pipeline.Unit) (record.Unit, bool) {
	codec, ok := codecs[u.Media]
	if !ok || u.PTS < 0 {
		return record.Unit{}, false
	}
	unit := record.Unit{Codec: codec, Data: u.Data, Length: u.Form != "byte-stream", PTS: u.PTS, Wall: u.Wall}
	if len(u.Config) > 0 {
		// What cannot be read is in the stream too, or the recorder waits for it.
		unit.Params, _ = record.Params(codec, u.Config)
	}
	return unit, true
}

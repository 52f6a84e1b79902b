package record

import (
	"encoding/binary"
	"fmt"
)

// Params are the parameter sets, as NAL units, in a decoder configuration record: what
// GStreamer calls codec_data and an MP4 has as avcC (ISO/IEC 14496-15 section 5.3.3.1) or
// hvcC (section 8.3.3.1). They lie in config. The error wraps ErrFormat.
func Params(codec Codec, config []byte) (all [][]byte, err error) {
	r := reader{config}
	if codec == H264 {
		r.skip(5)
		for range 2 { // sequence parameter sets, then those of pictures
			n := r.byte()
			if len(all) == 0 {
				n &= 0x1F
			}
			for range n {
				all = append(all, r.unit())
			}
		}
	} else {
		r.skip(22)
		for range r.byte() {
			r.skip(1) // their type, which each says itself
			for range r.short() {
				all = append(all, r.unit())
			}
		}
	}
	if r.left == nil {
		return nil, fmt.Errorf("%w: its decoder configuration of %d bytes is cut", ErrFormat, len(config))
	}
	return all, nil
}

// reader takes bytes off; left is nil once there were too few.
type reader struct{ left []byte }

func (r *reader) skip(n int) []byte {
	if r.left == nil || n > len(r.left) {
		r.left = nil
		return nil
	}
	b := r.left[:n:n]
	r.left = r.left[n:]
	return b
}

func (r *reader) byte() int {
	if b := r.skip(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (r *reader) short() int {
	if b := r.skip(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

// unit is bytes after their number.
func (r *reader) unit() []byte { return r.skip(r.short()) }

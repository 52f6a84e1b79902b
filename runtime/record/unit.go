package record

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4"
)

// Codec is how a stream is encoded.
type Codec string

// The codecs that are recorded as they are.
const (
	H264 Codec = "h264"
	H265 Codec = "h265"
)

// Unit is an access unit: one encoded frame.
type Unit struct {
	Codec Codec
	// Params are the parameter sets that the stream's description has, as NAL units;
	// those within Data are newer.
	Params [][]byte
	// Data is NAL units in Annex B's form (after start codes), or each after its length
	// in four bytes.
	Data   []byte
	Length bool          // Data has lengths in place of start codes
	PTS    time.Duration // of any begin
	Wall   time.Time     // clock time at which the camera took it

	last bool // it is no unit: those after it do not follow those before
}

// split returns the NAL units of data, which they lie in.
func (u Unit) split() ([][]byte, error) {
	if u.Length {
		var au h264.AVCC
		err := au.Unmarshal(u.Data)
		return au, err
	}
	var au h264.AnnexB
	err := au.Unmarshal(u.Data)
	return au, err
}

// coding is what a stream's units have in common.
type coding struct {
	codec         Codec
	vps, sps, pps []byte
}

// take takes over parameter sets, and tells whether any is another one now. Of several
// of a kind it is the first; the others are left to the stream, which has them too.
func (c *coding) take(codec Codec, nals [][]byte) (changed bool) {
	if codec != c.codec {
		*c, changed = coding{codec: codec}, true
	}
	var seen [3]bool
	for _, nal := range nals {
		to := c.place(nal)
		at := slices.Index([]*[]byte{&c.vps, &c.sps, &c.pps}, to)
		if at < 0 || seen[at] {
			continue
		}
		if seen[at] = true; !bytes.Equal(*to, nal) {
			*to, changed = bytes.Clone(nal), true
		}
	}
	return changed
}

// place is where a parameter set is kept; nil for other NAL units.
func (c *coding) place(nal []byte) *[]byte {
	if len(nal) == 0 {
		return nil
	}
	if c.codec == H264 {
		switch h264.NALUType(nal[0] & 0x1F) {
		case h264.NALUTypeSPS:
			return &c.sps
		case h264.NALUTypePPS:
			return &c.pps
		}
		return nil
	}
	switch h265.NALUType(nal[0] >> 1 & 0x3F) {
	case h265.NALUType_VPS_NUT:
		return &c.vps
	case h265.NALUType_SPS_NUT:
		return &c.sps
	case h265.NALUType_PPS_NUT:
		return &c.pps
	}
	return nil
}

// complete says that all parameter sets are there.
func (c *coding) complete() bool {
	return len(c.sps) > 0 && len(c.pps) > 0 && (c.codec == H264 || len(c.vps) > 0)
}

// key says that a unit can be decoded by itself.
func (c *coding) key(nals [][]byte) bool {
	if c.codec == H264 {
		return h264.IsRandomAccess(nals)
	}
	return h265.IsRandomAccess(nals)
}

// clockRate is the number of ticks a second in files: that of RTP's video, so that
// times of cameras stay what they are.
const clockRate = 90000

// header is the beginning of a file: what a player needs before the first fragment.
func (c *coding) header() *fmp4.Init {
	var codec mp4.Codec = &mp4.CodecH264{SPS: c.sps, PPS: c.pps}
	if c.codec == H265 {
		codec = &mp4.CodecH265{VPS: c.vps, SPS: c.sps, PPS: c.pps}
	}
	return &fmp4.Init{Tracks: []*fmp4.InitTrack{{ID: 1, TimeScale: clockRate, Codec: codec}}}
}

// order finds decoding times, which cameras leave out, in presentation times.
type order interface {
	Extract(au [][]byte, pts int64) (int64, error)
}

// newOrder is for a stream that begins.
func (c *coding) newOrder() order {
	if c.codec == H264 {
		d := new(h264.DTSExtractor)
		d.Initialize()
		return d
	}
	d := new(h265.DTSExtractor)
	d.Initialize()
	return d
}

// check refuses codecs that are not recorded.
func (u Unit) check() error {
	if u.Codec != H264 && u.Codec != H265 {
		return fmt.Errorf("%w: its codec is %q; want %s or %s", ErrFormat, u.Codec, H264, H265)
	}
	return nil
}

// ticks is a duration in ticks of the files.
func ticks(d time.Duration) int64 {
	return int64(d/time.Second)*clockRate + int64(d%time.Second)*clockRate/int64(time.Second)
}

// duration is ticks as a duration.
func duration(t int64) time.Duration {
	return time.Duration(t/clockRate)*time.Second + time.Duration(t%clockRate)*time.Second/clockRate
}

package fanout

import (
	"bytes"
	"iter"
	"slices"
)

// parameterSets remembers the parameter sets of an H.264 or H.265 stream, and
// puts them before each key frame that comes without: encoders that write
// them once only would leave later viewers without a picture.
type parameterSets struct {
	h265 bool
	last [][]byte // NAL units with their start codes, in their order
}

// The bound is against streams that never stop changing them; H.264 has at
// most 32 + 256, and nobody uses more than a few.
const maxParameterSets = 32

var startCode = []byte{0, 0, 0, 1}

// complete returns the access unit as it is, or a longer copy of it, and
// whether there is a picture in it at all.
func (p *parameterSets) complete(unit []byte, key bool) ([]byte, bool) {
	var sets [][]byte
	picture, first := false, false
	for nal := range nalUnits(unit) {
		switch kind := p.kind(nal); {
		case p.isPicture(kind):
			picture = true
			key = key || !p.h265 && kind == 5
		case p.isSet(kind):
			first = first || p.isFirst(kind)
			sets = append(sets, slices.Concat(startCode, nal))
		}
	}
	known := p.last
	switch {
	case first:
		p.last = sets[:min(len(sets), maxParameterSets)]
		return unit, picture
	case len(sets) > 0:
		p.add(sets)
	}
	if picture && key && len(known) > 0 {
		return slices.Concat(slices.Concat(known...), unit), true
	}
	return unit, picture
}

// add takes sets that came without the first kind, as a PPS sent again.
func (p *parameterSets) add(sets [][]byte) {
	for _, set := range sets {
		same := func(b []byte) bool { return bytes.Equal(b, set) }
		if len(p.last) < maxParameterSets && !slices.ContainsFunc(p.last, same) {
			p.last = append(slices.Clip(p.last), set)
		}
	}
}

// kind is nal_unit_type (H.264 table 7-1, H.265 table 7-1).
func (p *parameterSets) kind(nal []byte) byte {
	if p.h265 {
		return nal[0] >> 1 & 63
	}
	return nal[0] & 31
}

func (p *parameterSets) isPicture(kind byte) bool {
	if p.h265 {
		return kind < 32
	}
	return kind >= 1 && kind <= 5
}

// isSet: VPS, SPS, PPS, and H.264's SPS extensions.
func (p *parameterSets) isSet(kind byte) bool {
	if p.h265 {
		return kind >= 32 && kind <= 34
	}
	return kind == 7 || kind == 8 || kind == 13 || kind == 15
}

// isFirst says whether with this set all of them come anew: the SPS.
func (p *parameterSets) isFirst(kind byte) bool {
	if p.h265 {
		return kind == 33
	}
	return kind == 7
}

// nalUnits yields the NAL units of a byte stream without their start codes
// (annex B of both standards); none is empty.
func nalUnits(stream []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		_, rest, found := bytes.Cut(stream, startCode[1:])
		for found {
			var nal []byte
			nal, rest, found = bytes.Cut(rest, startCode[1:])
			if nal = bytes.TrimRight(nal, "\x00"); len(nal) > 0 && !yield(nal) {
				return
			}
		}
	}
}

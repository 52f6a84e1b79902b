package overlay

import "encoding/binary"

// shades blends the levels of heat into the pixels of a layer.
type shades struct {
	inks [256]ink   // of each level, for many pixels of one
	each [256]shade // the same as short as it gets, for pixels that differ

	size  int    // bytes of a pixel
	deep  bool   // components are words
	shift int    // by which they are shifted up in them
	kept  uint64 // of eight bytes, those that stay
}

// shade is a level of heat. What is added to components lies in lanes of 16 bits,
// or of 32 where components are deep.
type shade struct {
	rest uint64 // 256 - alpha
	// even and odd are for the even and the odd bytes of eight, or words of four. Where
	// pixels have three bytes, so that their pattern is longer, far is for the bytes
	// from 2 on.
	even, odd uint64
	far       uint32
}

// set takes the ink of a level.
func (s *shades) set(level int, k *ink) {
	s.inks[level] = *k
	s.each[level] = shade{uint64(256 - k.alpha), k.even[0], k.odd[0], uint32(k.even[0] >> 16)}
	s.size, s.deep, s.shift, s.kept = k.size, k.deep, k.shift, k.kept[0]
}

// group is how many bytes of a kind of stretch are blended at once, and of how many
// pixels they are.
func (s *shades) group(of kind) (bytes, pixels int) {
	bytes = s.size
	switch {
	case of == calm && s.size == 3:
		bytes = 24
	case of == calm:
		bytes = 8
	case of == gentle && s.size == 3:
		bytes = 12
	case of == gentle && !s.deep:
		bytes = 4
	}
	return bytes, bytes / s.size
}

// blend blends over groups of bytes, one for each entry.
func (s *shades) blend(row []byte, bytes int, entries []entry, part int32) {
	switch {
	case bytes == s.size:
		s.pixels(row, entries, part)
	case bytes == 24:
		for i, e := range entries {
			s.inks[e.level(part)].blend(row[24*i : 24*i+24])
		}
	case s.deep:
		s.deepEights(row, entries, part)
	case bytes == 8:
		s.eights(row, entries, part)
	case bytes == 12:
		s.twelves(row, entries, part)
	default:
		s.fours(row, entries, part)
	}
}

// eights is groups of eight bytes.
func (s *shades) eights(row []byte, entries []entry, part int32) {
	kept := s.kept
	even, odd := lanes&^kept, ^uint64(lanes)&^kept
	for i, e := range entries {
		k := &s.each[e.level(part)]
		p := row[8*i : 8*i+8 : 8*i+8]
		v := binary.LittleEndian.Uint64(p)
		a := ((v&lanes)*k.rest + k.even) >> 8 & even
		b := ((v>>8&lanes)*k.rest + k.odd) & odd
		binary.LittleEndian.PutUint64(p, a|b|v&kept)
	}
}

// evenBytes and oddBytes select every other byte of four.
const evenBytes, oddBytes uint32 = 0x00ff00ff, 0xff00ff00

// fours is groups of four bytes.
func (s *shades) fours(row []byte, entries []entry, part int32) {
	kept := uint32(s.kept)
	even, odd := evenBytes&^kept, oddBytes&^kept
	for i, e := range entries {
		k := &s.each[e.level(part)]
		p := row[4*i : 4*i+4 : 4*i+4]
		v := binary.LittleEndian.Uint32(p)
		a := ((v&evenBytes)*uint32(k.rest) + uint32(k.even)) >> 8 & even
		b := ((v>>8&evenBytes)*uint32(k.rest) + uint32(k.odd)) & odd
		binary.LittleEndian.PutUint32(p, a|b|v&kept)
	}
}

// twelves is groups of four pixels of three bytes. In the words of four bytes, what
// even, odd and far add takes turns.
func (s *shades) twelves(row []byte, entries []entry, part int32) {
	mix := func(v, rest, even, odd uint32) uint32 {
		return ((v&evenBytes)*rest+even)>>8&evenBytes | ((v>>8&evenBytes)*rest+odd)&oddBytes
	}
	for i, e := range entries {
		k := &s.each[e.level(part)]
		p := row[12*i : 12*i+12 : 12*i+12]
		rest, even, odd := uint32(k.rest), uint32(k.even), uint32(k.odd)
		binary.LittleEndian.PutUint32(p, mix(binary.LittleEndian.Uint32(p), rest, even, odd))
		binary.LittleEndian.PutUint32(p[4:], mix(binary.LittleEndian.Uint32(p[4:]), rest, odd, k.far))
		binary.LittleEndian.PutUint32(p[8:], mix(binary.LittleEndian.Uint32(p[8:]), rest, k.far, even))
	}
}

// deepEights is eights of four words.
func (s *shades) deepEights(row []byte, entries []entry, part int32) {
	kept, shift, mask := s.kept, s.shift&15, deepLanes(s.shift)
	for i, e := range entries {
		k := &s.each[e.level(part)]
		p := row[8*i : 8*i+8 : 8*i+8]
		old := binary.LittleEndian.Uint64(p)
		v := old >> shift
		a := ((v&mask)*k.rest + k.even) >> 8 & mask
		b := ((v>>16&mask)*k.rest + k.odd) >> 8 & mask
		binary.LittleEndian.PutUint64(p, (a|b<<16)<<shift&^kept|old&kept)
	}
}

// pixels blends over single pixels, one for each entry.
func (s *shades) pixels(row []byte, entries []entry, part int32) {
	switch {
	case s.deep:
		s.deepPixels(row, entries, part)
	case s.size == 1:
		row = row[:len(entries)]
		for i, e := range entries {
			k := &s.each[e.level(part)]
			row[i] = byte((uint64(row[i])*k.rest + k.even) >> 8)
		}
	case s.size == 2:
		kept := s.kept & 0xffff
		for i, e := range entries {
			k := &s.each[e.level(part)]
			p := row[2*i : 2*i+2 : 2*i+2]
			v := uint64(binary.LittleEndian.Uint16(p))
			w := ((v&0xff)*k.rest+k.even)>>8&0xff | (v>>8*k.rest+k.odd)&0xff00
			binary.LittleEndian.PutUint16(p, uint16(w&^kept|v&kept))
		}
	case s.size == 3:
		for i, e := range entries {
			k := &s.each[e.level(part)]
			p := row[3*i : 3*i+3 : 3*i+3]
			p[0] = byte((uint64(p[0])*k.rest + k.even) >> 8)
			p[1] = byte((uint64(p[1])*k.rest + k.odd) >> 8)
			p[2] = byte((uint64(p[2])*k.rest + uint64(k.far)) >> 8)
		}
	default:
		s.fours(row, entries, part)
	}
}

// deepPixels is pixels whose components are words: one or two of them.
func (s *shades) deepPixels(row []byte, entries []entry, part int32) {
	shift := s.shift & 15
	if s.size == 2 {
		for i, e := range entries {
			k := &s.each[e.level(part)]
			mix(row[2*i:2*i+2:2*i+2], uint32(k.rest), uint32(k.even), shift)
		}
		return
	}
	for i, e := range entries {
		k := &s.each[e.level(part)]
		p := row[4*i : 4*i+4 : 4*i+4]
		mix(p, uint32(k.rest), uint32(k.even), shift)
		mix(p[2:], uint32(k.rest), uint32(k.odd), shift)
	}
}

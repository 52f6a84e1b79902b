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
	// pixels have three bytes, so that their pattern is longer, far is for every other
	// byte from byte 2 on.
	even, odd, far uint64
}

// set takes the ink of a level.
func (s *shades) set(level int, k *ink) {
	s.inks[level] = *k
	s.each[level] = shade{uint64(256 - k.alpha), k.even[0], k.odd[0], k.even[0] >> 16}
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

// blend blends over groups of the given number of bytes, two for each pair.
func (s *shades) blend(row []byte, bytes int, pairs []pair, part uint64) {
	n := len(row) / (2 * bytes)
	s.blendPairs(row[:2*bytes*n], bytes, pairs[:n], part)
	if rest := row[2*bytes*n:]; len(rest) > 0 {
		var both [2 * maxGroup]byte // the pair's other half is nobody's
		copy(both[:], rest)
		s.blendPairs(both[:2*bytes], bytes, pairs[n:n+1], part)
		copy(rest, both[:])
	}
}

// maxGroup is the size of the largest group, bytes.
const maxGroup = 24

func (s *shades) blendPairs(row []byte, bytes int, pairs []pair, part uint64) {
	switch {
	case s.deep && bytes == 8:
		s.deepEights(row, pairs, part)
	case s.deep:
		s.deepPixels(row, pairs, part)
	case bytes == 1:
		s.ones(row, pairs, part)
	case bytes == 2:
		s.twos(row, pairs, part)
	case bytes == 3:
		s.threes(row, pairs, part)
	case bytes == 4:
		s.fours(row, pairs, part)
	case bytes == 8:
		s.eights(row, pairs, part)
	case bytes == 12:
		s.twelves(row, pairs, part)
	default:
		for i, p := range pairs {
			a, b := p.levels(part)
			s.inks[a].blend(row[48*i : 48*i+24])
			s.inks[b].blend(row[48*i+24 : 48*i+48])
		}
	}
}

// ones is blend of single bytes.
func (s *shades) ones(row []byte, pairs []pair, part uint64) {
	for i, p := range pairs {
		a, b := p.levels(part)
		v := row[2*i : 2*i+2 : 2*i+2]
		v[0] = byte((uint64(v[0])*s.each[a].rest + s.each[a].even) >> 8)
		v[1] = byte((uint64(v[1])*s.each[b].rest + s.each[b].even) >> 8)
	}
}

// twos is blend of pixels of two bytes.
func (s *shades) twos(row []byte, pairs []pair, part uint64) {
	kept := s.kept & 0xffff
	mix := func(v uint64, k *shade) uint64 {
		w := ((v&0xff)*k.rest+k.even)>>8&0xff | (v>>8*k.rest+k.odd)&0xff00
		return w&^kept | v&kept
	}
	for i, p := range pairs {
		a, b := p.levels(part)
		at := row[4*i : 4*i+4 : 4*i+4]
		v := uint64(binary.LittleEndian.Uint32(at))
		binary.LittleEndian.PutUint32(at, uint32(mix(v&0xffff, &s.each[a])|mix(v>>16, &s.each[b])<<16))
	}
}

// threes is blend of pixels of three bytes.
func (s *shades) threes(row []byte, pairs []pair, part uint64) {
	for i, p := range pairs {
		a, b := p.levels(part)
		k, v := &s.each[a], row[6*i:6*i+6:6*i+6]
		v[0] = byte((uint64(v[0])*k.rest + k.even) >> 8)
		v[1] = byte((uint64(v[1])*k.rest + k.odd) >> 8)
		v[2] = byte((uint64(v[2])*k.rest + k.far) >> 8)
		k = &s.each[b]
		v[3] = byte((uint64(v[3])*k.rest + k.even) >> 8)
		v[4] = byte((uint64(v[4])*k.rest + k.odd) >> 8)
		v[5] = byte((uint64(v[5])*k.rest + k.far) >> 8)
	}
}

// fours is blend of four bytes, one pixel or more: each half of a word its own.
func (s *shades) fours(row []byte, pairs []pair, part uint64) {
	kept := s.kept
	even, odd := lanes&^kept, ^uint64(lanes)&^kept
	for i, p := range pairs {
		a, b := p.levels(part)
		k, m := &s.each[a], &s.each[b]
		at := row[8*i : 8*i+8 : 8*i+8]
		v := binary.LittleEndian.Uint64(at)
		e, o := v&lanes, v>>8&lanes
		// In each half, the sums stay below 2^32.
		e = uint64(uint32(e)*uint32(k.rest)+uint32(k.even)) | uint64(uint32(e>>32)*uint32(m.rest)+uint32(m.even))<<32
		o = uint64(uint32(o)*uint32(k.rest)+uint32(k.odd)) | uint64(uint32(o>>32)*uint32(m.rest)+uint32(m.odd))<<32
		binary.LittleEndian.PutUint64(at, e>>8&even|o&odd|v&kept)
	}
}

// eights is blend of eight bytes.
func (s *shades) eights(row []byte, pairs []pair, part uint64) {
	kept := s.kept
	even, odd := lanes&^kept, ^uint64(lanes)&^kept
	for i, p := range pairs {
		a, b := p.levels(part)
		at := row[16*i : 16*i+16 : 16*i+16]
		k, v := &s.each[a], binary.LittleEndian.Uint64(at)
		e, o := (v&lanes)*k.rest+k.even, (v>>8&lanes)*k.rest+k.odd
		binary.LittleEndian.PutUint64(at, e>>8&even|o&odd|v&kept)
		k, v = &s.each[b], binary.LittleEndian.Uint64(at[8:])
		e, o = (v&lanes)*k.rest+k.even, (v>>8&lanes)*k.rest+k.odd
		binary.LittleEndian.PutUint64(at[8:], e>>8&even|o&odd|v&kept)
	}
}

// twelves is blend of four pixels of three bytes, as a word of eight bytes and one of
// four. The latter begins with byte 2 of a pixel: far is for its even bytes, and even
// for its odd ones.
func (s *shades) twelves(row []byte, pairs []pair, part uint64) {
	mix := func(at []byte, k *shade) {
		v, w := binary.LittleEndian.Uint64(at), uint64(binary.LittleEndian.Uint32(at[8:]))
		e, o := (v&lanes)*k.rest+k.even, (v>>8&lanes)*k.rest+k.odd
		binary.LittleEndian.PutUint64(at, e>>8&lanes|o&^lanes)
		e, o = (w&lanes)*k.rest+k.far, (w>>8&lanes)*k.rest+k.even
		binary.LittleEndian.PutUint32(at[8:], uint32(e>>8&lanes|o&^lanes))
	}
	for i, p := range pairs {
		a, b := p.levels(part)
		mix(row[24*i:24*i+12:24*i+12], &s.each[a])
		mix(row[24*i+12:24*i+24:24*i+24], &s.each[b])
	}
}

// deepEights is blend of four words.
func (s *shades) deepEights(row []byte, pairs []pair, part uint64) {
	kept, shift, mask := s.kept, s.shift&15, deepLanes(s.shift)
	mix := func(old uint64, k *shade) uint64 {
		v := old >> shift
		e := ((v&mask)*k.rest + k.even) >> 8 & mask
		o := ((v>>16&mask)*k.rest + k.odd) >> 8 & mask
		return (e|o<<16)<<shift&^kept | old&kept
	}
	for i, p := range pairs {
		a, b := p.levels(part)
		at := row[16*i : 16*i+16 : 16*i+16]
		binary.LittleEndian.PutUint64(at, mix(binary.LittleEndian.Uint64(at), &s.each[a]))
		binary.LittleEndian.PutUint64(at[8:], mix(binary.LittleEndian.Uint64(at[8:]), &s.each[b]))
	}
}

// deepPixels is blend of pixels whose components are words: one or two of them.
func (s *shades) deepPixels(row []byte, pairs []pair, part uint64) {
	shift := s.shift & 15
	if s.size == 2 {
		for i, p := range pairs {
			a, b := p.levels(part)
			at := row[4*i : 4*i+4 : 4*i+4]
			mix(at, uint32(s.each[a].rest), uint32(s.each[a].even), shift)
			mix(at[2:], uint32(s.each[b].rest), uint32(s.each[b].even), shift)
		}
		return
	}
	for i, p := range pairs {
		a, b := p.levels(part)
		at := row[8*i : 8*i+8 : 8*i+8]
		mix(at, uint32(s.each[a].rest), uint32(s.each[a].even), shift)
		mix(at[2:], uint32(s.each[a].rest), uint32(s.each[a].odd), shift)
		mix(at[4:], uint32(s.each[b].rest), uint32(s.each[b].even), shift)
		mix(at[6:], uint32(s.each[b].rest), uint32(s.each[b].odd), shift)
	}
}

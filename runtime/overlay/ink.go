package overlay

import (
	"encoding/binary"

	"avid/models/luma"
	"avid/runtime/pixel"
)

// color is a colour in every channel, as wide as the picture's components.
type color [blue + 1]uint16

// color is 0xAARRGGBB for this picture: ITU-R BT.601-7, 2.5, or the matrix that
// the picture has. Its information must have been resolved.
func (p *Picture) color(argb uint32) (c color) {
	r, g, b := float64(argb>>16&0xff)/255, float64(argb>>8&0xff)/255, float64(argb&0xff)/255
	bits, _ := p.Format.Depth()
	// Steps of black, of white over black and of chroma, of the components.
	one, top := float64(int(1)<<(bits-8)), float64(int(1)<<bits-1)
	low, span, swing := 0.0, top, top
	if p.Range == luma.Limited {
		low, span, swing = 16*one, 219*one, 224*one
	}
	value := func(v float64) uint16 { return uint16(max(0, min(v, top)) + 0.5) }
	matrix := p.Matrix
	if p.Format.Model() == pixel.Gray {
		matrix = luma.BT601 // as GStreamer makes grey of RGB, whatever the size
	}
	kr, kb := matrix.Exact()
	y := kr*r + (1-kr-kb)*g + kb*b
	c[bright] = value(low + span*y)
	c[chromaU] = value(128*one + swing*(b-y)/(2*(1-kb)))
	c[chromaV] = value(128*one + swing*(r-y)/(2*(1-kr)))
	c[red], c[green], c[blue] = value(low+span*r), value(low+span*g), value(low+span*b)
	return c
}

// lanes selects every other byte of eight: four lanes of 16 bits.
const lanes = 0x00ff00ff00ff00ff

// ink blends a colour into pixels of a layer: p·(256 - alpha) + v·alpha over
// 256, rounded, for each byte p of a pixel and its colour v. No lane of 16
// bits overflows: 255·256 + 128 fits. Components in words are blended one by one.
type ink struct {
	alpha uint32 // 0 none to 256 whole
	size  int    // bytes of a pixel
	deep  bool   // components are words
	shift int    // by which they are shifted up in them
	words int    // of 8 bytes, after which the pixels' pattern repeats: 1 or 3
	add   [4]uint32
	// even and odd are add of the even and the odd bytes of each word, kept
	// has the bytes that stay.
	even, odd, kept [3]uint64
	stay            [4]bool
}

// newInk returns the ink of a colour with alpha 0 to 1 for a layer.
func newInk(l *layer, c color, alpha float64) ink {
	k := ink{alpha: uint32(alpha*256 + 0.5), size: l.size, deep: l.deep, shift: l.shift, words: 1}
	for i := range l.size {
		ch := l.channels[i]
		k.stay[i] = ch == keep
		k.add[i] = uint32(c[ch])*k.alpha + 128
	}
	if l.deep {
		k.fillDeep()
		return k
	}
	if l.size == 3 {
		k.words = 3
	}
	for i := range 8 * k.words {
		w, b := i/8, i%8
		at := i % l.size
		if k.stay[at] {
			k.kept[w] |= 0xff << (8 * b)
		}
		if b%2 == 0 {
			k.even[w] |= uint64(k.add[at]) << (8 * b)
		} else {
			k.odd[w] |= uint64(k.add[at]) << (8 * (b - 1))
		}
	}
	return k
}

// fillDeep fills even, odd and kept with the components of four words of 16 bits:
// two lanes of 32 bits each.
func (k *ink) fillDeep() {
	for i := range 4 {
		at, lane := i%(k.size/2), 32*(i/2)
		if k.stay[at] {
			k.kept[0] |= 0xffff << (16 * i)
		}
		if i%2 == 0 {
			k.even[0] |= uint64(k.add[at]) << lane
		} else {
			k.odd[0] |= uint64(k.add[at]) << lane
		}
	}
}

// blend draws over whole pixels.
func (k *ink) blend(row []byte) {
	if k.alpha == 0 {
		return
	}
	if k.deep {
		k.blendDeep(row)
		return
	}
	rest := uint64(256 - k.alpha)
	if k.words == 1 {
		even, odd, kept := k.even[0], k.odd[0], k.kept[0]
		for len(row) >= 8 {
			v := binary.LittleEndian.Uint64(row)
			e := ((v&lanes)*rest + even) >> 8 & lanes
			o := ((v>>8&lanes)*rest + odd) &^ lanes
			binary.LittleEndian.PutUint64(row, (e|o)&^kept|v&kept)
			row = row[8:]
		}
	} else {
		for len(row) >= 24 {
			for w := range 3 {
				v := binary.LittleEndian.Uint64(row[8*w:])
				e := ((v&lanes)*rest + k.even[w]) >> 8 & lanes
				o := ((v>>8&lanes)*rest + k.odd[w]) &^ lanes
				binary.LittleEndian.PutUint64(row[8*w:], e|o)
			}
			row = row[24:]
		}
	}
	// Both kinds of group end at a pixel's end.
	for len(row) >= k.size {
		for i := range k.size {
			if !k.stay[i] {
				row[i] = byte((uint32(row[i])*(256-k.alpha) + k.add[i]) >> 8)
			}
		}
		row = row[k.size:]
	}
}

// deepLanes selects the components of every other word of 16 bits, once they are
// shifted down by shift.
func deepLanes(shift int) uint64 { return 0xffff >> shift * 0x0000000100000001 }

// blendDeep is blend over components in words: four at once, as two lanes of 32
// bits of two registers.
func (k *ink) blendDeep(row []byte) {
	rest, even, odd, kept := uint64(256-k.alpha), k.even[0], k.odd[0], k.kept[0]
	shift, mask := k.shift&15, deepLanes(k.shift)
	for len(row) >= 8 {
		old := binary.LittleEndian.Uint64(row)
		v := old >> shift
		e := ((v&mask)*rest + even) >> 8 & mask
		o := ((v>>16&mask)*rest + odd) >> 8 & mask
		binary.LittleEndian.PutUint64(row, (e|o<<16)<<shift&^kept|old&kept)
		row = row[8:]
	}
	for len(row) >= k.size {
		for i := 0; i < k.size; i += 2 {
			if !k.stay[i/2] {
				mix(row[i:], 256-k.alpha, k.add[i/2], k.shift)
			}
		}
		row = row[k.size:]
	}
}

// mix blends one component in a word.
func mix(word []byte, rest, add uint32, shift int) {
	v := uint32(binary.LittleEndian.Uint16(word)) >> shift
	binary.LittleEndian.PutUint16(word, uint16((v*rest+add)>>8<<shift)) // the bits below stay clear
}

// rect blends over the pixels [x0, x1)×[y0, y1) of the picture, as far as
// they are inside, in a layer.
func (k *ink) rect(l *layer, x0, y0, x1, y1 int) {
	if l.xHalf {
		x0, x1 = x0>>1, (x1+1)>>1
	}
	if l.yHalf {
		y0, y1 = y0>>1, (y1+1)>>1
	}
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, l.w), min(y1, l.h)
	if x0 >= x1 {
		return
	}
	for y := y0; y < y1; y++ {
		k.blend(l.row(y, x0, x1))
	}
}

package luma

import "encoding/binary"

// lanes selects every other byte of eight: four lanes of 16 bits.
const lanes = 0x00ff00ff00ff00ff

// laneRows is how many bytes a lane sums without overflow: 257·255 is
// 65,535; the round number below it.
const laneRows = 256

// sumRows fills sums with the weighted sum of each byte column of src over
// the rows of sp. Rows begin stride bytes apart. Eight columns go together,
// the rows of equal weight added as 16 bit lanes of two registers. No sum
// overflows: weights sum to at most 2·MaxSide, times weightSum or, for the two
// bytes of deep pixels, 257 in toLuma, and 2·32767·257·255 is below 2³².
func sumRows(sums []uint32, src []byte, stride int, sp span) {
	mid := (sp.first + 1) * stride
	head, tail := sp.first*stride, mid+sp.n*stride
	// A row without weight may lie outside the picture: read another.
	if sp.head == 0 {
		head = mid
	}
	if sp.tail == 0 {
		tail = head
	}
	n := len(sums)
	if n < 8 {
		sumNarrow(sums, src, stride, sp, head, mid, tail)
		return
	}
	headRow, tailRow := src[head:head+n], src[tail:tail+n]
	for x := 0; x < n; x += 8 {
		// The last eight may overlap those before: the same sums again.
		x = min(x, n-8)
		h := binary.LittleEndian.Uint64(headRow[x:])
		t := binary.LittleEndian.Uint64(tailRow[x:])
		var even, odd uint64
		o := mid + x
		for range min(sp.n, laneRows) {
			v := binary.LittleEndian.Uint64(src[o:])
			even += v & lanes
			odd += v >> 8 & lanes
			o += stride
		}
		out := sums[x : x+8 : x+8]
		a, b, m := sp.head, sp.tail, sp.mid
		out[0] = a*uint32(h&0xff) + b*uint32(t&0xff) + m*uint32(even&0xffff)
		out[1] = a*uint32(h>>8&0xff) + b*uint32(t>>8&0xff) + m*uint32(odd&0xffff)
		out[2] = a*uint32(h>>16&0xff) + b*uint32(t>>16&0xff) + m*uint32(even>>16&0xffff)
		out[3] = a*uint32(h>>24&0xff) + b*uint32(t>>24&0xff) + m*uint32(odd>>16&0xffff)
		out[4] = a*uint32(h>>32&0xff) + b*uint32(t>>32&0xff) + m*uint32(even>>32&0xffff)
		out[5] = a*uint32(h>>40&0xff) + b*uint32(t>>40&0xff) + m*uint32(odd>>32&0xffff)
		out[6] = a*uint32(h>>48&0xff) + b*uint32(t>>48&0xff) + m*uint32(even>>48)
		out[7] = a*uint32(h>>56) + b*uint32(t>>56) + m*uint32(odd>>48)
	}
	for done := laneRows; done < sp.n; done++ {
		row := src[mid+done*stride:][:n]
		for x, v := range row {
			sums[x] += sp.mid * uint32(v)
		}
	}
}

// sumNarrow is sumRows for rows of less than eight bytes, given the offsets
// of the head row, the first middle row and the tail row.
func sumNarrow(sums []uint32, src []byte, stride int, sp span, head, mid, tail int) {
	for x := range sums {
		v := sp.head*uint32(src[head+x]) + sp.tail*uint32(src[tail+x])
		for i := range sp.n {
			v += sp.mid * uint32(src[mid+i*stride+x])
		}
		sums[x] = v
	}
}

// toLuma turns the sums of bytes into sums of weighted pixels.
func (s *Scaler) toLuma() {
	f := &s.format
	n, raw := f.PixelStride, s.raw
	switch f.parts {
	case 3:
		a, b, c := f.weights[0], f.weights[1], f.weights[2]
		for x := range s.lum {
			p := raw[:n]
			s.lum[x] = a*p[f.at[0]] + b*p[f.at[1]] + c*p[f.at[2]]
			raw = raw[n:]
		}
	case 2:
		for x := range s.lum {
			p := raw[:n]
			s.lum[x] = f.weights[0]*p[f.at[0]] + f.weights[1]*p[f.at[1]]
			raw = raw[n:]
		}
	default:
		if n == 1 {
			return // lum is raw
		}
		for x := range s.lum {
			s.lum[x] = raw[x*n+f.at[0]]
		}
	}
}

// sumCols fills a row of the result from the sums of luma.
func (s *Scaler) sumCols(dst []byte) {
	level := s.level
	for x := range dst {
		sp := &s.cols.spans[x]
		var sum uint64
		for _, v := range s.lum[sp.first+1 : sp.first+1+sp.n] {
			sum += uint64(v)
		}
		sum *= uint64(sp.mid)
		if sp.head != 0 {
			sum += uint64(sp.head) * uint64(s.lum[sp.first])
		}
		if sp.tail != 0 {
			sum += uint64(sp.tail) * uint64(s.lum[sp.first+1+sp.n])
		}
		dst[x] = level.of(int64(sum))
	}
}

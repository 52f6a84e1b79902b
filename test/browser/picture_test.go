package browser_test

import "image"

// picture is one raw frame in I420.
type picture struct {
	w, h    int
	data    []byte
	y, u, v []byte // parts of data
}

// newPicture is mid grey; both sizes are even.
func newPicture(w, h int) *picture {
	p := &picture{w: w, h: h, data: make([]byte, w*h*3/2)}
	p.y, p.u, p.v = p.data[:w*h], p.data[w*h:w*h*5/4], p.data[w*h*5/4:]
	p.fill(p.bounds(), 110, 128, 128)
	return p
}

func (p *picture) bounds() image.Rectangle { return image.Rect(0, 0, p.w, p.h) }

// fill paints what is inside the picture of a rectangle with even corners.
func (p *picture) fill(r image.Rectangle, y, u, v byte) {
	r = r.Intersect(p.bounds())
	for row := r.Min.Y; row < r.Max.Y; row++ {
		line := p.y[row*p.w+r.Min.X : row*p.w+r.Max.X]
		for i := range line {
			line[i] = y
		}
	}
	for row := r.Min.Y / 2; row < r.Max.Y/2; row++ {
		for x := r.Min.X / 2; x < r.Max.X/2; x++ {
			p.u[row*p.w/2+x], p.v[row*p.w/2+x] = u, v
		}
	}
}

// The timecode is a row of blocks along the upper edge, timecodeHeight high:
// white, black, then a number, the highest of its bits first, and its parity.
const (
	timecodeBits   = 24
	timecodeHeight = 32
	timecodeBlocks = 2 + timecodeBits + 1
)

// writeTimecode draws a number below 1<<timecodeBits.
func (p *picture) writeTimecode(n int) {
	width := p.w / timecodeBlocks &^ 1
	parity := 0
	block := func(i, bit int) {
		p.fill(image.Rect(i*width, 0, (i+1)*width, timecodeHeight), byte(16+bit*219), 128, 128)
	}
	block(0, 1)
	block(1, 0)
	for i := range timecodeBits {
		bit := n >> (timecodeBits - 1 - i) & 1
		parity ^= bit
		block(2+i, bit)
	}
	block(2+timecodeBits, parity)
}

// readTimecode is JavaScript: a function that reads it from a video, -1 where
// there is none.
const readTimecode = `((video) => {
	const blocks = 27, height = 32, w = video.videoWidth || video.naturalWidth;
	const canvas = readTimecode.canvas ??= new OffscreenCanvas(w, height);
	const c = canvas.getContext("2d", { willReadFrequently: true });
	c.drawImage(video, 0, 0, w, height, 0, 0, w, height);
	const width = Math.floor(w / blocks / 2) * 2;
	const data = c.getImageData(0, 0, w, height).data;
	const bit = (i) => data[4 * (w * height / 2 + Math.round((i + 0.5) * width))] > 128 ? 1 : 0;
	if (bit(0) !== 1 || bit(1) !== 0) return -1;
	let n = 0, parity = 0;
	for (let i = 2; i < blocks - 1; i++) { n = 2 * n + bit(i); parity ^= bit(i); }
	return parity === bit(blocks - 1) ? n : -1;
})`

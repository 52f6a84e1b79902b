package overlay

import "math"

// The gauge's sizes in units of one font pixel.
const (
	glyphW, glyphH = 5, 7 // of a character
	pad            = 3    // around the panel and in it
	barW           = 40
	textChars      = 5 // "-99.9"
)

// Colours of the gauge, 0xAARRGGBB.
const (
	panelColor = 0x000000
	textColor  = 0xffffff
	calmColor  = 0x9fc5c0 // the bar below the threshold
	panelAlpha = 0.55
)

// drawGauge draws a panel in the upper left corner: the score as a number,
// and a bar that is half full, at a tick, when the score is at its threshold:
// its length is the logistic function of their difference. At the threshold
// and above, the bar takes the style's colour.
func drawGauge(p *Picture, layers []layer, score, threshold float32, argb uint32) {
	u := max(1, (p.Height+135)/270)
	if u > 1 {
		u &^= 1 // even, so that chroma has the same edges
	}
	x0, y0 := pad*u+pad*u%2, pad*u+pad*u%2
	textW := textChars * (glyphW + 1) * u
	panelW, panelH := textW+(barW+3*pad)*u, (glyphH+2*pad)*u
	var buf [8]byte
	text := number(buf[:0], score)
	fill := 0.0
	if d := float64(score) - float64(threshold); !math.IsNaN(d) {
		fill = 1 / (1 + math.Exp(-d))
	}
	bar := uint32(calmColor)
	if score >= threshold {
		bar = argb
	}
	for i := range layers {
		l := &layers[i]
		panel := newInk(l, p.color(panelColor), panelAlpha)
		ink := newInk(l, p.color(textColor), 1)
		barInk := newInk(l, p.color(bar), 1)
		panel.rect(l, x0, y0, x0+panelW, y0+panelH)
		x, y := x0+pad*u, y0+pad*u
		for _, c := range text {
			drawGlyph(l, &ink, glyph(c), x, y, u)
			x += (glyphW + 1) * u
		}
		x = x0 + textW + 2*pad*u
		barInk.rect(l, x, y+2*u, x+int(fill*float64(barW*u)+0.5), y+(glyphH-2)*u)
		ink.rect(l, x+(barW/2)*u, y, x+(barW/2+1)*u, y+glyphH*u)
	}
}

// drawGlyph draws a character with its upper left corner at (x, y).
func drawGlyph(l *layer, k *ink, rows [glyphH]uint8, x, y, u int) {
	for r, bits := range rows {
		for c := range glyphW {
			if bits>>(glyphW-1-c)&1 != 0 {
				k.rect(l, x+c*u, y+r*u, x+(c+1)*u, y+(r+1)*u)
			}
		}
	}
}

// number appends v with one digit behind the point, held to ±99.9 and filled
// with blanks to the left; dashes when it is no number.
func number(out []byte, v float32) []byte {
	if v != v {
		return append(out, "   --"...)
	}
	n := int(math.Round(10 * float64(max(-99.9, min(v, 99.9)))))
	neg := n < 0
	if neg {
		n = -n
	}
	digits := 3
	if n < 100 {
		digits = 2
	}
	for range textChars - digits - 1 - 1 {
		out = append(out, ' ')
	}
	if neg {
		out = append(out, '-')
	} else {
		out = append(out, ' ')
	}
	if digits == 3 {
		out = append(out, byte('0'+n/100))
	}
	return append(out, byte('0'+n/10%10), '.', byte('0'+n%10))
}

// glyph has the rows of a digit, '-', '.' or, for all else, a blank; the
// lowest bit is the right column.
func glyph(c byte) [glyphH]uint8 {
	switch c {
	case '0':
		return [glyphH]uint8{0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110}
	case '1':
		return [glyphH]uint8{0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110}
	case '2':
		return [glyphH]uint8{0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111}
	case '3':
		return [glyphH]uint8{0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110}
	case '4':
		return [glyphH]uint8{0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010}
	case '5':
		return [glyphH]uint8{0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110}
	case '6':
		return [glyphH]uint8{0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110}
	case '7':
		return [glyphH]uint8{0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b01000, 0b01000}
	case '8':
		return [glyphH]uint8{0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110}
	case '9':
		return [glyphH]uint8{0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100}
	case '-':
		return [glyphH]uint8{3: 0b01110}
	case '.':
		return [glyphH]uint8{5: 0b01100, 6: 0b01100}
	}
	return [glyphH]uint8{}
}

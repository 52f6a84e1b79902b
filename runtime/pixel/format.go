// Package pixel has the one table of the raw video formats that avid works on:
// where brightness and colour lie in their planes, and how. The filter's caps,
// its luma, its drawing and the tool's reader all come from here.
package pixel

import (
	"fmt"
	"strings"

	"avid/models/luma"
)

// Format is a raw video format of the table.
type Format int

// The formats, named as GStreamer does; Parse and All give the others.
const (
	Unknown Format = iota
	I420
	NV12
	YV12
	NV21
	YUY2
	UYVY
	YVYU
	VYUY
	Y42B
	Y444
	GRAY8
	RGB
	BGR
	RGBx
	BGRx
	RGBA
	BGRA
	P010
	I420Deep
	I422Deep
	Y444Deep
	end
)

// Model is what the components of a format are.
type Model uint8

// The models.
const (
	YUV  Model = iota // Y, U, V
	Gray              // Y alone
	Red               // R, G, B
)

// Component is where one component of a picture lies. Pixel (x, y) of the
// component begins Offset + (x >> XSub)·Stride bytes into row y >> YSub of its
// plane.
type Component struct {
	Plane, Offset, Stride int
	XSub, YSub            uint8 // 1: half the picture's size, rounded up
}

// row is a format of the table.
type row struct {
	name  string
	model Model
	bits  int // of a component: 8, or more in words of 16 bits, little endian
	shift int // bits of the word below the component
	parts []Component
	// shifted is the format that a picture is of when its first column is cut
	// off, Unknown: the same.
	shifted Format
}

// The forms that several formats have.
func planar(word int, xsub, ysub uint8) []Component {
	return []Component{{0, 0, word, 0, 0}, {1, 0, word, xsub, ysub}, {2, 0, word, xsub, ysub}}
}

func swapped(c []Component) []Component { return []Component{c[0], c[2], c[1]} }

func semiplanar(word int) []Component {
	return []Component{{0, 0, word, 0, 0}, {1, 0, 2 * word, 1, 1}, {1, word, 2 * word, 1, 1}}
}

func pairs(y, u, v int) []Component {
	return []Component{{0, y, 2, 0, 0}, {0, u, 4, 1, 0}, {0, v, 4, 1, 0}}
}

func packed(size, r, g, b int) []Component {
	return []Component{{0, r, size, 0, 0}, {0, g, size, 0, 0}, {0, b, size, 0, 0}}
}

// table is in the order in which caps list the formats: what decoders give comes
// first, since a source that may choose takes the first.
var table = [end]row{
	I420:     {"I420", YUV, 8, 0, planar(1, 1, 1), 0},
	NV12:     {"NV12", YUV, 8, 0, semiplanar(1), 0},
	YV12:     {"YV12", YUV, 8, 0, swapped(planar(1, 1, 1)), 0},
	NV21:     {"NV21", YUV, 8, 0, swapped(semiplanar(1)), 0},
	YUY2:     {"YUY2", YUV, 8, 0, pairs(0, 1, 3), YVYU},
	UYVY:     {"UYVY", YUV, 8, 0, pairs(1, 0, 2), VYUY},
	YVYU:     {"YVYU", YUV, 8, 0, pairs(0, 3, 1), YUY2},
	VYUY:     {"VYUY", YUV, 8, 0, pairs(1, 2, 0), UYVY},
	Y42B:     {"Y42B", YUV, 8, 0, planar(1, 1, 0), 0},
	Y444:     {"Y444", YUV, 8, 0, planar(1, 0, 0), 0},
	GRAY8:    {"GRAY8", Gray, 8, 0, planar(1, 0, 0)[:1], 0},
	RGB:      {"RGB", Red, 8, 0, packed(3, 0, 1, 2), 0},
	BGR:      {"BGR", Red, 8, 0, packed(3, 2, 1, 0), 0},
	RGBx:     {"RGBx", Red, 8, 0, packed(4, 0, 1, 2), 0},
	BGRx:     {"BGRx", Red, 8, 0, packed(4, 2, 1, 0), 0},
	RGBA:     {"RGBA", Red, 8, 0, packed(4, 0, 1, 2), 0},
	BGRA:     {"BGRA", Red, 8, 0, packed(4, 2, 1, 0), 0},
	P010:     {"P010_10LE", YUV, 10, 6, semiplanar(2), 0},
	I420Deep: {"I420_10LE", YUV, 10, 0, planar(2, 1, 1), 0},
	I422Deep: {"I422_10LE", YUV, 10, 0, planar(2, 1, 0), 0},
	Y444Deep: {"Y444_10LE", YUV, 10, 0, planar(2, 0, 0), 0},
}

// Parse is the format of a GStreamer name. The error is luma.ErrFormat.
func Parse(name string) (Format, error) {
	for f := I420; f < end; f++ {
		if table[f].name == name {
			return f, nil
		}
	}
	return Unknown, fmt.Errorf("%w: pixel format %.20q, known are %s", luma.ErrFormat, name, List())
}

// All is every format, in the order of caps.
func All() []Format {
	all := make([]Format, 0, end-1)
	for f := I420; f < end; f++ {
		all = append(all, f)
	}
	return all
}

// List is the names of all formats, as caps list them.
func List() string {
	names := make([]string, 0, end-1)
	for f := I420; f < end; f++ {
		names = append(names, table[f].name)
	}
	return strings.Join(names, ", ")
}

// Valid tells whether the format is one of the table.
func (f Format) Valid() bool { return f > Unknown && f < end }

// String is GStreamer's name of the format.
func (f Format) String() string {
	if !f.Valid() {
		return fmt.Sprintf("format %d", int(f))
	}
	return table[f].name
}

// Model is what the components are; of a valid format.
func (f Format) Model() Model { return table[f].model }

// Components are where Y, U and V, or R, G and B lie, or Y alone; they are not to
// be changed.
func (f Format) Components() []Component { return table[f].parts }

// Depth is the bits of a component, and by how many bits it is shifted up in a word
// of 16 bits, little endian. 8 bits are bytes.
func (f Format) Depth() (bits, shift int) { return table[f].bits, table[f].shift }

// Shifted is the format that a picture is of once n columns are cut off at its
// left: where a pair of pixels shares its chroma, an odd n changes which half of a
// pair comes first.
func (f Format) Shifted(n int) Format {
	if s := table[f].shifted; s != Unknown && n%2 != 0 {
		return s
	}
	return f
}

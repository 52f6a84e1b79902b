package fanout

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	rtpcodecs "github.com/pion/rtp/codecs"

	"avid/runtime/internal/webrtctest"
)

func TestStampIsExact(t *testing.T) {
	p := &packetizer{base: 0xfffffff0}
	random := rand.New(rand.NewPCG(1, 2))
	times := []time.Duration{0, 1, 11_111, 11_112, 99_999, 100_000, time.Second, 33_333_333, 24 * time.Hour, 1<<63 - 1}
	for range 1000 {
		times = append(times, time.Duration(random.Int64()))
	}
	for _, pts := range times {
		n := new(big.Int).Mul(big.NewInt(int64(pts)), big.NewInt(ClockRate))
		n.Div(n, big.NewInt(int64(time.Second)))
		n.Add(n, big.NewInt(int64(p.base)))
		n.Mod(n, big.NewInt(1<<32))
		if got := p.stamp(pts); uint64(got) != n.Uint64() {
			t.Fatalf("%v: %d, want %d", pts, got, n)
		}
	}
}

func nal(kind byte, size int) []byte {
	b := bytes.Repeat([]byte{0xab}, size)
	b[0] = kind
	return b
}

func annexB(units ...[]byte) []byte {
	var out []byte
	for i, u := range units {
		code := startCode
		if i%2 == 1 {
			code = startCode[1:]
		}
		out = append(append(out, code...), u...)
	}
	return out
}

func TestNALUnits(t *testing.T) {
	a, b := nal(7, 5), nal(5, 9)
	for _, c := range []struct {
		stream []byte
		want   [][]byte
	}{
		{nil, nil},
		{[]byte{1, 2, 3}, nil},
		{[]byte{0, 0, 1}, nil},
		{annexB(a), [][]byte{a}},
		{annexB(a, b, a), [][]byte{a, b, a}},
		{append(annexB(a, b), 0, 0, 0), [][]byte{a, b}},
		{append([]byte{9, 9}, annexB(a, nil, b)...), [][]byte{a, b}},
	} {
		if got := slices.Collect(nalUnits(c.stream)); !slices.EqualFunc(got, c.want, bytes.Equal) {
			t.Errorf("%v: %v, want %v", c.stream, got, c.want)
		}
	}
}

func TestParameterSetsComeBack(t *testing.T) {
	sps, pps, idr, delta := nal(7, 6), nal(8, 4), nal(5, 20), nal(1, 20)
	pps2 := append(nal(8, 4), 2)
	p := &parameterSets{}
	check := func(what string, unit []byte, key bool, want []byte, picture bool) {
		t.Helper()
		got, ok := p.complete(unit, key)
		if ok != picture || ok && !slices.EqualFunc(slices.Collect(nalUnits(got)), slices.Collect(nalUnits(want)), bytes.Equal) {
			t.Errorf("%s: %v %v", what, got, ok)
		}
	}
	check("none known yet", annexB(idr), true, annexB(idr), true)
	check("sets alone", annexB(sps, pps), false, nil, false)
	check("key frame without", annexB(idr), true, annexB(sps, pps, idr), true)
	check("IDR that nobody called a key frame", annexB(idr), false, annexB(sps, pps, idr), true)
	check("delta frame", annexB(delta), false, annexB(delta), true)
	check("key frame with", annexB(sps, pps, pps2, idr), true, annexB(sps, pps, pps2, idr), true)
	check("now three", annexB(idr), true, annexB(sps, pps, pps2, idr), true)
	check("a PPS again", annexB(pps, idr), true, annexB(sps, pps, pps2, pps, idr), true)
	if len(p.last) != 3 {
		t.Errorf("%d sets", len(p.last))
	}
	for i := range byte(100) {
		p.complete(annexB(append(nal(8, 3), i)), false)
	}
	if len(p.last) != maxParameterSets {
		t.Errorf("%d sets", len(p.last))
	}
	vps, sps5, idr5 := nal(32<<1, 5), nal(33<<1, 5), nal(19<<1, 30)
	h265 := &parameterSets{h265: true}
	h265.complete(annexB(vps, sps5), false)
	if got, ok := h265.complete(annexB(idr5), true); !ok || !bytes.Equal(got, slices.Concat(startCode, vps, startCode, sps5, startCode, idr5)) {
		t.Errorf("H.265: %v", got)
	}
}

// TestPackKeepsNothing holds that the frame's data is borrowed for the call
// only, for each codec.
func TestPackKeepsNothing(t *testing.T) {
	vp9Key := []byte{0x82, 0x49, 0x83, 0x42, 0x00, 0x07, 0xf0, 0x05, 0xf6, 0x00}
	frames := map[Codec][]byte{
		H264: annexB(nal(7, 9), nal(8, 4), nal(5, 3000)),
		H265: annexB(nal(32<<1, 9), nal(33<<1, 9), nal(34<<1, 4), nal(19<<1, 3000)),
		VP8:  webrtctest.FrameData(7, true),
		VP9:  append(vp9Key, make([]byte, 3000)...),
		AV1:  append([]byte{0x12, 0, 0x32, 0xb8, 0x17}, make([]byte, 3000)...),
	}
	for name := range codecs {
		p := newPacketizer(name, 5)
		data := slices.Clone(frames[name])
		got := p.packetize(Frame{PTS: time.Second, Key: true, Data: data})
		if got == nil || !got.key || got.stamp != 90005 || len(got.payloads) < 3 {
			t.Fatalf("%s: %+v", name, got)
		}
		before, size := clonePayloads(got.payloads), 0
		for i := range data {
			data[i] = 0xee
		}
		p.packetize(Frame{PTS: 2 * time.Second, Data: annexB(nal(1, 3000))})
		for i, b := range got.payloads {
			if size += len(b); !bytes.Equal(b, before[i]) || len(b) > mtu {
				t.Errorf("%s: packet %d has changed, or is too long: %d bytes", name, i, len(b))
			}
		}
		if size != got.size {
			t.Errorf("%s: size %d, want %d", name, got.size, size)
		}
	}
}

func clonePayloads(payloads [][]byte) (out [][]byte) {
	for _, b := range payloads {
		out = append(out, slices.Clone(b))
	}
	return out
}

func TestPackH264RoundTrip(t *testing.T) {
	units := [][]byte{nal(9, 2), nal(7, 9), nal(8, 4), nal(8, 5), nal(6, 30), nal(0x65, 5000)}
	got := newPacketizer(H264, 0).packetize(Frame{Key: true, Data: annexB(units...)})
	var d rtpcodecs.H264Packet
	var out []byte
	for _, b := range got.payloads {
		part, err := d.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, part...)
	}
	// The delimiter goes; both PPS stay.
	if all := slices.Collect(nalUnits(out)); !slices.EqualFunc(all, units[1:], bytes.Equal) {
		t.Errorf("%d units", len(all))
	}
}

func TestPackNothing(t *testing.T) {
	for name := range codecs {
		p := newPacketizer(name, 0)
		for _, data := range [][]byte{nil, {0}, {0, 0, 0, 1}, annexB(nal(9, 2))} {
			got := p.packetize(Frame{Data: data}) // it may be anything but a panic
			if name == H264 && got != nil {
				t.Errorf("%s %v: %+v", name, data, got)
			}
		}
	}
}

func FuzzPack(f *testing.F) {
	f.Add(0, annexB(nal(7, 9), nal(8, 4), nal(5, 3000)), true)
	f.Add(1, annexB(nal(32<<1, 9), nal(33<<1, 9), nal(34<<1, 4), nal(19<<1, 3000)), true)
	f.Add(2, webrtctest.FrameData(1, true), true)
	f.Add(3, []byte{0x82, 0x49, 0x83, 0x42, 0x00, 0x07, 0xf0, 0x05, 0xf6, 0x00}, true)
	f.Add(4, []byte{0x12, 0, 0x32, 3, 1, 2, 3}, false)
	names := []Codec{H264, H265, VP8, VP9, AV1}
	f.Fuzz(func(t *testing.T, which int, data []byte, key bool) {
		p := newPacketizer(names[uint(which)%5], 1)
		for range 2 {
			got := p.packetize(Frame{Key: key, Data: data})
			if got == nil {
				continue
			}
			for _, b := range got.payloads {
				if len(b) == 0 || len(b) > mtu {
					t.Fatalf("packet of %d bytes", len(b))
				}
			}
		}
	})
}

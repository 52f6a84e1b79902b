package avidonvifpay_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"avid/element/avidonvifpay"
	"avid/element/gstc/harness"
	"avid/element/pipeline"
)

// packet is what its fixed header says (RFC 3550, section 5.1).
type packet struct {
	marker  bool
	kind    byte
	number  uint16
	time    uint32
	payload []byte
}

func parse(t *testing.T, data []byte) packet {
	t.Helper()
	if len(data) < 12 || data[0] != 0x80 {
		t.Fatalf("no packet: % x", data[:min(len(data), 12)])
	}
	return packet{data[1]&0x80 != 0, data[1] & 0x7f, binary.BigEndian.Uint16(data[2:]), binary.BigEndian.Uint32(data[4:]), data[12:]}
}

// TestPackets: a document is spread over packets of one time, none above the mtu, of which
// the last one alone has the marker.
func TestPackets(t *testing.T) {
	for _, register := range []func() error{pipeline.Init, avidonvifpay.Register} {
		if err := register(); err != nil {
			t.Fatal(err)
		}
	}
	const room = 100
	h, err := harness.New(fmt.Sprintf("avidonvifpay pt=107 timestamp-offset=0 seqnum-offset=0 mtu=%d", 12+room))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if !h.Caps("application/x-onvif-metadata,parsed=true") {
		t.Fatal("caps are refused")
	}
	next := uint16(0)
	for i, size := range []int{1, room - 1, room, room + 1, 10*room + 7} {
		document := make([]byte, size)
		for k := range document {
			document[k] = byte(k * 7)
		}
		at := time.Duration(i) * 100 * time.Millisecond
		if flow, intact := h.Push(harness.In{Data: document, PTS: at, Duration: -1, Keep: true}); flow != harness.OK || !intact {
			t.Fatalf("%d bytes: flow %d, intact %v", size, flow, intact)
		}
		var got []byte
		for n := (size + room - 1) / room; n > 0; n-- {
			out, ok := h.Pull()
			if !ok {
				t.Fatalf("%d bytes: %d packets are missing", size, n)
			}
			p := parse(t, out.Data)
			if p.marker != (n == 1) || p.kind != 107 || p.number != next || p.time != uint32(9000*i) {
				t.Errorf("%d bytes, %d packets to come: %+v", size, n-1, p)
			}
			if len(p.payload) > room {
				t.Errorf("a packet of %d bytes", len(out.Data))
			}
			got = append(got, p.payload...)
			next++
		}
		if _, more := h.Pull(); more || !bytes.Equal(got, document) {
			t.Errorf("%d bytes: %d came out, more %v", size, len(got), more)
		}
	}
}

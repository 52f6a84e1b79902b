package receivers_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/go-gst/go-glib/pkg/gobject/v2"
	"github.com/go-gst/go-gst/pkg/gst"
	"github.com/go-gst/go-gst/pkg/gstsdp"
	"github.com/go-gst/go-gst/pkg/gstwebrtc"
)

// peer is GStreamer's webrtcbin, receiving.
type peer struct {
	*pipe
	bin   gst.Element
	texts chan string // from the data channel
	once  sync.Once   // close
}

func newPeer(t testing.TB, f format) *peer {
	t.Helper()
	p := launch(t, "webrtcbin name=webrtc bundle-policy=max-bundle latency=100 ! %s ! videoconvert ! video/x-raw,format=GRAY8 ! "+
		"appsink name=out sync=false max-buffers=100", f.decode)
	peer := &peer{pipe: p, bin: p.top.GetByName("webrtc"), texts: make(chan string, 1000)}
	// libnice sends by the interface of its own address only, and leaves out the
	// loopback one unless told: from the others nothing comes to 127.0.0.1.
	ice := peer.bin.ObjectProperty("ice-agent").(gstwebrtc.WebRTCICE)
	gobject.UnsafeObjectRef(ice) // go-gst took webrtcbin's own, which floats
	ice.Emit("add-local-ip-address", "127.0.0.1")
	gobject.UnsafeObjectUnref(ice)
	peer.bin.Connect("on-data-channel", func(_ gst.Element, c gstwebrtc.WebRTCDataChannel) { peer.listen(c) })
	t.Cleanup(peer.close)
	peer.play()
	return peer
}

// close ends a peer without a word to the other side; a second time it does
// nothing. Its ICE agent answers until the last reference is gone.
func (p *peer) close() {
	p.once.Do(func() {
		gobject.UnsafeObjectUnref(p.bin)
		p.pipe.close()
		runtime.GC() // go-gst's values hold references
		runtime.GC()
	})
}

func (p *peer) listen(c gstwebrtc.WebRTCDataChannel) {
	c.ConnectOnMessageString(func(_ gstwebrtc.WebRTCDataChannel, text string) {
		select {
		case p.texts <- text:
		default:
		}
	})
}

// ask emits a signal of webrtcbin whose answer is a promise.
func (p *peer) ask(ctx context.Context, signal string, arg any) (*gst.Structure, error) {
	promise := gst.NewPromise()
	p.bin.Emit(signal, arg, promise)
	reply, err := promise.Await(ctx)
	if err == nil && reply != nil && reply.HasField("error") {
		err = fmt.Errorf("%v", reply.GetValue("error"))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", signal, err)
	}
	return reply, nil
}

// describe makes a description by a signal, sets it and gives it with all
// candidates; its field in the signal's reply is what.
func (p *peer) describe(ctx context.Context, signal, what string) (string, error) {
	reply, err := p.ask(ctx, signal, gst.NewStructureEmpty("options"))
	if err != nil {
		return "", err
	}
	description, ok := reply.GetValue(what).(*gstwebrtc.WebRTCSessionDescription)
	if !ok {
		return "", fmt.Errorf("%s: %v", signal, reply)
	}
	if _, err := p.ask(ctx, "set-local-description", description); err != nil {
		return "", err
	}
	for p.bin.ObjectProperty("ice-gathering-state") != gstwebrtc.WebrtcIceGatheringStateComplete {
		select {
		case <-ctx.Done():
			return "", errors.New("candidates do not come to an end")
		case <-time.After(10 * time.Millisecond):
		}
	}
	local, ok := p.bin.ObjectProperty("local-description").(*gstwebrtc.WebRTCSessionDescription)
	if !ok {
		return "", errors.New("no local description")
	}
	return local.GetSDP().AsText(), nil
}

// accept sets the other side's description.
func (p *peer) accept(ctx context.Context, kind gstwebrtc.WebRTCSDPType, text string) error {
	message, result := gstsdp.NewSDPMessageFromText(text)
	if result != gstsdp.SdpOK {
		return fmt.Errorf("%v in\n%s", result, text)
	}
	_, err := p.ask(ctx, "set-remote-description", gstwebrtc.NewWebRTCSessionDescription(kind, message))
	return err
}

// offer offers to receive the format's video, and a data channel.
func (p *peer) offer(ctx context.Context, f format) (string, error) {
	caps := gst.CapsFromString("application/x-rtp,media=video,clock-rate=90000," + f.caps)
	p.bin.Emit("add-transceiver", gstwebrtc.WebrtcRtpTransceiverDirectionRecvonly, caps)
	options := gst.NewStructureFromString("options,ordered=true,max-retransmits=0")
	channel, ok := p.bin.Emit("create-data-channel", "avid", options).(gstwebrtc.WebRTCDataChannel)
	if !ok {
		return "", errors.New("no data channel can be made")
	}
	p.listen(channel)
	return p.describe(ctx, "create-offer", "offer")
}

// answer answers an offer.
func (p *peer) answer(ctx context.Context, offer string) (string, error) {
	if err := p.accept(ctx, gstwebrtc.WebrtcSdpTypeOffer, offer); err != nil {
		return "", err
	}
	return p.describe(ctx, "create-answer", "answer")
}

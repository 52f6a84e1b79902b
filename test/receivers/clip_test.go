package receivers_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-gst/go-gst/pkg/gst"

	"avid/runtime/fanout"
	"avid/runtime/preview"
)

// The clip that all receivers are sent: a moving ball, a key frame each second.
const (
	width, height, rate = 320, 240, 30
	seconds             = 2
)

// format is a codec and what GStreamer does it with.
type format struct {
	codec  fanout.Codec
	encode string
	decode string // from RTP
	caps   string // of the RTP that a player offers to take
	must   bool   // no machine that tests may lack it
}

// formats are the codecs of preview. GStreamer's RTP elements for AV1 are not
// written in C and seldom installed.
var formats = []format{
	{fanout.VP8, "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=30",
		"rtpvp8depay ! vp8dec", "encoding-name=VP8,payload=96", true},
	{fanout.H264, "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! video/x-h264,profile=constrained-baseline ! " +
		"h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au",
		"rtph264depay ! avdec_h264", "encoding-name=H264,payload=102,packetization-mode=(string)1,profile-level-id=(string)42e01f", true},
	{fanout.VP9, "vp9enc deadline=1 cpu-used=8 lag-in-frames=0 keyframe-max-dist=30",
		"rtpvp9depay ! vp9dec", "encoding-name=VP9,payload=98", true},
	{fanout.H265, "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! h265parse config-interval=-1 ! " +
		"video/x-h265,stream-format=byte-stream,alignment=au",
		"rtph265depay ! avdec_h265", "encoding-name=H265,payload=116", false},
	{fanout.AV1, "av1enc usage-profile=realtime cpu-used=8 lag-in-frames=0 keyframe-max-dist=30 ! av1parse ! " +
		"video/x-av1,stream-format=obu-stream,alignment=tu",
		"rtpav1depay ! av1dec", "encoding-name=AV1,payload=45", false},
}

// clip encodes the clip.
func (f format) clip(t testing.TB) []fanout.Frame {
	t.Helper()
	p := launch(t, "videotestsrc pattern=ball num-buffers=%d ! video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1 ! %s ! "+
		"appsink name=out sync=false", seconds*rate, width, height, rate, f.encode)
	p.play()
	var frames []fanout.Frame
	for {
		sample := p.pull()
		if sample == nil {
			break
		}
		frames = append(frames, readFrame(t, sample))
		gst.UnsafeSampleUnref(sample)
	}
	if len(frames) != seconds*rate || !frames[0].Key {
		t.Fatalf("%s: %d frames came out of the encoder\n%v", f.codec, len(frames), p.messages())
	}
	return frames
}

func readFrame(t testing.TB, sample *gst.Sample) fanout.Frame {
	t.Helper()
	buffer := sample.GetBuffer()
	memory, ok := buffer.Map(gst.MapRead)
	if !ok {
		t.Fatal("a frame cannot be read")
	}
	defer memory.Unmap()
	return fanout.Frame{Key: !buffer.HasFlags(gst.BufferFlagDeltaUnit), Data: slices.Clone(memory.Data())}
}

// feed writes the clip again and again, at its rate and with what avid says of
// each frame, until the test ends.
func (f format) feed(t testing.TB, out preview.Output, clip []fanout.Frame) {
	end, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(end); <-ended })
	go func() {
		defer close(ended)
		const each = time.Second / rate
		ticker := time.NewTicker(each)
		defer ticker.Stop()
		for n := 0; ; n++ {
			frame := clip[n%len(clip)]
			frame.PTS = time.Duration(n) * each
			if out.WriteFrame(frame) != nil {
				return
			}
			out.WriteMeta(fanout.Meta{
				PTS: frame.PTS, Captured: time.Now(), Width: width, Height: height,
				Judged: true, Score: 1.5, Confidence: 0.8, Boxes: []fanout.Box{{X: 10, Y: 20, W: 30, H: 40, Score: 0.9}},
			})
			select {
			case <-end:
				return
			case <-ticker.C:
			}
		}
	}()
}

// stream describes the clip.
func (f format) stream() fanout.StreamConfig {
	return fanout.StreamConfig{Path: string(f.codec), Codec: f.codec, Width: width, Height: height, Rate: rate}
}

// show serves the clip in each format, as a stream named for the codec, until
// the test ends.
func show(t testing.TB, formats ...format) (*preview.Server, []*preview.Stream) {
	t.Helper()
	c := preview.DefaultConfig()
	c.Listen, c.MediaIPs, c.Token = "127.0.0.1:0", []string{"127.0.0.1"}, token
	server, err := preview.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() }) // the test has seen what it wanted
	var streams []*preview.Stream
	for _, f := range formats {
		stream, err := server.Add(f.stream())
		if err != nil {
			t.Fatal(err)
		}
		f.feed(t, stream, f.clip(t))
		streams = append(streams, stream)
	}
	return server, streams
}

//go:build !nogst

package video

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"avid/element/pipeline"
)

// Raw describes the pictures of a Feed.
type Raw struct {
	Format        string  // as caps have it: "GRAY8", "RGB", "I420" …
	Width, Height int     // pixels
	Colorimetry   string  // as caps have it; "": the usual one of the format and size
	Rate          float64 // frames/s
	Strides       []int   // bytes from row to row, by plane
	Offsets       []int   // of each plane
	Size          int     // bytes of one picture
}

// Packed is pictures of one plane without padding, n bytes a pixel.
func Packed(format string, w, h, n int, rate float64) Raw {
	return Raw{Format: format, Width: w, Height: h, Rate: rate, Strides: []int{n * w}, Offsets: []int{0}, Size: n * w * h}
}

// source is the head of the pipeline that reads such pictures from a file
// descriptor.
func (r Raw) source(fd uintptr) string {
	list := func(v []int) string { return strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ",") }
	num, den := fraction(r.Rate)
	colour := ""
	if r.Colorimetry != "" {
		colour = "colorimetry=" + r.Colorimetry + " "
	}
	return fmt.Sprintf("fdsrc name=feed fd=%d blocksize=%d ! rawvideoparse use-sink-caps=false format=%s width=%d height=%d framerate=%d/%d "+
		`%splane-strides="<%s>" plane-offsets="<%s>" frame-size=%d`,
		fd, r.Size, strings.ReplaceAll(strings.ToLower(r.Format), "_", "-"), r.Width, r.Height, num, den, colour, list(r.Strides), list(r.Offsets), r.Size)
}

// Feed is a pipeline whose pictures this process makes: what is written to the
// Writer comes out of its source, frame after frame.
type Feed struct {
	Pipeline *pipeline.Pipeline
	read     *os.File
	write    *os.File
}

// NewFeed makes a pipeline of raw pictures and the given tail. Close it.
func NewFeed(r Raw, tail string) (*Feed, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	p, err := pipeline.Parse(r.source(read.Fd()) + " ! " + tail)
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	return &Feed{Pipeline: p, read: read, write: write}, nil
}

// fraction is a frame rate as GStreamer writes it, to a thousandth.
func fraction(rate float64) (num, den int) {
	num, den = max(1, int(rate*1000+0.5)), 1000
	for _, k := range []int{2, 2, 2, 5, 5, 5} {
		if num%k == 0 && den%k == 0 {
			num, den = num/k, den/k
		}
	}
	return num, den
}

// Run plays the pipeline while fill writes the pictures, and ends the stream
// after the last. When ctx ends, what was written is finished properly: fill
// should then return. The error is the pipeline's, or else fill's.
func (f *Feed) Run(ctx context.Context, fill func(io.Writer) error, note func(pipeline.Message), tick func()) error {
	filled := make(chan error, 1)
	go func() {
		err := fill(f.write)
		filled <- errors.Join(err, f.write.Close())
	}()
	// The end of the stream follows the last byte, not ctx.
	err := Play(context.WithoutCancel(ctx), f.Pipeline, note, tick)
	if err != nil {
		f.read.Close() // the writer gives up
		return errors.Join(err, closedPipe(<-filled))
	}
	return <-filled
}

// closedPipe is err without what follows from the other end being closed.
func closedPipe(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Close frees the pipeline; it may be called twice.
func (f *Feed) Close() {
	f.Pipeline.Close()
	f.read.Close()
	f.write.Close()
}

// Encoder is the tail of a pipeline that writes H.264 into a file by the
// ending of its name: .mp4, .mkv or .mov..
func Encoder(ending string) (string, error) {
	mux, ok := map[string]string{".mp4": "mp4mux faststart=true", ".mkv": "matroskamux", ".mov": "qtmux"}[ending]
	if !ok {
		return "", fmt.Errorf("%w: ending %q: want .mp4, .mkv or .mov", ErrEnding, ending)
	}
	return coded + mux + " ! filesink name=file", nil
}

// coded makes H.264 of pictures. Those of 4:2:0 have even sides: odd ones are scaled by
// one pixel.
const coded = even + "x264enc " + quality + " ! h264parse ! "

// codedLive is coded for what does not end by itself: the encoder keeps no pictures back,
// which a kill would lose.
const codedLive = even + "x264enc tune=zerolatency " + quality + " ! h264parse ! "

const (
	even    = "videoconvert ! videoscale ! video/x-raw,format=I420,width=(int)[2,32766,2],height=(int)[2,32766,2],pixel-aspect-ratio=1/1 ! "
	quality = "pass=qual quantizer=21 speed-preset=fast key-int-max=50 bframes=0"
)

// LiveEncoder is Encoder for what does not end by itself: the file can be played at any
// moment up to its last second, also when the process is killed.
func LiveEncoder(ending string) (string, error) {
	mux, ok := map[string]string{".mp4": "mp4mux fragment-duration=1000", ".mkv": "matroskamux", ".mov": "qtmux fragment-duration=1000"}[ending]
	if !ok {
		return "", fmt.Errorf("%w: ending %q: want .mp4, .mkv or .mov", ErrEnding, ending)
	}
	return codedLive + mux + " ! filesink name=file buffer-mode=unbuffered", nil
}

// The elements of Annotator.
const (
	AnnotatorValve = "annotate" // its property drop is false while pictures are encoded
	Annotated      = "annotated"
)

// Annotator is the tail of a pipeline that encodes pictures as H.264 while its valve is
// open, which it is not at first, for pipeline.TakeUnits at Annotated.
const Annotator = "valve name=" + AnnotatorValve + " drop=true drop-mode=forward-sticky-events ! " + codedLive +
	"video/x-h264,stream-format=byte-stream,alignment=au ! fakesink name=" + Annotated + " sync=false async=false"

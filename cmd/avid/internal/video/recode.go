//go:build !nogst

package video

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"avid/models/datasets"
)

// Recode is the pictures of r after H.264 at a quantizer of 1 to 51 had them; their
// times are those of r. It closes r.
func Recode(ctx context.Context, r datasets.Reader, quantizer int) (datasets.Reader, error) {
	c, err := recode(ctx, r, quantizer)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("coding by H.264: %w", err)
	}
	return c, nil
}

func recode(ctx context.Context, r datasets.Reader, quantizer int) (*recoded, error) {
	first, err := r.Next()
	if errors.Is(err, io.EOF) {
		return &recoded{}, nil
	}
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "avid-recode-")
	if err != nil {
		return nil, err
	}
	c := &recoded{folder: folder, w: first.Width, h: first.Height}
	file := filepath.Join(folder, "clip.mkv")
	if err := c.encode(ctx, r, first, file, quantizer); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if c.Reader, err = Open(file); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return c, nil
}

// recoded reads the pictures back from a file that lives as long as it.
type recoded struct {
	datasets.Reader // nil: there are none
	folder          string
	w, h            int
	pictures        []datasets.Picture // as they were, without their grey levels
	next            int
}

// encode writes the pictures to a file, with even sides, as 4:2:0 has them.
func (c *recoded) encode(ctx context.Context, r datasets.Reader, p datasets.Picture, file string, quantizer int) error {
	w, h := c.w+c.w&1, c.h+c.h&1
	tail := fmt.Sprintf("videoconvert ! video/x-raw,format=I420 ! x264enc pass=quant quantizer=%d speed-preset=fast key-int-max=50 bframes=0 ! "+
		"h264parse ! matroskamux ! filesink name=file", quantizer)
	feed, err := NewFeed(Packed("GRAY8", w, h, 1, datasets.DefaultRate), tail)
	if err != nil {
		return err
	}
	defer feed.Close()
	if err := feed.Pipeline.Set("file", "location", file); err != nil {
		return err
	}
	row := make([]byte, w)
	return feed.Run(ctx, func(out io.Writer) error {
		for {
			if p.Width != c.w || p.Height != c.h {
				return fmt.Errorf("%w: the pictures are of several sizes", ErrFormat)
			}
			for y := range h {
				from := p.Gray[min(y, c.h-1)*c.w:][:c.w]
				copy(row, from)
				row[w-1] = from[c.w-1]
				if _, err := out.Write(row); err != nil {
					return err
				}
			}
			p.Gray = nil
			c.pictures = append(c.pictures, p)
			var err error
			if p, err = r.Next(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	}, nil, nil)
}

func (c *recoded) Next() (datasets.Picture, error) {
	if c.next == len(c.pictures) {
		return datasets.Picture{}, io.EOF
	}
	coded, err := c.Reader.Next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return coded, err
	}
	p := c.pictures[c.next]
	c.next++
	p.Gray = make([]byte, c.w*c.h)
	for y := range c.h {
		copy(p.Gray[y*c.w:(y+1)*c.w], coded.Gray[y*coded.Width:])
	}
	return p, nil
}

func (c *recoded) Close() error {
	if c.Reader == nil {
		return nil
	}
	return errors.Join(c.Reader.Close(), os.RemoveAll(c.folder))
}

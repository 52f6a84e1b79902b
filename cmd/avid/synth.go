package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"avid/models/synth"
)

// synthFlags are the flags of avid synth.
type synthFlags struct {
	out, masks, size, kinds string
	normal, force           bool
	train, test             int
	seconds                 float64
	cfg                     synth.Config
}

func newSynth() *cobra.Command {
	f := synthFlags{cfg: synth.DefaultConfig()}
	c := &cobra.Command{
		Use:   "synth -o OUT",
		Short: "Make footage of a synthetic walkway, with exact ground truth",
		Long: `Makes footage of a walkway under a fixed camera. Pedestrians are normal; a
cyclist, a cart, a runner and an abandoned bag are irregular, and masks say
exactly which pixels show them. The same seeds give the same pictures.

OUT in .mp4, .mkv or .mov is one video in colour; a folder gets a data set that
avid eval reads: train/, test/ and gt/.`,
		Example: `  avid synth --normal -o normal.mp4                     # a minute of pedestrians
  avid synth --seed 2 -o today.mp4 --masks today-masks/ # the same camera, something happens
  avid synth -o walkway/ --train 10 --test 8            # a data set
  avid synth --place 7 --irregular cart,cyclist -o other.mp4`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return makeScenes(c, &f) },
	}
	fl := c.Flags()
	fl.StringVarP(&f.out, "output", "o", "", "video file or folder to write")
	fl.StringVar(&f.size, "size", "352x240", "picture size WIDTHxHEIGHT in pixels")
	fl.BoolVar(&f.normal, "normal", false, "pedestrians only")
	fl.StringVar(&f.kinds, "irregular", "all", "what is irregular, in this order: cyclist, cart, runner, bag, or all")
	fl.Float64Var(&f.seconds, "seconds", 0, "length of a clip; 0: 60 for a video, 18 in a data set")
	fl.Float64Var(&f.cfg.Rate, "rate", f.cfg.Rate, "frames/s")
	fl.Uint64Var(&f.cfg.Seed, "seed", f.cfg.Seed, "who walks there: another seed, another clip of the same camera")
	fl.Uint64Var(&f.cfg.Place, "place", f.cfg.Place, "the place: another number, another camera")
	fl.BoolVar(&f.cfg.Night, "night", false, fmt.Sprintf("the place by night, in the infrared light of a lamp beside the camera; the noise is then %d grey levels, unless --noise says otherwise", synth.NightNoise))
	fl.IntVar(&f.cfg.Pedestrians, "pedestrians", f.cfg.Pedestrians, "pedestrians in view, on average")
	fl.Float64Var(&f.cfg.Noise, "noise", f.cfg.Noise, "sensor noise, grey levels of 255")
	fl.StringVar(&f.masks, "masks", "", "also write the masks of a video to this folder")
	fl.BoolVar(&f.force, "force", false, "replace a video or the clips of a data set that are there")
	fl.IntVar(&f.train, "train", 10, "normal clips in a data set")
	fl.IntVar(&f.test, "test", 8, "test clips in a data set")
	// These fail for a flag that is not there only.
	_ = c.MarkFlagRequired("output")
	_ = c.MarkFlagDirname("masks")
	return c
}

// config is the clip's configuration; a video is 60 s long, a clip of a data
// set 18 s.
func (f *synthFlags) config(seconds float64) (synth.Config, error) {
	cfg := f.cfg
	want, err := parseSize(f.size)
	if err != nil {
		return cfg, err
	}
	if want.stands() { // as older versions wrote it, height first: the walkway is wide
		want = want.turned()
	}
	if want != (size{}) {
		cfg.Height, cfg.Width = want.h, want.w
	}
	if f.seconds > 0 {
		seconds = f.seconds
	}
	cfg.Frames = int(seconds*cfg.Rate + 0.5)
	if cfg.Irregular, err = synth.ParseKinds(f.kinds); f.normal {
		cfg.Irregular = nil
	}
	return cfg, err
}

func makeScenes(c *cobra.Command, f *synthFlags) error {
	if f.cfg.Night && !c.Flags().Changed("noise") {
		f.cfg.Noise = synth.NightNoise
	}
	m := newMeter(c.ErrOrStderr(), "drawing")
	defer m.done()
	ending := strings.ToLower(filepath.Ext(f.out))
	if ending == "" || strings.HasSuffix(f.out, "/") {
		return f.dataSet(c, m)
	}
	if err := errors.Join(checkOutput(f.out), checkNew(f.out, f.force)); err != nil {
		return err
	}
	cfg, err := f.config(60)
	if err != nil {
		return err
	}
	s, err := synth.New(cfg)
	if err != nil {
		return err
	}
	if err := f.film(c.Context(), s, ending, m); err != nil {
		return err
	}
	m.done()
	fmt.Fprintf(c.OutOrStdout(), "wrote %s: %d frames of %dx%d\n", f.out, cfg.Frames, cfg.Width, cfg.Height)
	return nil
}

// dataSet writes train/, test/ and gt/. Test clip k shows the irregular kinds
// in turn, one a clip, and every fifth is normal.
func (f *synthFlags) dataSet(c *cobra.Command, m *meter) error {
	for _, part := range []string{"train", "test", "gt"} {
		if err := checkNew(filepath.Join(f.out, part), f.force); err != nil {
			return err
		}
	}
	cfg, err := f.config(18)
	if err != nil {
		return err
	}
	kinds := cfg.Irregular
	cfg.Irregular = nil
	base, err := synth.New(cfg)
	if err != nil {
		return err
	}
	for i := range f.train + f.test {
		part, n := "train", i+1
		cfg.Seed, cfg.Irregular = f.cfg.Seed+uint64(i), nil
		if i >= f.train {
			part, n = "test", i-f.train+1
			if n%5 != 0 && len(kinds) > 0 {
				cfg.Irregular = []synth.Kind{kinds[(n-1-n/5)%len(kinds)]}
			}
		}
		s, err := base.Another(cfg)
		if err != nil {
			return err
		}
		m.set(float64(i)/float64(f.train+f.test), fmt.Sprintf("%s %02d", part, n))
		if err := f.clip(c.Context(), s, part, fmt.Sprintf("%02d", n)); err != nil {
			return err
		}
	}
	m.done()
	fmt.Fprintf(c.OutOrStdout(), "wrote %s: %d normal and %d test clips of %d frames of %dx%d\n", f.out, f.train, f.test, cfg.Frames, cfg.Width, cfg.Height)
	return nil
}

// clip writes the frames of a scene, and its masks when it is a test clip.
func (f *synthFlags) clip(ctx context.Context, s *synth.Scene, part, name string) error {
	dir, gt := filepath.Join(f.out, part, name), filepath.Join(f.out, "gt", name)
	for _, d := range []string{dir, gt} {
		if d == gt && part == "train" {
			continue
		}
		if err := os.RemoveAll(d); err != nil { // no frames of an earlier, longer clip
			return err
		}
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	var frame synth.Frame
	for k := range s.Config().Frames {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.Render(k, &frame); err != nil {
			return err
		}
		img := rgbImage{&frame}
		err := writeImage(filepath.Join(dir, fmt.Sprintf("%03d.jpg", k)), func(w io.Writer) error {
			return jpeg.Encode(w, img, &jpeg.Options{Quality: 92})
		})
		if err == nil && part == "test" {
			err = writeMask(filepath.Join(gt, fmt.Sprintf("%03d.png", k)), &frame)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func writeMask(path string, f *synth.Frame) error {
	img := &image.Gray{Pix: f.Mask, Stride: f.Width, Rect: image.Rect(0, 0, f.Width, f.Height)}
	return writeImage(path, func(w io.Writer) error { return png.Encode(w, img) })
}

func writeImage(path string, encode func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(encode(f), f.Close())
}

// rgbImage is a frame as an image.
type rgbImage struct{ f *synth.Frame }

func (m rgbImage) ColorModel() color.Model { return color.RGBAModel }
func (m rgbImage) Bounds() image.Rectangle { return image.Rect(0, 0, m.f.Width, m.f.Height) }
func (m rgbImage) At(x, y int) color.Color {
	p := m.f.RGB[3*(y*m.f.Width+x):]
	return color.RGBA{p[0], p[1], p[2], 255}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"avid/models/bundle"
	"avid/models/calib"
	"avid/models/nets"
	"avid/models/ordinary"
	"avid/models/train"
	"avid/models/zones"
)

func newInspect() *cobra.Command {
	var asJSON bool
	var thumbnail string
	c := &cobra.Command{
		Use:   "inspect cam.avid",
		Short: "Print what a bundle holds",
		Long: `Prints what a bundle holds: sizes, networks, how it was trained and calibrated,
and the thresholds for some rates of false alarms. A damaged or foreign file is
refused with the reason.`,
		Example: `  avid inspect cam.avid
  avid inspect cam.avid --json | jq .calibration
  avid inspect cam.avid --thumbnail scene.png`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.FixedCompletions([]string{"avid"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE: func(c *cobra.Command, args []string) error {
			b, err := openBundle(args[0])
			if err != nil {
				return err
			}
			if thumbnail != "" {
				if err := saveThumbnail(b, args[0], thumbnail); err != nil {
					return err
				}
			}
			if asJSON {
				var text bytes.Buffer
				enc := json.NewEncoder(&text)
				enc.SetIndent("", "  ")
				if err := enc.Encode(b.Manifest); err != nil {
					return err
				}
				_, err := c.OutOrStdout().Write(escaped(text.Bytes()))
				return err
			}
			return describe(c.OutOrStdout(), b)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the manifest as JSON")
	c.Flags().StringVar(&thumbnail, "thumbnail", "", "write the picture of the scene to this PNG file")
	return c
}

func saveThumbnail(b *bundle.Bundle, path, to string) error {
	if err := checkNamed(to, "the picture", ".png", path); err != nil {
		return err
	}
	img, err := b.Picture()
	if err != nil {
		return err
	}
	if img == nil {
		return fmt.Errorf("%s holds no picture of its scene", path)
	}
	// Encoded anew, so that nothing of a foreign file but its pixels comes out.
	return replaceFile(to, func(out io.Writer) error { return png.Encode(out, img) })
}

// describe prints the table.
func describe(out io.Writer, b *bundle.Bundle) error {
	m, c := b.Manifest, b.Manifest.Calibration
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, printable(fmt.Sprintf(format, args...)))
	}
	row("name", "%s", either(m.Name, "-"))
	row("made", "%s by %s, format %d", either(m.Created, "at an unknown time"), either(m.Tool, "an unknown tool"), m.Format)
	row("identity", "sha256 %s", b.Hash())
	row("signed", "%s", signedBy(b))
	row("model", "%v pixels (width × height), %g frames/s", size{m.Height, m.Width}, m.FrameRate)
	if p := m.Footage; p != nil {
		row("footage", "%v pixels", size{p.Height, p.Width})
	}
	row("precision", "%s", either(m.Precision, bundle.FP32))
	row("luma", "%s", either(m.Luma, "as the footage has it (not recorded)"))
	row("regions", "%d rows of %d, stride %d, centre of the first %g, box %g pixels", m.Regions.Rows, m.Regions.Cols, m.Regions.Stride, m.Regions.Center, m.Regions.Box)
	row("inpainter I", "%s", either(flat(m.Inpainter), "-"))
	var r train.Record
	if json.Unmarshal(m.Training, &r) != nil {
		r = train.Record{} // another tool's
	}
	row("detector D", "%s", describeDetector(m.Detector, r.Config.Mirror))
	if a := m.Appearance; a != nil {
		row("appearance", "looked at on one sample of %d; the highest distance in a second of normal footage: Gumbel, location %.3f, scale %.3f", a.Every, a.Location, a.Scale)
	}
	row("training", "%s", describeTraining(m.Training, r))
	quality := m.Quality()
	row("quality", "%s", quality)
	if advice := quality.Advice(); advice != "" {
		row("", "%s", advice)
	}
	row("calibration", "on %d normal frames; alpha %.4g, smoothing %g", c.Frames, c.Alpha, c.Smoothing)
	rates := []float64{0.1, 1, 10, 100, c.FalseAlarmsPerDay}
	slices.Sort(rates)
	for _, perDay := range slices.Compact(rates) {
		note := ""
		if perDay == c.FalseAlarmsPerDay {
			note = " (default)"
		}
		row("", "%g false alarms a day: threshold %.3f%s", perDay, calib.Threshold(c, perDay), note)
	}
	things, err := ordinary.Parse(b)
	if err != nil {
		return err
	}
	for _, t := range things.Things {
		row("ordinary", "%q, learnt %s, in %.0f %% of the picture, scores up to %.2f", t.Name, t.When.Format(time.DateOnly), 100*t.Share(m.Height, m.Width), t.Peak)
	}
	left, err := zones.OfBundle(b)
	if err != nil {
		return err
	}
	for _, z := range left {
		row("zone", "%s", z.Words(m.Height, m.Width))
	}
	for _, name := range slices.Sorted(maps.Keys(m.Parts)) {
		row("holds", "%s, %d kB", name, kilobytes(int(m.Parts[name].Size)))
	}
	return t.Flush()
}

// printable writes out what is no letter, sign or plain space, so that no text of a
// bundle acts on a terminal.
func printable(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) {
			out.WriteRune(r)
		} else {
			out.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return out.String()
}

// escaped is printable for JSON, whose encoder leaves the control characters from
// 0x7f on as they are; those below are written out in its strings already.
func escaped(text []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(text) {
		if r == '\n' || strconv.IsPrint(r) || r > 0xffff {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, "\\u%04x", r)
		}
	}
	return out.Bytes()
}

func either(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// describeDetector sums up D's layers: channels, kernels and strides, and how many
// networks of these it is made of; mirrored: half of them mirror images.
func describeDetector(raw json.RawMessage, mirrored bool) string {
	parsed, err := nets.ParseDetector(raw)
	d, ok := parsed.(nets.ConvDetector)
	if err != nil || !ok || len(d.Layers) == 0 {
		return either(flat(raw), "-")
	}
	var channels, kernels, strides []string
	for _, l := range d.Layers {
		channels, kernels, strides = append(channels, fmt.Sprint(l.Out)), append(kernels, fmt.Sprint(l.Kernel)), append(strides, fmt.Sprint(l.Stride))
	}
	text := fmt.Sprintf("channels %s, kernels %s, strides %s", strings.Join(channels, "-"), strings.Join(kernels, "-"), strings.Join(strides, "-"))
	switch members := max(d.EnsembleSize, 1); {
	case mirrored:
		text += fmt.Sprintf(", networks %d and as many mirrored", members/2)
	case members > 1:
		text += fmt.Sprintf(", networks %d", members)
	}
	if d.Where.There() {
		text += fmt.Sprintf(", second head %d channels", d.Where.Width)
	}
	return text
}

// describeTraining sums up the training record; --json has all of it.
func describeTraining(raw json.RawMessage, r train.Record) string {
	if r.Steps == 0 {
		return either(flat(raw), "-")
	}
	return fmt.Sprintf("%d steps of %d windows in %s by %s, seed %d; best I at step %d, best D at step %d", r.Steps, r.Config.Batch,
		clock(time.Duration(r.Seconds*float64(time.Second))), r.Config.Optimizer, r.Config.Seed, r.InpainterAt, r.DetectorAt)
}

// flat writes a JSON object as "key value, key value".
func flat(raw json.RawMessage) string {
	var fields map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &fields) != nil {
		return string(raw)
	}
	var words []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		words = append(words, k+" "+strings.Trim(string(fields[k]), `"`))
	}
	return strings.Join(words, ", ")
}

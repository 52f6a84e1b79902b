package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"avid/cmd/avid/internal/video"
	"avid/models/datasets"
	"avid/models/degrade"
	"avid/models/eval"
	"avid/models/luma"
	"avid/runtime/evaluate"
	"avid/runtime/verdict"
)

// degradation is a kind and its strength.
type degradation struct {
	degrade.Kind
	strength float64
}

func (d degradation) String() string { return fmt.Sprintf("%s=%g", d.Name, d.strength) }

// allKinds stands for each kind at its usual strength.
const allKinds = "all"

var errDegrade = errors.New("--degrade")

// degradations reads KIND[=strength], one or more with commas between, or all.
func degradations(text string) ([]degradation, error) {
	var all []degradation
	for part := range strings.SplitSeq(text, ",") {
		if part == allKinds {
			for _, k := range degrade.Kinds() {
				all = append(all, degradation{k, k.Usual})
			}
			continue
		}
		name, strength, given := strings.Cut(part, "=")
		k, err := degrade.Find(name)
		if err != nil {
			return nil, fmt.Errorf("%w %s: %w: want %s or one or more of %s", errDegrade, part, err, allKinds, strings.Join(degradeNames(), ", "))
		}
		d := degradation{k, k.Usual}
		if given {
			if d.strength, err = strconv.ParseFloat(strength, 64); err != nil {
				return nil, fmt.Errorf("%w %s: the strength is no number (%s)", errDegrade, part, k.Unit)
			}
		}
		if err := k.Check(d.strength); err != nil {
			return nil, fmt.Errorf("%w %s: %w", errDegrade, part, err)
		}
		all = append(all, d)
	}
	return all, nil
}

func degradeNames() (names []string) {
	for _, k := range degrade.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// degradeHelp is a line a kind.
func degradeHelp() string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, k := range degrade.Kinds() {
		fmt.Fprintf(t, "  %s=%g\t%s; %s\n", k.Name, k.Usual, k.Text, k.Unit)
	}
	t.Flush()
	return b.String()
}

// clips are clips as they look then, each by numbers of its own.
func (d degradation) clips(ctx context.Context, clips []evaluate.Clip, seed uint64) []evaluate.Clip {
	all := slices.Clone(clips)
	for i := range all {
		sum := fnv.New64a()
		fmt.Fprintf(sum, "%d %s", seed, all[i].Name)
		all[i] = d.clip(ctx, all[i], sum.Sum64())
	}
	return all
}

// clip is a clip as it looks then; its masks move with what is seen.
func (d degradation) clip(ctx context.Context, c evaluate.Clip, seed uint64) evaluate.Clip {
	var seen *degradedReader // the newest
	shown := c
	shown.Open = func() (datasets.Reader, error) {
		r, err := c.Open()
		if err != nil {
			return nil, err
		}
		if d.Coder {
			if r, err = video.Recode(ctx, r, int(d.strength)); err != nil {
				return nil, err
			}
		}
		seen = &degradedReader{Reader: r, by: d, seed: seed}
		return seen, nil
	}
	shown.Truth = func(k, w, h int) (evaluate.Truth, error) {
		t, err := c.Truth(k, w, h)
		if err == nil && t.Mask != nil && seen != nil && (seen.right != 0 || seen.down != 0) && len(t.Mask) == w*h {
			t.Mask = slices.Clone(t.Mask)
			verdict.Displace(t.Mask, h, w, seen.right, seen.down, 0)
		}
		return t, err
	}
	return shown
}

// degradedReader degrades the pictures of a clip.
type degradedReader struct {
	datasets.Reader
	by          degradation
	seed        uint64
	from        datasets.Picture // whose form degrader and scaler were made for
	degrader    *degrade.Degrader
	scaler      *luma.Scaler // to full range, as light is in proportion to grey levels from black on
	gray        []byte
	right, down int // how far the last picture has moved, whole pixels
}

func (r *degradedReader) Next() (datasets.Picture, error) {
	p, err := r.Reader.Next()
	if err != nil {
		return p, err
	}
	if r.degrader == nil || p.Width != r.from.Width || p.Height != r.from.Height || p.Range != r.from.Range {
		if err := r.prepare(p); err != nil {
			return p, err
		}
	}
	if err := r.scaler.Scale(r.gray, p.Gray, p.Width); err != nil {
		return p, err
	}
	right, down := r.degrader.Frame(r.gray, p.PTS)
	r.right, r.down = int(math.Round(right)), int(math.Round(down))
	p.Gray, p.Range = r.gray, luma.Full
	return p, nil
}

// prepare makes what pictures of that form need.
func (r *degradedReader) prepare(p datasets.Picture) (err error) {
	r.from, r.gray = p, make([]byte, p.Width*p.Height)
	if r.scaler, err = luma.NewScaler(luma.Plane().In(p.Range), luma.Full, p.Width, p.Height, p.Width, p.Height); err != nil {
		return err
	}
	r.degrader, err = degrade.New(r.by.Kind, r.by.strength, p.Height, p.Width, r.seed)
	return err
}

// degradedReport is what clips come to as they look then.
type degradedReport struct {
	Kind     string       `json:"kind"`
	Strength float64      `json:"strength"`
	Report   *eval.Report `json:"report"`
}

// weatherReport is what clips come to as they are and degraded.
type weatherReport struct {
	Dataset  string           `json:"dataset"`
	Clean    *eval.Report     `json:"clean"`
	Degraded []degradedReport `json:"degraded"`
}

// printWeather prints a line for the clips as they are and one for each kind.
func printWeather(out io.Writer, r *weatherReport) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "degraded\tframe AUC\tpixel EER\tfound\tfalse alarms an hour\tordinary frames marked\theld\ttold\t")
	row := func(name string, r *eval.Report) {
		frame, pixel, found, rate := "-", "-", "-", "-"
		if r.Frame != nil {
			frame = fmt.Sprintf("%.3f", r.Frame.AUC)
		}
		if r.Pixel != nil {
			pixel = fmt.Sprintf("%.1f %%", 100*r.Pixel.EER)
		}
		if w := r.Working; w != nil && w.Recall != nil {
			found = fmt.Sprintf("%.1f %%", 100**w.Recall)
		}
		if w := r.Working; w != nil && w.FalseAlarmsPerHour != nil {
			rate = few(*w.FalseAlarmsPerHour)
		}
		marked := 0
		for _, c := range r.Clips {
			marked += c.False
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d of %d\t%d\t%s\t\n", name, frame, pixel, found, rate, marked, r.Frames-r.Irregular, r.Held, scenesOf(r))
	}
	row("clean", r.Clean)
	for _, d := range r.Degraded {
		row(fmt.Sprintf("%s=%g", d.Kind, d.Strength), d.Report)
	}
	t.Flush()
}

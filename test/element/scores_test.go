package element_test

import (
	"crypto/ed25519"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"avid/element/pipeline"
	"avid/models/bundle"
)

// The demo's clip, and how many of its frames hold the first event and its end.
const (
	demoClip   = "../../demo/walkway.mp4"
	demoBundle = "../../demo/walkway.avid"
	firstEvent = "90"
)

// demoPeak is the peak of the demo's first event as its decoder gives it, I420.
const demoPeak = 4.886

// peak is the peak of the first event of the demo's clip, converted on its way.
func peak(t *testing.T, model, convert string) float64 {
	t.Helper()
	p, err := pipeline.Parse("filesrc location=" + demoClip + " ! decodebin ! identity eos-after=" + firstEvent + " ! " + convert +
		" ! avidfilter model=" + model + " overlay=none ! fakesink sync=false")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	messages, err := p.Run(hang)
	if err != nil {
		t.Fatalf("%s: %v", convert, err)
	}
	for _, m := range messages {
		if m.Kind != pipeline.MessageElement {
			continue
		}
		if found := regexp.MustCompile(`kind=\(string\)end,.*peak=\(double\)([\d.]+)`).FindStringSubmatch(m.Text); found != nil {
			v, err := strconv.ParseFloat(found[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("%s: no event", convert)
	return 0
}

// TestFormatsScoreAlike: one picture scores the same within a hundredth in
// whichever format, range and depth it comes, the demo's bundle having its range
// recorded.
func TestFormatsScoreAlike(t *testing.T) {
	host(t)
	if got := peak(t, demoBundle, "identity"); math.Abs(got-demoPeak) > 0.01 {
		t.Errorf("the demo's clip peaks at %v, want %v", got, demoPeak)
	}
	const exact = "videoconvert ! video/x-raw,format=ARGB64 ! videoconvert ! video/x-raw,format=" // 16 bits a channel
	for name, convert := range map[string]string{
		"NV12": "videoconvert ! video/x-raw,format=NV12", "GRAY8": "videoconvert ! video/x-raw,format=GRAY8",
		"RGB": "videoconvert ! video/x-raw,format=RGB", "10 bit": "videoconvert ! video/x-raw,format=P010_10LE",
		"full range": exact + "YUY2,colorimetry=1:4:0:0", "RGB by way of 16 bits": exact + "RGB",
	} {
		if got := peak(t, demoBundle, convert); math.Abs(got-demoPeak) > 0.01*demoPeak {
			t.Errorf("%s peaks at %v, which is %.2f %% off %v", name, got, 100*(got/demoPeak-1), demoPeak)
		}
	}
}

// TestBundleOfBefore: a bundle that has no range recorded scores what it always
// did, so that its calibration holds.
func TestBundleOfBefore(t *testing.T) {
	host(t)
	b, err := bundle.Open(demoBundle)
	if err != nil {
		t.Fatal(err)
	}
	b.Manifest.Luma = ""
	before := filepath.Join(t.TempDir(), "before.avid")
	if err := b.WriteFile(before); err != nil {
		t.Fatal(err)
	}
	// The clip is of limited range, and the networks see it so.
	for convert, want := range map[string]float64{"identity": 4.911, "videoconvert ! video/x-raw,format=GRAY8": 4.911,
		"videoconvert ! video/x-raw,format=RGB": 4.859} {
		if got := peak(t, before, convert); math.Abs(got-want) > 0.01 {
			t.Errorf("%s: peak %v, want %v", convert, got, want)
		}
	}
}

// TestOtherPlaceIsTold: the bundle of one camera says so on another, once, also where
// the stream is over in seconds, and nothing on its own.
func TestOtherPlaceIsTold(t *testing.T) {
	host(t)
	const own = "filesrc location=" + demoClip + " ! decodebin"
	for name, c := range map[string]struct {
		source string
		want   int
	}{
		"its own place":        {own + " ! identity eos-after=150", 0},
		"in half the light":    {own + " ! identity eos-after=150 ! videobalance brightness=-0.2 contrast=0.6", 0},
		"of another size":      {own + " ! identity eos-after=150 ! videoscale ! video/x-raw,width=176,height=120,pixel-aspect-ratio=1/1", 0},
		"seen in a mirror":     {own + " ! identity eos-after=150 ! videoflip method=horizontal-flip", 1},
		"another, for seconds": {"videotestsrc num-buffers=30 pattern=smpte ! video/x-raw,width=352,height=240,framerate=10/1", 1},
		"another":              {"videotestsrc num-buffers=700 pattern=smpte ! video/x-raw,width=176,height=120,framerate=10/1", 1},
	} {
		p, err := pipeline.Parse(c.source + " ! avidfilter name=f model=" + demoBundle + " overlay=none ! fakesink sync=false")
		if err != nil {
			t.Fatal(err)
		}
		messages, err := p.Run(hang)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p.Close()
		told := 0
		for _, m := range messages {
			if m.Kind == pipeline.MessageWarning && strings.Contains(m.Text, "does not show the place") {
				told++
			}
		}
		if told != c.want {
			t.Errorf("%s: told %d times, want %d", name, told, c.want)
		}
	}
}

// TestTrustedKeys: with trusted-keys, only a bundle that one of them has signed is
// opened.
func TestTrustedKeys(t *testing.T) {
	host(t)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, public, err := bundle.EncodeKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Open(demoBundle)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keys, signed := filepath.Join(dir, "keys.pem"), filepath.Join(dir, "signed.avid")
	if err := errors.Join(os.WriteFile(keys, public, 0o600), b.Sign(key), b.WriteFile(signed)); err != nil {
		t.Fatal(err)
	}
	for model, want := range map[string]string{signed: "", demoBundle: "trusted-keys has signed it"} {
		p, err := pipeline.Parse("videotestsrc num-buffers=10 ! video/x-raw,width=176,height=120,framerate=10/1 ! avidfilter trusted-keys=" + keys +
			" model=" + model + " ! fakesink sync=false")
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Run(hang)
		p.Close()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", model, err, want)
		}
	}
}
